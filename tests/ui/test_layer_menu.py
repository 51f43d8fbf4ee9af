"""The layers that can be chosen from a menu."""

from pathlib import Path

from cnnviz.explorer.explorer import Explorer
from cnnviz.ui.layer_menu import describe_menu
from networks import LAYERS, build_long
from served_models import show_photo


def test_layers_stand_under_the_stages_of_the_journey(explorer: Explorer, tmp_path: Path) -> None:
    photo = show_photo(explorer.network, tmp_path)
    menu = describe_menu(photo, photo.network.layers)
    assert [group["title"] for group in menu] == [stage.title for stage in photo.stages]
    assert [layer["name"] for group in menu for layer in group["entries"]] == list(LAYERS)
    text = "Conv2D, after ReLU · 148×148×32"  # noqa: RUF001
    assert menu[0]["entries"][0] == {"name": "conv2d_1", "block": "", "text": text}


def test_of_a_long_network_every_layer_can_be_chosen_that_is_allowed(tmp_path: Path) -> None:
    photo = show_photo(build_long(), tmp_path)
    layers = photo.network.layers
    menu = describe_menu(photo, layers)
    assert [layer["name"] for group in menu for layer in group["entries"]] == [layer.name for layer in layers]
    assert [len(group["entries"]) for group in menu] == [11, 37, 13, 1, 1]
    blocks = [layer["block"] for group in menu for layer in group["entries"]]
    assert blocks[:4] == ["Block 1", "Block 1", "Block 1", "Block 2"]
    assert blocks[-1] == "Block 17"
    some = describe_menu(photo, [layer for layer in layers if layer.name in ("stem", "answer")])
    assert [(group["title"], len(group["entries"])) for group in some] == [
        (photo.stages[0].title, 1),
        (photo.stages[4].title, 1),
    ]
