"""Evidence maps as pictures: numbers can be read back, places are right, what no unit covers stays clear."""

from __future__ import annotations

from dataclasses import replace

import matplotlib as mpl
import numpy as np
import pytest
from PIL import Image

from cnnviz.base.errors import OptionError
from cnnviz.network.receptive_field import Axis, ReceptiveField
from cnnviz.picture.preprocessing import Preprocessing
from cnnviz.why.cells import place
from cnnviz.why.explain import Explanation
from pictures import draw

AXIS = Axis(size=6, stride=4, start=1, num_units=4, extent=24, seen=(1, 19))
"""Cells of four pixels, from pixel 2 to 17."""

FIELD = ReceptiveField(AXIS, AXIS)
VALUES = np.linspace(-2, 3, 16, dtype=np.float32).reshape(4, 4)


def explain(class_name: str, class_names: tuple[str, ...] = ("cat", "dog"), method: str = "hires_cam") -> Explanation:
    values = np.abs(VALUES) if method == "saliency" else VALUES
    return Explanation(method, class_name, None, values, FIELD, class_names)


def expected(explanation: Explanation, limit: float) -> np.ndarray:
    """Look the colours up in matplotlib."""
    two = len(explanation.class_names) == 2
    if not explanation.is_signed:
        return mpl.colormaps["magma"](explanation.values / limit, bytes=True)[..., :3]
    sign = -1 if two and explanation.class_name == "cat" else 1
    name = "PuOr" if two else "RdBu_r"
    return mpl.colormaps[name](0.5 + sign * explanation.values / limit / 2, bytes=True)[..., :3]


@pytest.mark.parametrize("limit", [None, 6.0])
@pytest.mark.parametrize(
    "explanation",
    [explain("cat"), explain("dog"), explain("bee", ("ant", "bee", "cow")), explain("dog", method="saliency")],
    ids=lambda explanation: f"{explanation.class_name}-{explanation.method}-{len(explanation.class_names)}",
)
def test_every_value_is_a_square_of_its_colour(explanation: Explanation, limit: float | None) -> None:
    picture = explanation.picture(limit)
    assert (picture.mode, picture.size) == ("P", (592, 592))
    drawn = np.asarray(picture.convert("RGB")).reshape(4, 148, 4, 148, 3)
    assert (drawn == drawn[:, :1, :, :1]).all()
    colors = expected(explanation, limit or 3).astype(int)
    assert np.abs(drawn[:, 0, :, 0].astype(int) - colors).max() <= 3  # a step of the palette


def test_evidence_for_one_of_two_classes_has_one_colour_whichever_is_asked() -> None:
    cat, dog = explain("cat"), Explanation("hires_cam", "dog", None, -VALUES, FIELD, ("cat", "dog"))
    assert cat.picture().tobytes() == dog.picture().tobytes()
    red, green, blue = dog.picture().convert("RGB").getpixel((591, 591))  # most for cat
    assert red > green > blue


def test_map_lies_where_its_units_see_and_nothing_lies_elsewhere() -> None:
    rng = np.random.default_rng(0)
    seen = Image.fromarray(rng.integers(0, 256, (24, 24, 3), np.uint8))
    pale = pale_of(seen)
    explanation = explain("dog")
    factor = 592 // 24
    for opacity in (0, 0.5, 1):
        over = np.asarray(explanation.overlay(seen, opacity)).reshape(24, factor, 24, factor, 3)
        inside = over[:, 1:-1, :, 1:-1]  # a line surrounds what is covered
        assert (inside == inside[:, :1, :, :1]).all()
        over = inside[:, 0, :, 0]
        placed = place(explanation.values, FIELD)
        assert (over[np.isnan(placed)] == pale[np.isnan(placed)]).all()
        assert np.isnan(placed).sum() == 24**2 - 16**2
        assert np.abs(over - veiled(pale, placed, opacity))[2:18, 2:18].max() <= 4


