"""The lines beside a list of layers."""

from cnnviz.network.layer import Layer
from cnnviz.network.receptive_field import input_field
from cnnviz.ui.network.rails import lay_rails


def layer(name: str, *inputs: str, places: bool = True) -> Layer:
    shape = (8, 8, 4) if places else (4,)
    return Layer(name, "Conv2D", shape, 0, inputs, "", True, input_field(8, 8))


def test_a_chain_runs_straight_down() -> None:
    rails, lanes = lay_rails([layer("a", "before"), layer("b", "a")])
    assert lanes == 1
    assert [rail["lane"] for rail in rails] == [0, 0]
    assert [rail["lines"] for rail in rails] == ["M0.5 0V1M0.5 1V2"] * 2


def test_a_shortcut_makes_room_for_the_main_way_and_comes_back() -> None:
    rails, lanes = lay_rails([layer("a", "before"), layer("b", "a"), layer("sum", "b", "before")])
    assert lanes == 2
    assert [rail["lane"] for rail in rails] == [0, 0, 0]
    assert "M0.5 0C0.5 1.0 1.5 1.0 1.5 2" in rails[0]["lines"]
    assert "M1.5 0V2" in rails[1]["lines"]
    assert rails[2]["lines"] == "M0.5 0V1M1.5 0C1.5 0.5 0.5 0.5 0.5 1M0.5 1V2"


def test_a_gate_has_a_lane_of_its_own() -> None:
    block = [layer("a", "before"), layer("squeeze", "a", places=False), layer("gate", "squeeze", places=False)]
    rails, lanes = lay_rails([*block, layer("product", "a", "gate")])
    assert lanes == 2
    assert [rail["lane"] for rail in rails] == [0, 1, 1, 0]
    assert "M0.5 0V2" in rails[1]["lines"]


def test_two_branches_never_share_a_lane() -> None:
    block = [layer("a", "before"), layer("b", "before"), layer("c", "before"), layer("join", "a", "b", "c")]
    rails, lanes = lay_rails(block)
    assert sorted(rail["lane"] for rail in rails[:3]) == [0, 1, 2] or lanes == 3
    assert rails[3]["lane"] == 0
    assert rails[3]["lines"].count("M") == 4
