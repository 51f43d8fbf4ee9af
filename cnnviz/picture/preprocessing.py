"""Preprocessing of pictures for a network, and the way back from its boxes to the photo; stored with the model."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cnnviz.base.errors import FolderError, OptionError
from cnnviz.picture.image import to_gray
from cnnviz.picture.placement import FITS, Box, Placement, place_photo
from cnnviz.picture.scaling import SCALINGS, Scaling, find_scaling

BITS_8_MAX = 255
EXIF_ORIENTATION = 0x0112
COLOR_NAMES = {"RGB": ("red", "green", "blue"), "L": ("grey",)}
NUM_CHANNELS = {mode: len(names) for mode, names in COLOR_NAMES.items()}
"""Number of the input's channels by colour mode."""

STORED = ("scaling", "fit", "color_mode")
"""Keys of the stored description that are settings, too; a description without a scaling or a fit has the default."""


@dataclass(frozen=True)
class Preprocessing:
    """The way a picture becomes the network's input; it is the same in training and in serving.

    An upright RGB picture is resized to (height, width) by bilinear interpolation with antialiasing (every source
    pixel counts when shrinking) and rounded to 8 bits: this is what the network sees, `resize`. Its pixels are then
    scaled to what the network gets, `scale`. Pillow does the resizing, so the result is the same on every backend.

    `keras.utils.load_img(..., interpolation="bilinear")`, and `ImageDataGenerator` with it, resize with Pillow too:
    for an upright, opaque RGB photo every 8-bit value is the same (multiplying by 1/255 instead of dividing by 255
    changes the float by at most 6e-8). But they do not turn a photo by its EXIF orientation, and they drop transparency
    instead of putting the picture on white. `tf.image.resize` differs wherever a photo shrinks, because its default is
    not antialiased; with `antialias=True` it differs by at most about 1 of 255, because it does not round.

    Args:
        height: Rows of the network's input, in pixels.
        width: Columns of the network's input, in pixels.
        scaling: The numbers that the network gets. "0-1": from 0 for black to 1 for white; "0-255": the 8-bit values;
            "tf": from -1 for black to 1 for white; "torch": "0-1" normalized by ImageNet's mean and standard deviation
            of each colour; "caffe": the 8-bit values minus ImageNet's mean of each colour, blue first. The last three
            are equal to `keras.applications.imagenet_utils.preprocess_input` with that mode.
        fit: What happens to a photo of another aspect ratio. "stretch": it is distorted. "crop": its largest middle
            part is kept, like `keras.utils.load_img(keep_aspect_ratio=True)`. "pad": all of it is kept, between black
            bars, like `tf.image.resize_with_pad`.
        color_mode: "RGB" for three channels; or "L" for a single one, grey by Pillow's luma like
            `keras.utils.load_img(color_mode="grayscale")`, for the scalings "0-1", "0-255" and "tf".

    Raises:
        OptionError: If one of these is something else.

    Example:
        >>> batch = Preprocessing(150, 150)([Image.new("RGB", (640, 480), "white")])
        >>> batch.shape, batch.dtype, float(batch.max())
        ((1, 150, 150, 3), dtype('float32'), 1.0)
        >>> Preprocessing(28, 28, scaling="tf", color_mode="L").value_range
        (-1.0, 1.0)
    """

    height: int = 150
    width: int = 150
    scaling: str = "0-1"
    fit: str = "stretch"
    color_mode: str = "RGB"

    def __post_init__(self) -> None:
        """Refuse what is not a preprocessing."""
        if any(type(side) is not int or side < 1 for side in (self.height, self.width)):
            received = f"height={str(self.height)[:100]}, width={str(self.width)[:100]}"
            raise OptionError(f"`height` and `width` are whole numbers of pixels, at least 1. Received: {received}.")
        if not isinstance(self.fit, str) or self.fit not in FITS:
            raise OptionError(f"`fit` is one of {', '.join(FITS)}. Received: fit={str(self.fit)[:100]!r}.")
        if not isinstance(self.color_mode, str) or self.color_mode not in NUM_CHANNELS:
            received = f"color_mode={str(self.color_mode)[:100]!r}"
            raise OptionError(f"`color_mode` is one of {', '.join(NUM_CHANNELS)}. Received: {received}.")
        if self.num_channels == 1 and not find_scaling(self.scaling).is_for_gray:
            usable = ", ".join(name for name, scaling in SCALINGS.items() if scaling.is_for_gray)
            raise OptionError(
                f"With `color_mode` 'L', `scaling` is one of {usable}; the others treat each colour in another way. "
                f"Received: scaling='{self.scaling}'."
            )
        find_scaling(self.scaling)

    @property
    def num_channels(self) -> int:
        """How many channels the network's input has: 3, or 1 for grey."""
        return NUM_CHANNELS[self.color_mode]

    @property
    def shape(self) -> tuple[int, int, int]:
        """The shape of the network's input for one picture: (height, width, channels)."""
        return self.height, self.width, self.num_channels

    @property
    def color_names(self) -> tuple[str, ...]:
        """What the channels of the network's input are: "red", "green" and "blue", in its own order, or "grey"."""
        names = COLOR_NAMES[self.color_mode]
        return names[::-1] if self.affine.is_bgr else names

    @property
    def value_range(self) -> tuple[float, float]:
        """The smallest and the largest number that the network can get, of all channels."""
        return self.affine.value_range

    @property
    def affine(self) -> Scaling:
        """The map from a picture's values, in [0, 1] from black to white, to the numbers that the network gets."""
        return SCALINGS[self.scaling]

    def placement(self, photo: Image.Image) -> Placement:
        """Tell which part of an upright photo the network sees, and where in its picture.

        Args:
            photo: The upright photo.

        Returns:
            The part of the photo, in its pixels; and its place in the network's picture.
        """
        return place_photo(self.fit, photo.size, (self.width, self.height))

    def resize(self, image: Image.Image) -> Image.Image:
        """Resize a picture to what the network sees, before it is scaled.

        Args:
            image: An upright RGB picture of any size, as `cnnviz.load_image` returns it.

        Returns:
            Picture of (width, height) pixels of 8 bits, mode "RGB" or "L" like `color_mode`.
        """
        placed = self.placement(image)
        left, top, right, bottom = placed.target
        image = image.convert(self.color_mode) if image.mode != self.color_mode else image
        resized = image.resize((right - left, bottom - top), Image.Resampling.BILINEAR, placed.source)
        if resized.size == (self.width, self.height):
            return resized
        padded = Image.new(self.color_mode, (self.width, self.height))
        padded.paste(resized, (left, top))
        return padded

    def __call__(self, images: list[Image.Image]) -> NDArray[np.float32]:
        """Convert upright RGB pictures to one batch.

        Args:
            images: B upright RGB pictures of any size.

        Returns:
            Batch of shape (B, *shape), float32, within `value_range`.
        """
        return self.scale(np.stack([np.asarray(self.resize(image)) for image in images]))

    def values(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Divide resized pixels by 255, whatever the scaling: the network's picture, as formulas describe it.

        Args:
            pixels: Shape (..., *shape), uint8; of grey pictures, the last axis may be left out.

        Returns:
            Shape (..., *shape), float32 in [0, 1].
        """
        if self.num_channels == 1 and pixels.shape[-3:] != self.shape:
            pixels = pixels[..., None]
        return pixels.astype(np.float32) / np.float32(BITS_8_MAX)

    def scale(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Scale resized pixels to what the network gets.

        Args:
            pixels: Shape (..., *shape), uint8; of grey pictures, the last axis may be left out.

        Returns:
            Shape (..., *shape), float32, within `value_range`.
        """
        return self.affine.numbers(self.values(pixels))

    def box_in_photo(self, box: Box, photo: Image.Image) -> Box:
        """Convert a box in the network's picture to a box in the original photo.

        Args:
            box: Edges in pixels of the network's picture.
            photo: The photo: upright, or as opened from its file, still with its EXIF orientation.

        Returns:
            Edges in pixels of `photo`, not rounded. What lies in the bars of a padded photo is clipped.

        Example:
            >>> Preprocessing(150, 150).box_in_photo((0, 0, 75, 150), Image.new("RGB", (3000, 1000)))
            (0.0, 0.0, 1500.0, 1000.0)
            >>> Preprocessing(150, 150, fit="crop").box_in_photo((0, 0, 75, 150), Image.new("RGB", (3000, 1000)))
            (1000.0, 0.0, 1500.0, 1000.0)
        """
        if photo.format == "TIFF":
            photo.load()  # Pillow turns a TIFF upright as it decodes it, and forgets the orientation only then
        orientation = photo.getexif().get(EXIF_ORIENTATION, 1)
        turned = orientation in (5, 6, 7, 8)
        width, height = (photo.height, photo.width) if turned else photo.size
        placed = place_photo(self.fit, (width, height), (self.width, self.height))
        left, top, right, bottom = placed.to_photo(box)
        if orientation in (2, 3, 6, 7):
            left, right = width - right, width - left
        if orientation in (3, 4, 7, 8):
            top, bottom = height - bottom, height - top
        return (top, left, bottom, right) if turned else (left, top, right, bottom)

    def crop(self, photo: Image.Image, box: Box) -> Image.Image:
        """Cut out the part of the photo that lies in a box of the network's picture.

        Args:
            photo: The upright photo.
            box: Edges in pixels of the network's picture.

        Returns:
            All pixels of the photo that the box touches, at least one: an RGB picture, grey if the network sees grey.
        """
        left, top, right, bottom = self.box_in_photo(box, photo)
        left, top = min(math.floor(left), photo.width - 1), min(math.floor(top), photo.height - 1)
        patch = photo.crop((left, top, max(math.ceil(right), left + 1), max(math.ceil(bottom), top + 1)))
        return to_gray(patch) if self.num_channels == 1 else patch

    def to_dict(self) -> dict[str, Any]:
        """Describe the preprocessing.

        Returns:
            Plain JSON values that name every step.
        """
        fits = {"stretch": {}, "crop": {"fit": "crop"}, "pad": {"fit": "pad", "bars": "black"}}
        return {
            "height": self.height,
            "width": self.width,
            "color_mode": self.color_mode,
            "orientation": "EXIF",
            "interpolation": "bilinear",
            "antialias": True,
            "keep_aspect_ratio": self.fit != "stretch",
            **fits[self.fit],
            **({"rescale": "1/255"} if self.scaling == "0-1" else {"scaling": self.scaling}),
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Preprocessing":
        """Read what `to_dict` wrote.

        Args:
            values: The mapping that `to_dict` returned.

        Returns:
            An equal Preprocessing.

        Raises:
            FolderError: If a step is missing, or this version does not support it.
        """
        height, width = values.get("height"), values.get("width")
        if type(height) is not int or type(width) is not int or min(height, width) < 1:
            raise FolderError(
                f"The model's preprocessing needs a height and a width in pixels. Received: {dict(values)}."
            )
        try:
            preprocessing = cls(height, width, **{key: values[key] for key in STORED if key in values})
        except OptionError:
            preprocessing = cls(height, width)
        if preprocessing.to_dict() != dict(values):
            raise FolderError(
                f"This version cannot preprocess pictures as the model requires. Expected: "
                f"{preprocessing.to_dict()}. Received: {dict(values)}."
            )
        return preprocessing


def to_picture(pixels: NDArray[np.uint8]) -> Image.Image:
    """Make a picture of pixels, the opposite of `np.asarray`.

    Args:
        pixels: Shape (height, width, 3), or (height, width, 1) for grey.

    Returns:
        A picture of mode "RGB" or "L".
    """
    return Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels)
