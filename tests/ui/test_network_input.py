"""What goes into the network, in words: what was done to a photo, and which numbers the network gets."""

# ruff: noqa: RUF001

import pytest
from PIL import Image

from cnnviz.picture.preprocessing import Preprocessing
from cnnviz.ui.network_input import describe_input, describe_numbers, describe_seen

WIDE = Image.new("RGB", (400, 300))
GRAY = "It is turned grey: this network sees no colours."


@pytest.mark.parametrize(
    ("preprocessing", "photo", "sentence"),
    [
        (Preprocessing(), WIDE, "Your photo, squeezed to 150×150 pixels."),
        (Preprocessing(90, 60), WIDE, "Your photo, squeezed to 60×90 pixels."),
        (
            Preprocessing(96, 96, fit="crop"),
            WIDE,
            "The middle of your photo, resized to 96×96 pixels: 25% was cut away.",
        ),
        (Preprocessing(60, 80, fit="crop"), WIDE, "Your photo, resized to 80×60 pixels."),
        (Preprocessing(96, 96, fit="pad"), WIDE, "Your whole photo between black bars: 96×96 pixels."),
        (Preprocessing(60, 80, fit="pad"), WIDE, "Your photo, resized to 80×60 pixels."),
        (Preprocessing(28, 28, color_mode="L"), WIDE, f"Your photo, squeezed to 28×28 pixels. {GRAY}"),
    ],
)
def test_what_was_done_to_the_photo_is_said(preprocessing: Preprocessing, photo: Image.Image, sentence: str) -> None:
    assert describe_seen(preprocessing, photo) == sentence


@pytest.mark.parametrize(
    ("scaling", "numbers", "all_numbers"),
    [
        ("0-1", "0 to 1", "0 for black to 1 for white"),
        ("0-255", "0 to 255", "0 for black to 255 for white"),
        ("tf", "−1 to 1", "−1 for black to 1 for white"),
        ("torch", "−2.12 to 2.64", "−2.12 to 2.64, on a scale of its own for each colour"),
        ("caffe", "−124 to 151", "−124 to 151, on a scale of its own for each colour"),
    ],
)
def test_numbers_are_those_that_the_network_gets(scaling: str, numbers: str, all_numbers: str) -> None:
    preprocessing = Preprocessing(150, 150, scaling, "crop")
    assert describe_numbers(preprocessing) == f"The network gets numbers from {numbers}."
    assert describe_input(preprocessing) == (
        "Of any photo, the middle is resized to 150×150 pixels; what does not fit is cut away. "
        f"The network gets numbers from {all_numbers}."
    )