def pale_of(picture: Image.Image) -> np.ndarray:
    """A fifth of the way to white."""
    return np.asarray(Image.blend(picture, Image.new("RGB", picture.size, "white"), 0.2))


def veiled(pale: np.ndarray, placed: np.ndarray, opacity: float) -> np.ndarray:
    """Mix each place with the colour of its sign, by the square root of its share of the largest value."""
    values = np.nan_to_num(placed)
    colors = mpl.colormaps["PuOr"](0.5 + 0.75 * np.sign(values) / 2, bytes=True)[..., :3]
    shares = opacity * np.sqrt(np.abs(values) / 3)[..., None]
    return np.asarray(shares * colors + (1 - shares) * pale)


def test_a_line_surrounds_what_is_covered_unless_that_is_all() -> None:
    black = Image.new("RGB", (24, 24))
    over = np.asarray(explain("dog").overlay(black, 0))
    lit = np.argwhere((over == 255).all(axis=-1))
    assert (lit.min(axis=0).tolist(), lit.max(axis=0).tolist()) == ([47, 47], [432, 432])  # pixels 2 to 17, 24 times
    axis = Axis(size=6, stride=6, start=0, num_units=4, extent=24, seen=(0, 24))
    whole = Explanation("hires_cam", "dog", None, VALUES, ReceptiveField(axis, axis), ("cat", "dog"))
    assert (np.asarray(whole.overlay(black, 0)) == 51).all()


def test_large_photo_keeps_its_size() -> None:
    assert explain("dog").overlay(Image.new("RGB", (900, 700))).size == (900, 700)


@pytest.mark.parametrize("fit", ["crop", "pad"])
def test_map_lies_on_the_part_of_the_photo_that_the_network_saw(fit: str) -> None:
    photo = draw(96, 48, seed=3)  # cropped to 48 x 48 in the middle, or twelve rows of bars above and below
    explanation = replace(explain("dog"), fit=fit)
    over = np.asarray(explanation.overlay(photo, 1).resize((96, 48), Image.Resampling.NEAREST))
    placed = place(explanation.values, FIELD)
    if fit == "crop":
        expected_places = np.full((48, 96), np.nan)
        expected_places[:, 24:72] = placed.repeat(2, axis=0).repeat(2, axis=1)
    else:
        expected_places = placed[6:18].repeat(4, axis=0).repeat(4, axis=1)
    clear = np.isnan(expected_places)
    pale = pale_of(photo)
    is_line = (over == 255).all(axis=-1)
    assert np.array_equal(over[clear & ~is_line], pale[clear & ~is_line])
    assert np.abs(over - veiled(pale, expected_places, 1))[~clear & ~is_line].max() <= 4
    seen = explanation.overlay(Preprocessing(24, 24, fit=fit).resize(photo), 1)
    assert np.array_equal(
        np.asarray(seen)[:60],
        np.asarray(replace(explanation, fit="stretch").overlay(Preprocessing(24, 24, fit=fit).resize(photo), 1))[:60],
    )


def test_empty_map_is_hatched() -> None:
    empty = Explanation("grad_cam", "dog", "conv2d_4", np.zeros((4, 4), np.float32), FIELD, ("cat", "dog"))
    assert empty.is_empty
    assert len(empty.picture().convert("RGB").getcolors() or []) == 2
    assert np.isfinite(np.asarray(empty.overlay(Image.new("RGB", (24, 24))))).all()


def test_what_cannot_be_drawn_is_one_sentence() -> None:
    with pytest.raises(OptionError, match=r"^`opacity` is between 0 and 1\. Received: opacity=1\.5\.$"):
        explain("dog").overlay(Image.new("RGB", (24, 24)), 1.5)
    with pytest.raises(OptionError, match=r"^`limit` is at least the map's largest magnitude, 3\. Received: 2\.$"):
        explain("dog").picture(2)
