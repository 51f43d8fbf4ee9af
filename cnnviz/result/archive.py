"""Everything about a photo as one ZIP file, for a program: pictures, activations and statistics of the layers."""

import json
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO

import numpy as np

from cnnviz.base.figures import count, decimals
from cnnviz.drawing.png import encode_png
from cnnviz.network.network import Network
from cnnviz.result.result import Result, picture_file_name

MAX_BYTES = 64_000_000
"""Largest number of bytes of activations in an archive, before they are compressed."""

FAST = 1
"""Level of compression: half of most activations is zero; more takes twice the time for 8% less."""

PICTURES_AT_ONCE = 16
"""Number of pictures that are drawn before they are written, so that few are held in memory."""

SEEN, STATISTICS, ACTIVATIONS, README = "seen.png", "statistics.json", "activations.npz", "README.txt"
TEXT = """What the network {network} made of a photo: {label}.

NN_layer.png      every channel of a layer, one picture per layer
{seen}          what the network saw
{statistics}   the answer, and the numbers of every layer and channel
{activations}   what each layer computed: float32, in Keras's own shape, under the layer's name

    import numpy
    activations = numpy.load("{activations}")
    activations["{example}"].shape  # {shape}
"""


def write_archive(path: Path, result: Result, colormap: str, scale: str) -> None:
    """Write the archive.

    It holds a picture of each layer, the picture that the network saw, statistics.json as `Result.to_dict`,
    activations.npz with each layer's activation under its name, and README.txt, which says what this is and which
    activations are left out: those beyond 64 MB. Of a network of that size, the layers that blocks are shown by come
    first.

    Args:
        path: The file; one of that name is replaced.
        result: The photo's result.
        colormap: A matplotlib name.
        scale: "channel" or "layer".

    Raises:
        OptionError: If there is no such colour map or scale.
        OSError: If the file cannot be written.
    """
    names = [layer.name for layer in result.layers]
    kept = choose_layers(result.network)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:  # PNG files are compressed as they are
        for start in range(0, len(names), PICTURES_AT_ONCE):
            drawn = result.pictures(colormap, scale, names[start : start + PICTURES_AT_ONCE])
            for number, (name, content) in enumerate(drawn.items(), start=start + 1):
                archive.writestr(picture_file_name(number, name), content)
        archive.writestr(SEEN, encode_png(result.seen))
        archive.writestr(STATISTICS, json.dumps(result.to_dict(scale)), zipfile.ZIP_DEFLATED)
        with archive.open(ACTIVATIONS, "w", force_zip64=True) as stream:
            write_activations(stream, result)
        archive.writestr(README, describe_archive(result, kept))


def choose_layers(network: Network) -> list[str]:
    """Choose the layers whose activations are kept: all, if they are not too large.

    Args:
        network: The network.

    Returns:
        Their names, in the order of computation. Of too large a network, those that blocks are shown by are chosen
        first, and then the others, as long as there is room.
    """
    shown = {block.name for block in network.blocks}
    chosen, taken = set(), 0
    for layer in sorted(network.layers, key=lambda layer: layer.name not in shown):
        size = activation_bytes([layer.shape])
        if taken + size <= MAX_BYTES:
            chosen.add(layer.name)
            taken += size
    return [layer.name for layer in network.layers if layer.name in chosen]


def num_bytes(network: Network) -> int:
    """Compute how many bytes of activations an archive holds, before they are compressed.

    Args:
        network: The network.

    Returns:
        At most 64 MB.
    """
    return activation_bytes([network.layer(name).shape for name in choose_layers(network)])


def activation_bytes(shapes: Sequence[tuple[int, ...]]) -> int:
    """Compute how many bytes activations take before they are compressed.

    Args:
        shapes: The shape of each.

    Returns:
        Four bytes for each number.

    Example:
        >>> activation_bytes([(34, 34, 128), (512,)])
        593920
    """
    return sum(int(np.prod(shape, dtype=np.int64)) for shape in shapes) * np.dtype(np.float32).itemsize


def describe_archive(result: Result, kept: Sequence[str]) -> str:
    """Write what the archive holds.

    Args:
        result: The photo's result.
        kept: The layers whose activations it holds.

    Returns:
        Plain text.
    """
    example = result[kept[-1] if kept else -1]
    text = TEXT.format(
        **{"network": result.network.model.name, "label": result.answer, "example": example.name},
        **{"seen": SEEN, "statistics": STATISTICS, "activations": ACTIVATIONS, "shape": example.shape},
    )
    without = [layer.name for layer in result.layers if layer.name not in set(kept)]
    if without:
        limit = decimals(MAX_BYTES / 1e6, 0)
        text += (
            f"\n{ACTIVATIONS} holds up to {limit} MB of activations, so {count(len(without))} of {count(len(result))} "
            "layers are left out of it:\n" + "".join(f"    {name}\n" for name in without)
        )
    return text


def write_activations(file: Path | IO[bytes], result: Result) -> None:
    """Write the activations of the layers that `choose_layers` chooses as an .npz file, one after the other.

    Args:
        file: Its path, or where it is written to.
        result: The photo's result.

    Raises:
        OSError: If the file cannot be written.
    """
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=FAST) as npz:
        for name in choose_layers(result.network):
            with npz.open(f"{name}.npy", "w", force_zip64=True) as entry:
                np.lib.format.write_array(entry, result[name].activation, allow_pickle=False)
