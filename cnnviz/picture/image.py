"""Reading of pictures: a path, a file, a picture or an array becomes a checked, upright RGB picture."""

import io
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol, runtime_checkable

from PIL import Image, UnidentifiedImageError

from cnnviz.base.errors import ImageError
from cnnviz.base.figures import decimals
from cnnviz.picture.arrays import Tensor, as_array, from_array
from cnnviz.picture.cost import require_affordable
from cnnviz.picture.reduction import draft, reduce_upright


@runtime_checkable
class BinaryFile(Protocol):
    """An open file whose bytes can be read."""

    def read(self, size: int, /) -> bytes:
        """Read so many bytes at most."""


ImageSource = str | os.PathLike[str] | bytes | bytearray | memoryview | BinaryFile | Image.Image | Tensor

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "AVIF", "BMP", "TIFF")  # JPEG includes MPO, many phones' form of it
FORMATS_TEXT = "JPEG, PNG, WebP, GIF, AVIF, BMP or TIFF"
MAX_MEGABYTES = 20
MAX_MEGAPIXELS = 50
MAX_SIDE = 65535
DEMANDING = {"WEBP": 20, "AVIF": 20}
"""Megapixels of formats whose decoders hold the picture several times: at most 16 bytes for each pixel."""

HEIF_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1")
SNIFFED_BYTES, READ_BYTES = 1024, 2**20
WEB_ADDRESS = re.compile(r"(https?|ftp):/", re.IGNORECASE)
"""The start of a web address; `pathlib` leaves only one of its slashes."""

SVG_ADVICE = "SVG drawings cannot be read here. Save it as PNG and try again."


def load_image(source: ImageSource) -> Image.Image:
    """Read a picture, turn it upright and make it RGB.

    Of an animation, the first frame is used. Transparent parts are put on white. Grey of 16 bits is scaled to 8 bits;
    that of 32-bit integers and floats too, from 0 to 1, 255 or 65535, whichever its largest value fits.

    A picture of 3 megapixels or more is shrunk by a whole factor, so that at least 750,000 pixels are left: neither a
    network nor the page uses more. Networks of inputs beyond 750 pixels a side see a little less than the file holds.

    What decoding costs is found out from the file's structure before anything is decoded: 20 MB, 50 megapixels (20 of
    WebP and AVIF), 65,535 pixels a side, and no more scans, tiles, strips and parts than any real picture has. This is
    no guarantee: a decoder may still take long over a file that was made for it. `cnnviz.serving.decoder` stops such a
    decoder; here it runs in the caller's process.

    Args:
        source: A path; the bytes of a file, or a file opened in binary mode; a Pillow picture; or an array, of numpy or
            a tensor of TensorFlow, JAX or PyTorch. Its shape is (H, W), (H, W, 1), (H, W, 3) or (H, W, 4); of PyTorch
            (C, H, W), too. It is uint8 in [0, 255] or float in [0, 1]. Floats in [0, 255], as
            `keras.utils.img_to_array` makes them, are refused, because a dark one could be either: give
            `array.astype("uint8")`. It is not modified.

    Returns:
        An upright RGB picture of the source's size, or of a whole fraction of it if that is 3 megapixels or more. It
        holds only pixels: all metadata is removed, also the place where the photo was taken.

    Raises:
        ImageError: If the source is no picture, or is damaged, too large, too costly or in an unsupported format.

    Example:
        >>> load_image(np.zeros((4, 6), np.uint8)).size
        (6, 4)
    """
    with _explaining():
        return reduce_upright(_open(source))


def require_picture(source: ImageSource) -> None:
    """Refuse what can never be read as a picture, by its size and its header; nothing is decoded.

    Args:
        source: As for `load_image`.

    Raises:
        ImageError: If the source is no picture, or is too large or in an unsupported format.
    """
    with _explaining():
        _open(source)


@contextmanager
def _explaining() -> Iterator[None]:
    """Turn Pillow's errors into ours."""
    try:
        yield
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:  # a warning where those are errors
        raise _too_many_pixels(str(error)) from error
    except (OSError, SyntaxError, ValueError, EOFError, RuntimeError) as error:  # RuntimeError: a damaged AVIF
        raise ImageError(
            f"Cannot read the picture: the file is damaged or cut short. Save it again and retry. Received: {error}."
        ) from error
    except MemoryError as error:
        raise ImageError("Decoding the picture takes more memory than it may. Save it smaller.") from error


def _open(source: ImageSource) -> Image.Image:
    """Open a picture without decoding it, and check the limits."""
    if isinstance(source, Image.Image):
        return _within_limits(source)
    if isinstance(source, str | os.PathLike):
        _require_one_file(os.fspath(source))
    elif isinstance(source, BinaryFile):
        source = _read_file(source)
    elif isinstance(source, bytearray | memoryview):
        source = bytes(source)
    elif isinstance(source, Tensor):
        return _within_limits(from_array(as_array(source)))
    if not isinstance(source, str | os.PathLike | bytes):
        raise ImageError(
            "A picture is a path, the bytes of a file, an open binary file, a Pillow picture or an array. "
            f"Received: {type(source).__name__}."
        )
    content = read_picture(source)
    require_affordable(content)
    try:
        image = _within_limits(Image.open(io.BytesIO(content), formats=FORMATS))
    except UnidentifiedImageError as error:
        raise ImageError(_unreadable(content)) from error
    draft(image)
    return image


