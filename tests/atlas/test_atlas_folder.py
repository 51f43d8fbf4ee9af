"""The atlas in the model folder: read back as it was, absent without harm, refused where it is not to be trusted."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from PIL import Image

import cnnviz
from cnnviz.atlas.atlas import LayerAtlas
from cnnviz.atlas.atlas_folder import ATLAS, list_atlas, write_atlas
from cnnviz.base.errors import FolderError, LayerNotFoundError, OptionError
from cnnviz.explorer.explorer import Explorer
from cnnviz.explorer.loading import BUNDLED_FOLDER
from cnnviz.hub.publish import publish
from cnnviz.model_folder.folder import read_folder, write_folder
from cnnviz.model_folder.manifest import verify_folder
from cnnviz.picture.preprocessing import Preprocessing
from folders import tamper
from hub_server import Hub
from networks import build_branches

MAX_ATLAS_BYTES = 2 * 10**6
NO_ATLAS = r"This model has no atlas: make one with `python train.py --atlas FOLDER`\."


def write_branches(folder: Path) -> Path:
    network = build_branches()
    return write_folder(folder, network.model, network.class_names, network.preprocessing, {})


@pytest.fixture(scope="module")
def atlases(built: Any) -> list[LayerAtlas]:
    return built.atlases


@pytest.fixture(scope="module")
def folder(atlases: list[LayerAtlas], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model folder with an atlas; not to be changed."""
    path = write_branches(tmp_path_factory.mktemp("atlas") / "model")
    write_atlas(path, atlases)
    return path


@pytest.fixture
def tampered(folder: Path, tmp_path: Path) -> Callable[..., Explorer]:
    """Gives the model with another file, or with atlas.json as a function changes it, and hashes that fit."""

    def change(edit: Callable[[dict[str, Any]], object] = dict, **files: bytes) -> Explorer:
        about = json.loads((folder / ATLAS).read_text(encoding="utf-8"))
        edit(about)
        contents = {f"{name.replace('_', '-')}.png": content for name, content in files.items()}
        return cnnviz.load(tamper(folder, tmp_path, {ATLAS: json.dumps(about), **contents}))

    return change


def png(width: int, height: int) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (width, height)).save(stream, "PNG")
    return stream.getvalue()


def test_what_was_written_is_read(folder: Path, atlases: list[LayerAtlas]) -> None:
    explorer = cnnviz.load(folder)
    assert list_atlas(explorer.network) == [atlas.layer_name for atlas in atlases]
    for atlas in atlases:
        read = explorer.atlas(atlas.layer_name)
        np.testing.assert_array_equal(read.pictures, atlas.pictures)
        np.testing.assert_array_equal(read.activations, atlas.activations)
        assert (read.layer_name, read.box, read.size) == (atlas.layer_name, atlas.box, (40, 56))


def test_the_folder_keeps_all_else_and_its_card_says_what_the_pictures_are(
    atlases: list[LayerAtlas], tmp_path: Path
) -> None:
    path = write_branches(tmp_path / "model")
    before = verify_folder(path)["files"]
    write_atlas(path, atlases)
    after = verify_folder(path)["files"]
    assert [name for name in before if after[name] != before[name]] == ["README.md"]
    assert set(after) - set(before) == {"atlas.json", *(f"atlas-{number}.png" for number in range(1, 6))}
    assert "computed and not photographed" in (path / "README.md").read_text(encoding="utf-8")


def test_an_atlas_made_again_takes_the_place_of_the_first(atlases: list[LayerAtlas], tmp_path: Path) -> None:
    path = write_branches(tmp_path / "model")
    write_atlas(path, atlases)
    first = {file.name: file.read_bytes() for file in path.iterdir()}
    write_atlas(path, atlases)
    assert {file.name: file.read_bytes() for file in path.iterdir()} == first


def test_a_model_without_an_atlas_says_how_to_make_one(explorer: Explorer) -> None:
    assert list_atlas(explorer.network) == []
    with pytest.raises(FolderError, match=NO_ATLAS):
        explorer.atlas("conv2d_1")
    with pytest.raises(FolderError, match=NO_ATLAS):
        Explorer(build_branches()).atlas("left")
    with pytest.raises(OptionError, match="layer_name='dense_1'"):
        explorer.atlas("dense_1")
    with pytest.raises(LayerNotFoundError, match="conv9"):
        explorer.atlas("conv9")


