"""Pictures that the page draws itself, each of which shows one thing that layers look for."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

EDGE = 600
NUM_RAYS = 36
GRAY = 128
DOT_CENTER, DOT_RADIUS = (420, 200), 24


def draw_star() -> Image.Image:
    """Draw rays of black and white: edges of every direction.

    Returns:
        An RGB picture of 600x600 pixels.

    Example:
        >>> draw_star().size
        (600, 600)
    """
    x, y = _coordinates()
    rays = np.sin(NUM_RAYS / 2 * np.arctan2(y, x))
    level = np.where(np.hypot(x, y) < 0.95, 127.5 + 127.5 * np.clip(8 * rays, -1, 1), GRAY)
    return Image.fromarray(level.astype(np.uint8)).convert("RGB")


def draw_colors() -> Image.Image:
    """Draw a disc of all hues at one luminance.

    Returns:
        An RGB picture of 600x600 pixels.

    Example:
        >>> draw_colors().getpixel((0, 0))
        (128, 128, 128)
    """
    x, y = _coordinates()
    angle, radius = np.arctan2(y, x), np.hypot(x, y)
    # The plane of red, green and blue whose luminance (0.299, 0.587, 0.114) is that of the background.
    blue_yellow, red_green = np.array([0.114, 0.114, -0.886]), np.array([0.587, -0.299, 0.0])
    hue = np.cos(angle)[..., None] * red_green * 150 + np.sin(angle)[..., None] * blue_yellow * 140
    pixels = GRAY + np.where((radius < 0.95)[..., None], hue, 0)
    return Image.fromarray(np.clip(np.round(pixels), 0, 255).astype(np.uint8))


def draw_dot() -> Image.Image:
    """Draw one red dot on gray.

    Returns:
        An RGB picture of 600x600 pixels.

    Example:
        >>> draw_dot().getpixel(DOT_CENTER)
        (220, 30, 30)
    """
    picture = Image.new("RGB", (EDGE, EDGE), (GRAY, GRAY, GRAY))
    ImageDraw.Draw(picture).circle(DOT_CENTER, DOT_RADIUS, (220, 30, 30))
    return picture


def _coordinates() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Compute each pixel's place, from -1 to 1."""
    places = np.linspace(-1, 1, EDGE)
    x, y = np.meshgrid(places, places)
    return x, y
