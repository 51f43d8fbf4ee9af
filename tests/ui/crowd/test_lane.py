"""Lanes: which call waits where, and who a caller is."""

from __future__ import annotations

from typing import Any

import pytest

from cnnviz.ui.crowd.lane import caller_of, lane_name, lanes
from cnnviz.ui.handlers import Handlers
from cnnviz.why.explain import METHODS


@pytest.mark.parametrize(
    ("endpoint", "values", "asked", "name"),
    [
        ("predict", [None], {}, "programs"),
        ("explain", [None, "grad_cam", None, None, False], {}, "programs"),
        ("explain", [None, "grad_cam", None, None, True], {}, "slow"),
        ("explain", [None, "occlusion"], {}, "slow"),
        ("explain", [], {}, "programs"),
        ("trace", [], {}, "slow"),
        ("explain", [None, {"not": "a name"}, None, None, [True]], {}, "programs"),
    ],
)
def test_slow_work_of_programs_has_a_lane_of_its_own(
    endpoint: str, values: list[Any], asked: dict[str, Any], name: str
) -> None:
    assert lane_name(endpoint, True, values, asked) == name


@pytest.mark.parametrize(
    ("endpoint", "asked", "name"),
    [
        ("show", {}, "page"),
        ("channels_look", {}, "page"),
        ("channels_rank", {"by": "gray"}, "page"),
        ("channels_rank", {"by": "effects"}, "slow"),
        ("why_explain", {"method": "hires_cam"}, "page"),
        ("live_look", {"picture": "data:"}, "live"),
        ("why_explain", {"method": ["hires_cam"]}, "page"),
        ("why_explain", {"method": "integrated_gradients"}, "slow"),
        ("why_examine", {}, "slow"),
        ("follow_follow", {}, "page"),
        ("learned_look", {}, "page"),
        ("learned_follow", {}, "slow"),
        ("channels_film", {}, "slow"),
    ],
)
def test_slow_work_of_the_page_has_it_too(endpoint: str, asked: dict[str, Any], name: str) -> None:
    assert lane_name(endpoint, False, [], asked) == name


def test_every_method_that_takes_many_passes_is_slow() -> None:
    slow = [name for name in METHODS if lane_name("explain", True, [None, name], {}) == "slow"]
    assert slow == ["smooth_grad", "integrated_gradients", "occlusion"]


def test_parameters_of_explain_stand_where_they_are_looked_for() -> None:
    names = Handlers.explain.__code__.co_varnames[1:6]
    assert (names[1], names[4]) == ("method", "trust")


def test_one_caller_takes_at_most_half_of_a_lane() -> None:
    assert [lane.num_waiting_of_one for lane in lanes(32).values()] == [16, 16, 8, 16]
    assert min(lane.num_waiting for lane in lanes(1).values()) == 1


@pytest.mark.parametrize(
    ("host", "caller"),
    [
        ("127.0.0.2", "127.0.0.2"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::", "2001:db8:1:2::/64"),
        ("testclient", "testclient"),
        ("", ""),
    ],
)
def test_addresses_of_one_network_are_one_caller(host: str, caller: str) -> None:
    assert caller_of(host) == caller