def test_an_atlas_of_other_weights_is_not_shown(folder: Path, tmp_path: Path) -> None:
    network = build_branches()
    keras.utils.set_random_seed(99)
    network.model.set_weights([weights + 1 for weights in network.model.get_weights()])
    other = write_folder(tmp_path / "other", network.model, network.class_names, network.preprocessing, {})
    names = [name for name in verify_folder(folder)["files"] if name.startswith("atlas")]
    mixed = cnnviz.load(tamper(other, tmp_path, {name: (folder / name).read_bytes() for name in names}))
    assert list_atlas(mixed.network) == []
    with pytest.raises(FolderError, match=NO_ATLAS):
        mixed.atlas("left")


def set_box(box: Any) -> Callable[[dict[str, Any]], None]:
    return lambda about: about["layers"]["left"].update(box=box)


@pytest.mark.parametrize(
    "edit",
    [
        set_box([0, 0, 57, 5]),
        set_box([-1, 0, 5, 5]),
        set_box([5, 5, 5, 9]),
        set_box([0, 0, 5.0, 5]),
        set_box([0, 0, 5]),
        set_box("0055"),
        lambda about: about["layers"]["left"].update(activations=[1.0]),
        lambda about: about["layers"]["left"].update(activations=["1"] * 8),
        lambda about: about["layers"]["left"].update(activations=[1e300] * 8),
        lambda about: about["layers"]["left"].update(picture="../atlas-1.png"),
        lambda about: about["layers"]["left"].update(picture=["atlas-1.png"]),
        lambda about: about["layers"].update(left=[]),
        lambda about: about["layers"].pop("left"),
        lambda about: about["layers"].update(more={}),
        lambda about: about.update(layers=[]),
    ],
)
def test_figures_that_cannot_be_are_refused(
    tampered: Callable[..., Explorer], edit: Callable[[dict[str, Any]], object]
) -> None:
    explorer = tampered(edit)
    with pytest.raises(FolderError, match=r"The atlas in '.*' is damaged: .*`python train.py --atlas FOLDER`"):
        explorer.atlas("left")
    with pytest.raises(FolderError, match="is damaged"):
        list_atlas(explorer.network)


@pytest.mark.parametrize(("content", "reason"), [(b"no picture", "is no picture"), (png(900, 900), "another size")])
def test_pictures_that_are_none_or_of_another_size_are_refused(
    tampered: Callable[..., Explorer], content: bytes, reason: str
) -> None:
    with pytest.raises(FolderError, match=reason):
        tampered(atlas_1=content).atlas("signed")


def test_an_atlas_that_changed_after_the_model_was_read_is_refused(folder: Path, tmp_path: Path) -> None:
    for name in (ATLAS, "atlas-2.png"):
        path = tamper(folder, tmp_path)
        explorer = cnnviz.load(path)
        (path / name).write_bytes((path / name).read_bytes()[:-1] + b"x")
        with pytest.raises(FolderError, match=rf"{name}' is damaged: expected sha256"):
            explorer.atlas("left")


def test_it_goes_to_the_hub_and_comes_back(hub: Hub, folder: Path, atlases: list[LayerAtlas]) -> None:
    publish(folder, "user/pets")
    explorer = cnnviz.load("user/pets")
    for atlas in atlases:
        np.testing.assert_array_equal(explorer.atlas(atlas.layer_name).pictures, atlas.pictures)


def test_the_embedded_atlas_is_small() -> None:
    files = verify_folder(BUNDLED_FOLDER)["files"]
    sizes = [about["size"] for name, about in files.items() if name.startswith("atlas")]
    assert len(sizes) == 5
    assert sum(sizes) < MAX_ATLAS_BYTES
    network = read_folder(BUNDLED_FOLDER)
    assert list_atlas(network) == ["conv2d_1", "conv2d_2", "conv2d_3", "conv2d_4"]
    assert Preprocessing(*Explorer(network).atlas("conv2d_4").size) == network.preprocessing
