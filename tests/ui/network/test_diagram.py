"""The drawing of blocks: stripes side by side, and lines past them."""

import math
import re

import pytest

from cnnviz.ui.network.diagram import BRANCH_PIXELS, PIXELS_PER_DOUBLING, DiagramBlock, draw_block
from networks import build_long, build_residual


def draw_named(network_blocks: tuple, name: str) -> DiagramBlock:
    return draw_block(next(block.layers for block in network_blocks if name in [each.name for each in block.layers]))


def test_layers_stand_side_by_side_as_tall_as_their_maps() -> None:
    stem, *_, answer = (draw_block(block.layers) for block in build_long().blocks)
    assert [stripe["role"] for stripe in stem["stripes"]] == ["convolution", "normalization", "activation"]
    assert [stripe["left"] for stripe in stem["stripes"]] == [0.5, 1.5, 2.5]
    assert stem["wide"] == 4
    tall = PIXELS_PER_DOUBLING * math.log2(33)
    for stripe in stem["stripes"]:
        assert stripe["tall"] == pytest.approx(tall, abs=0.01)
        assert stripe["top"] == pytest.approx(-tall / 2, abs=0.01)
    assert stem["lines"] == []
    assert answer["stripes"][-1]["tall"] == PIXELS_PER_DOUBLING


def test_a_shortcut_is_a_line_above_the_block_from_its_beginning_to_the_sum() -> None:
    block = draw_named(build_long().blocks, "block02_add")
    [line] = block["lines"]
    assert line["role"] == "sum"
    numbers = [float(each) for each in re.findall(r"-?[\d.]+", line["path"])]
    added = block["stripes"][2]
    assert added["role"] == "sum"
    assert (numbers[0], numbers[1]) == (0.25, 0)
    assert (numbers[-3], numbers[-1]) == (3, pytest.approx(added["top"], rel=1e-3))
    assert numbers[4] == pytest.approx(added["top"] - BRANCH_PIXELS, rel=1e-3)
    assert block["top"] < added["top"] - BRANCH_PIXELS
    assert block["bottom"] == pytest.approx(-added["top"], abs=0.01)


def test_layers_of_a_shortcut_stand_on_its_line() -> None:
    block = draw_named(build_long().blocks, "block12_add")
    past = block["stripes"][-1]
    assert (past["role"], past["tall"]) == ("convolution", BRANCH_PIXELS)
    assert past["top"] + past["tall"] < min(stripe["top"] for stripe in block["stripes"][:-1])


def test_a_gate_hangs_below_what_it_weighs() -> None:
    block = draw_named(build_residual().blocks, "gate")
    below = [stripe for stripe in block["stripes"] if stripe["top"] > 0]
    assert [stripe["role"] for stripe in below] == ["pooling", "dense"]
    assert {line["role"] for line in block["lines"]} == {"product", "sum"}
    assert block["bottom"] == pytest.approx(below[0]["top"] + below[0]["tall"], abs=0.01)
