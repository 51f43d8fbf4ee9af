"""Benchmark: how much longer than the bare forward pass does the whole job take, and how long the well-known way?

    python -m benchmarks.job

floor: the compiled pass from a 150x150 float32 tensor to all layers' activations as numpy arrays; each layer is
computed once.
job: from the bytes of a 256x256 JPEG to eleven PNG files, captions and statistics.
strip: from the same JPEG to the strip alone: a thumbnail of each layer, and what its strongest unit saw, and where.
describing: what the page needs besides, for all its parts: thumbnails, patches, numbers, sentences.
book: from the same JPEG to eight grids of 16 columns, those of all convolutions and poolings, drawn channel by channel,
shown and saved by matplotlib: all of Chollet, "Deep Learning with Python", 2017, section 5.4.1.
"""

import gc
import io
import tempfile
from functools import partial
from pathlib import Path

import keras
import matplotlib
import numpy as np
from numpy.typing import NDArray

import cnnviz
from benchmarks.photos import cheetah_jpeg, photo_jpeg
from benchmarks.timing import print_table, time_beside, time_in_turn
from cnnviz.drawing.png import encode_png
from cnnviz.explorer.explorer import Explorer
from cnnviz.result.layer_result import Strongest
from cnnviz.ui.strip.strip import TILE_PIXELS

IMAGES_PER_ROW = 16
BOOK = "book: JPEG in, 8 grids out, channel by channel"


def do_job(explorer: Explorer, content: bytes) -> tuple[dict[str, bytes], dict[str, object], list[str]]:
    """Do everything that a visitor's photo needs: pictures, statistics, captions."""
    result = explorer(content)
    return result.pictures(), result.to_dict(), [layer.caption() for layer in result.layers]


def do_strip(explorer: Explorer, content: bytes) -> list[tuple[bytes, list[Strongest]]]:
    """Do what the strip needs, and no grid."""
    return [(encode_png(layer.thumbnail(TILE_PIXELS)), layer.strongest(1)) for layer in explorer(content)]


def do_as_in_the_book(activation_model: keras.Model, path: Path) -> list[bytes]:
    """Read a photo, predict its feature maps, draw one channel at a time and let matplotlib save each grid."""
    from matplotlib import pyplot

    photo = keras.utils.img_to_array(keras.utils.load_img(path, target_size=activation_model.input_shape[1:3]))
    files = []
    for activation in activation_model.predict(photo[None] / 255, verbose=0):
        size, num_channels = activation.shape[1], activation.shape[-1]
        rows = num_channels // IMAGES_PER_ROW
        grid = np.zeros((size * rows, size * IMAGES_PER_ROW))
        for row in range(rows):
            for column in range(IMAGES_PER_ROW):
                channel = activation[0, :, :, row * IMAGES_PER_ROW + column].copy()
                channel -= channel.mean()
                channel /= channel.std() + 1e-9
                channel = np.clip(channel * 64 + 128, 0, 255).astype("uint8")
                grid[row * size : (row + 1) * size, column * size : (column + 1) * size] = channel
        figure = pyplot.figure(figsize=(grid.shape[1] / size, grid.shape[0] / size))
        pyplot.grid(False)
        pyplot.imshow(grid, aspect="auto", cmap="viridis")
        stream = io.BytesIO()
        pyplot.savefig(stream)
        pyplot.close(figure)
        files.append(stream.getvalue())
    return files


def main() -> None:
    """Measure and print."""
    matplotlib.use("agg")
    explorer = cnnviz.load()
    gc.collect()
    gc.freeze()  # as app.py does
    network = explorer.network
    small, large = cheetah_jpeg(), photo_jpeg(4000, 3000)
    batch = network.preprocessing([cnnviz.load_image(small)])
    with tempfile.TemporaryDirectory() as folder:
        measure(explorer, small, large, batch, Path(folder))


def measure(
    explorer: Explorer,
    small: bytes,
    large: bytes,
    batch: NDArray[np.float32],
    folder: Path,
) -> None:
    """Time everything in turn, and print it."""
    from cnnviz.ui.preparation import describe_views, prepare_models
    from cnnviz.ui.shown_photo import ShownPhoto

    network = explorer.network
    model = prepare_models(0, folder, None)(explorer)
    shown = model.endpoints.visualize(small)
    path = folder / "cheetah.jpg"
    path.write_bytes(small)
    maps = [layer.output for layer in network.model.layers if len(layer.output.shape) == 4]
    activation_model = keras.Model(network.model.inputs, maps)
    seconds = time_in_turn(
        {
            "floor: forward pass, all activations": lambda: network.activations(batch),
            "job: JPEG in, 11 PNG and statistics out": lambda: do_job(explorer, small),
            "strip: JPEG in, 11 thumbnails with patches and boxes out": lambda: do_strip(explorer, small),
            "describing the photo for the page": lambda: describe_views(ShownPhoto(model, shown)),
            "job with a 12-megapixel JPEG": lambda: do_job(explorer, large),
        }
    )
    book = {BOOK: lambda: do_as_in_the_book(activation_model, path)}
    book_seconds, times_job = time_beside(partial(do_job, explorer, small), book)[BOOK]
    floor, job, *_ = seconds.values()
    rows = [("", "ms", "x floor", "x job")]
    rows += [(name, f"{t * 1e3:.1f}", f"{t / floor:.1f}", f"{t / job:.1f}") for name, t in seconds.items()]
    print_table([*rows, (BOOK, f"{book_seconds * 1e3:.1f}", f"{times_job * job / floor:.1f}", f"{times_job:.1f}")])


if __name__ == "__main__":
    main()