def _require_one_file(path: str) -> None:
    """Refuse what is no path of a file but something else that users have at hand."""
    if WEB_ADDRESS.match(path):
        raise ImageError(f"'{path}' is a web address: download it first, and give the path or the bytes of the file.")
    if path and Path(path).is_dir():
        raise ImageError(f"'{path}' is a folder: give the path of one picture, or a list of paths.")


def _read_file(file: BinaryFile) -> bytes:
    """Read an open file from where it stands, and no more of it than may be decoded."""
    content = b""
    while len(content) <= MAX_MEGABYTES * 10**6:
        part = file.read(READ_BYTES)  # which may be less, if the file comes over a network
        if not isinstance(part, bytes):
            raise ImageError(
                "A picture's file is opened in binary mode, as open(path, 'rb') does. "
                f"Received: a file that gives {type(part).__name__}."
            )
        if not part:
            break
        content += part
    return content


def read_picture(source: str | os.PathLike[str] | bytes) -> bytes:
    """Read a picture's file without decoding it.

    Args:
        source: A path, or the bytes of a file.

    Returns:
        The file's bytes.

    Raises:
        ImageError: If there is no file, or it is empty or larger than 20 MB.
    """
    if isinstance(source, bytes):
        content, size = source, len(source)
    else:
        path = Path(source)
        if not path.is_file():
            raise ImageError(f"No picture there: expected the path of a file. Received: '{path.name or path}'.")
        size = path.stat().st_size
        content = path.read_bytes() if size <= MAX_MEGABYTES * 10**6 else b""
    require_size(size)
    if not content:
        raise ImageError(f"The picture is empty: expected {FORMATS_TEXT}. Received: a file of 0 bytes.")
    return content


def require_size(num_bytes: int) -> None:
    """Refuse a file that is too large.

    Args:
        num_bytes: The file's size.

    Raises:
        ImageError: If the file is larger than 20 MB.
    """
    if num_bytes > MAX_MEGABYTES * 10**6:
        raise ImageError(
            f"The picture is too large: at most {MAX_MEGABYTES} MB. Received: {decimals(num_bytes / 10**6, 1)} MB. "
            "Save it smaller."
        )


def _within_limits(image: Image.Image) -> Image.Image:
    """Refuse a picture with too many pixels, or with none; only its header is read."""
    require_pixels(*image.size, DEMANDING.get(image.format or "", MAX_MEGAPIXELS))
    return image


def require_pixels(width: int, height: int, most: int = MAX_MEGAPIXELS) -> None:
    """Refuse a picture with too many pixels, or with none.

    Args:
        width: The picture's width in pixels.
        height: Its height.
        most: How many megapixels it may have.

    Raises:
        ImageError: If it has more, or none, or is longer than 65,535 pixels.
    """
    if width * height > most * 10**6:
        raise _too_many_pixels(f"{width} x {height} pixels", most)
    if max(width, height) > MAX_SIDE:
        raise ImageError(
            f"The picture is too long: at most {MAX_SIDE} pixels a side. Received: {width} x {height} pixels. "
            "Cut it into parts."
        )
    if not width * height:
        raise ImageError(f"The picture has no pixels. Received: {width} x {height} pixels.")


def _too_many_pixels(received: str, most: int = MAX_MEGAPIXELS) -> ImageError:
    return ImageError(
        f"The picture has too many pixels: at most {most} megapixels. Received: {received}. Save it smaller."
    )


def _unreadable(content: bytes) -> str:
    """Return a message that says what the bytes are, as they are no picture."""
    head = content[:SNIFFED_BYTES]
    if head[4:8] == b"ftyp" and head[8:12] in HEIF_BRANDS:
        return "HEIC pictures cannot be read here. Save it as JPEG and try again."
    if b"<svg" in head.lower():
        return SVG_ADVICE
    text = "".join(head.decode("utf-8-sig", "replace").split())
    is_text = text.isprintable() and text.count("\ufffd") <= 1  # the head may end within a character
    kind = "text" if is_text else "no known picture format"
    return (
        f"Cannot read the picture: expected {FORMATS_TEXT}. Received: {len(content)} bytes of {kind}. "
        "Save it again in one of these formats and retry."
    )


def to_gray(picture: Image.Image) -> Image.Image:
    """Turn a picture grey.

    Args:
        picture: An RGB picture.

    Returns:
        An RGB picture of its luminance (ITU-R 601), as Pillow computes it.
    """
    return picture.convert("L").convert("RGB")
