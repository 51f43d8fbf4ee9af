"""Preprocessing of pictures for a network, and the way back from its boxes to the photo; stored with the model."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cnnviz.base.errors import FolderError

Box = tuple[float, float, float, float]
"""A box: its left, top, right and bottom edge; right and bottom are the first pixels outside."""

BITS_8_MAX = 255
EXIF_ORIENTATION = 0x0112


@dataclass(frozen=True)
class Preprocessing:
    """The way a picture becomes the network's input; it is the same in training and in serving.

    An upright RGB picture is resized to (height, width) without keeping its aspect ratio, by bilinear
    interpolation with antialiasing (every source pixel counts when shrinking), rounded to 8 bits and
    divided by 255. Pillow does the resizing, so the result is the same on every backend.

    `keras.utils.load_img(..., interpolation="bilinear")`, and `ImageDataGenerator` with it, resize with Pillow too:
    for an upright, opaque RGB photo every 8-bit value is the same (multiplying by 1/255 instead of dividing by 255
    changes the float by at most 6e-8). But they do not turn a photo by its EXIF orientation, and they drop transparency
    instead of putting the picture on white. `tf.image.resize` differs wherever a photo shrinks, because its default is
    not antialiased; with `antialias=True` it differs by at most about 1 of 255, because it does not round.

    Args:
        height: Rows of the network's input, in pixels.
        width: Columns of the network's input, in pixels.

    Example:
        >>> batch = Preprocessing(150, 150)([Image.new("RGB", (640, 480), "white")])
        >>> batch.shape, batch.dtype, float(batch.max())
        ((1, 150, 150, 3), dtype('float32'), 1.0)
    """

    height: int = 150
    width: int = 150

    def resize(self, image: Image.Image) -> Image.Image:
        """Resize a picture to what the network sees, before the division by 255.

        Args:
            image: An upright RGB picture of any size, as `cnnviz.load_image` returns it.

        Returns:
            RGB picture of (width, height) pixels.
        """
        return image.resize((self.width, self.height), Image.Resampling.BILINEAR)

    def __call__(self, images: list[Image.Image]) -> NDArray[np.float32]:
        """Convert upright RGB pictures to one batch.

        Args:
            images: B upright RGB pictures of any size.

        Returns:
            Batch of shape (B, height, width, 3), float32 in [0, 1].
        """
        return self.scale(np.stack([np.asarray(self.resize(image)) for image in images]))

    def scale(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Divide resized pixels by 255.

        Args:
            pixels: Shape (..., height, width, 3), uint8.

        Returns:
            The same shape, float32 in [0, 1].
        """
        return pixels.astype(np.float32) / np.float32(BITS_8_MAX)

    def box_in_photo(self, box: Box, photo: Image.Image) -> Box:
        """Convert a box in the network's picture to a box in the original photo.

        Args:
            box: Edges in pixels of the network's picture.
            photo: The photo: upright, or as opened from its file, still with its EXIF orientation.

        Returns:
            Edges in pixels of `photo`, not rounded.

        Example:
            >>> Preprocessing(150, 150).box_in_photo((0, 0, 75, 150), Image.new("RGB", (3000, 1000)))
            (0.0, 0.0, 1500.0, 1000.0)
        """
        if photo.format == "TIFF":
            photo.load()  # Pillow turns a TIFF upright as it decodes it, and forgets the orientation only then
        orientation = photo.getexif().get(EXIF_ORIENTATION, 1)
        turned = orientation in (5, 6, 7, 8)
        width, height = (photo.height, photo.width) if turned else photo.size
        left, right = (x * width / self.width for x in (box[0], box[2]))
        top, bottom = (y * height / self.height for y in (box[1], box[3]))
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
            All pixels of the photo that the box touches, at least one.
        """
        left, top, right, bottom = self.box_in_photo(box, photo)
        left, top = min(math.floor(left), photo.width - 1), min(math.floor(top), photo.height - 1)
        return photo.crop((left, top, max(math.ceil(right), left + 1), max(math.ceil(bottom), top + 1)))

    def to_dict(self) -> dict[str, Any]:
        """Describe the preprocessing.

        Returns:
            Plain JSON values that name every step.
        """
        return {
            **asdict(self),
            "color_mode": "RGB",
            "orientation": "EXIF",
            "interpolation": "bilinear",
            "antialias": True,
            "keep_aspect_ratio": False,
            "rescale": "1/255",
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
        preprocessing = cls(height, width)
        if preprocessing.to_dict() != dict(values):
            raise FolderError(
                f"This version cannot preprocess pictures as the model requires. Expected: "
                f"{preprocessing.to_dict()}. Received: {dict(values)}."
            )
        return preprocessing
