"""HEIC photographs of phones, which are read for training where pillow-heif is installed, and never on the page."""

from PIL import Image

from cnnviz.base.errors import ImageError
from cnnviz.picture.image import HEIF_BRANDS, load_image, require_pixels

MISSING = "It is a HEIC picture, as phones take them. Install pillow-heif to read these: `pip install pillow-heif`."
AVIF_BRAND = b"avif"
BRANDS_BYTES = 64
"""Number of bytes at the start of a file in which its brands stand."""


def is_heic(content: bytes) -> bool:
    """Tell whether the bytes of a file are a HEIC picture."""
    brands = content[8:BRANDS_BYTES]
    return content[4:8] == b"ftyp" and brands[:4] in HEIF_BRANDS and AVIF_BRAND not in brands


def is_heic_readable() -> bool:
    """Tell whether pillow-heif is installed."""
    try:
        import pillow_heif  # noqa: F401
    except ImportError:
        return False
    return True


def load_heic(content: bytes) -> Image.Image:
    """Read a HEIC picture, as `load_image` reads others.

    Args:
        content: The bytes of a file.

    Returns:
        An upright RGB picture of its size, or of a whole fraction of it.

    Raises:
        ImageError: If it is damaged or has more than 50 megapixels.
    """
    import pillow_heif

    try:
        heic = pillow_heif.open_heif(content)
        require_pixels(*heic.size)
        return load_image(heic.to_pillow())
    except (ValueError, EOFError, SyntaxError, RuntimeError, OSError) as error:
        raise ImageError(f"Cannot read the picture: the HEIC file is damaged. Received: {error}.") from error
