"""PNG files of our own, read by Pillow; `tests/ui/test_browser.py` reads them with a browser."""

import importlib
import io
import sys
from types import ModuleType

import numpy as np
import pytest
from PIL import Image

from cnnviz.drawing import png
from pictures import noise_pictures

COMPRESSORS = ("isal.isal_zlib", "zlib")


@pytest.fixture(params=COMPRESSORS)
def module(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The module as it is with a compressor, and where only that of Python is there."""
    if request.param == "zlib":
        monkeypatch.setitem(sys.modules, "isal.isal_zlib", None)
    else:
        pytest.importorskip("isal")
    spec = importlib.util.find_spec(png.__name__)
    assert spec is not None and spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    assert loaded.compress.__module__ == request.param
    return loaded


@pytest.mark.parametrize("size", [(1, 1), (1, 7), (7, 1), (150, 100)])
@pytest.mark.parametrize("mode", ["L", "RGB", "P"])
def test_pillow_reads_the_same_pixels(mode: str, size: tuple[int, int], module: ModuleType) -> None:
    picture = noise_pictures(size)[mode]
    read = Image.open(io.BytesIO(module.encode_png(picture)))
    read.load()
    assert (read.format, read.mode, read.size) == ("PNG", mode, size)
    np.testing.assert_array_equal(np.asarray(read), np.asarray(picture))
    np.testing.assert_array_equal(np.asarray(read.convert("RGB")), np.asarray(picture.convert("RGB")))


def test_file_is_hardly_larger_than_that_of_pillow() -> None:
    ramp = np.add.outer(np.arange(300), np.arange(400))
    picture = Image.fromarray(np.stack([ramp // 3, ramp // 5, 255 - ramp // 3], axis=-1).astype(np.uint8))
    stream = io.BytesIO()
    picture.save(stream, "PNG", compress_level=1)
    assert len(png.encode_png(picture)) < 1.2 * len(stream.getvalue())


def test_size_is_read_from_the_header() -> None:
    assert png.png_size(png.encode_png(Image.new("RGB", (300, 2)))) == (300, 2)


def test_other_modes_are_no_pictures_of_ours() -> None:
    with pytest.raises(KeyError):
        png.encode_png(Image.new("CMYK", (2, 2)))


def test_indices_are_encoded_as_their_picture_is() -> None:
    rng = np.random.default_rng(3)
    colors = rng.integers(0, 256, 768, dtype=np.uint8).tobytes()
    for shape in ((1, 1), (7, 300), (300, 7), (64, 65)):
        indices = rng.integers(0, 256, shape, dtype=np.uint8)
        picture = Image.fromarray(indices)
        picture.putpalette(colors)
        assert png.encode_indexed(indices, colors) == png.encode_png(picture)
        assert png.encode_indexed(np.asfortranarray(indices), colors) == png.encode_png(picture)
