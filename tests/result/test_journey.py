"""The journey is one picture that holds the photo, what was seen, the evidence map and every layer, pixel for pixel."""

from __future__ import annotations

from collections.abc import Callable

import keras
import numpy as np
import pytest
from PIL import Image

from cnnviz.base.errors import OptionError
from cnnviz.explorer.explorer import Explorer
from cnnviz.network.network import Network
from cnnviz.picture.preprocessing import Preprocessing
from cnnviz.result.journey import HEIGHT, MARGIN, PANEL_EDGE, PANELS_TOP, WIDTH
from networks import build_long, build_multi_label
from pictures import draw


def holds(picture: Image.Image, part: Image.Image, left: int, top: int) -> bool:
    """Tell whether a picture shows another one at a place."""
    shown = picture.crop((left, top, left + part.width, top + part.height))
    return bool((np.asarray(shown) == np.asarray(part.convert("RGB"))).all())


def test_photo_what_was_seen_and_evidence_are_there_pixel_for_pixel(explorer: Explorer) -> None:
    result = explorer(draw(800, 600, seed=2))
    journey = result.journey()
    assert (journey.mode, journey.size) == ("RGB", (1600, 900))
    photo = result.photo.resize((400, 300), Image.Resampling.LANCZOS)
    assert holds(journey, photo, MARGIN, PANELS_TOP)
    seen = result.seen.resize((300, 300), Image.Resampling.NEAREST)
    assert holds(journey, seen, MARGIN + 400 + 36, PANELS_TOP)
    evidence = result.explain("hires_cam").thumbnail(result.seen, PANEL_EDGE)
    assert holds(journey, evidence, WIDTH - MARGIN - 300, PANELS_TOP)


def test_layers_have_the_colours_that_are_asked_for(explorer: Explorer) -> None:
    result = explorer(draw(seed=2))
    assert result.journey("viridis").tobytes() != result.journey().tobytes()
    with pytest.raises(OptionError, match="magmaa"):
        result.journey("magmaa")


@pytest.mark.parametrize("size", [(3000, 20), (20, 3000), (1, 1), (31, 17)])
def test_nothing_leaves_the_margins_whatever_the_photo(size: tuple[int, int], small_explorer: Explorer) -> None:
    pixels = np.asarray(small_explorer(draw(*size)).journey())
    assert (pixels[:, : MARGIN - 2] == 255).all()
    assert (pixels[:, WIDTH - MARGIN + 2 :] == 255).all()
    assert (pixels[HEIGHT - 10 :] == 255).all()


@pytest.mark.parametrize("build", [build_long, build_multi_label])
def test_journey_through_other_networks(build: Callable[[], Network]) -> None:
    assert Explorer(build())(draw()).journey().size == (WIDTH, HEIGHT)


def test_network_without_places_and_in_grey_has_a_journey_without_evidence() -> None:
    layers = [keras.Input((8, 8, 1)), keras.layers.Flatten(), keras.layers.Dense(3, "softmax", name="n" * 90)]
    names = ("<b>&", "c" * 200, "三")
    network = Network(keras.Sequential(layers), names, Preprocessing(8, 8, color_mode="L"))
    result = Explorer(network)(draw(50, 50))
    journey = result.journey()
    assert result._journey.evidence is None
    assert holds(journey, result.seen.resize((296, 296), 0), MARGIN + 300 + 36, PANELS_TOP)
