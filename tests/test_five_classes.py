"""Five classes of drawn pictures, all the way: trained, published, fetched, served, answered."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from huggingface_hub import ModelCard
from PIL import Image

import cnnviz
from cnnviz.hub.publish import publish
from cnnviz.model_folder.folder import read_folder
from hub_server import Hub
from server import Server, serve_here

REPOSITORY = "alice/five-kinds"
COLORS = {
    "daisy": (240, 240, 240),
    "dandelion": (230, 200, 30),
    "rose": (200, 30, 60),
    "sunflower": (120, 80, 20),
    "tulip": (150, 60, 200),
}
NUM_PHOTOS = 30


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Noisy pictures of five colours, in one folder per class."""
    folder = tmp_path_factory.mktemp("flowers")
    random = np.random.default_rng(0)
    for name, color in COLORS.items():
        (folder / name).mkdir()
        for number in range(NUM_PHOTOS):
            pixels = np.clip(random.normal(color, 25, (46, 46, 3)), 0, 255).astype(np.uint8)
            Image.fromarray(pixels).save(folder / name / f"{number}.png")
    return folder


@pytest.fixture
def published(photos: Path, hub: Hub, tmp_path: Path) -> tuple[Path, list[str]]:
    """A run whose model was published, and what it reported."""
    hub.orgs = {"alice": "write"}
    lines: list[str] = []
    recipe = cnnviz.Recipe.named("book", epochs=12, batch_size=10, size=46, width=0.25, learning_rate=0.002)
    run = cnnviz.train(photos, tmp_path / "run", recipe=recipe, report=lines.append)
    publish(run.model, REPOSITORY)
    return run.folder, lines


@pytest.fixture
def served(published: tuple[Path, list[str]], tmp_path: Path) -> Iterator[Server]:
    """The page on the published model."""
    with serve_here(tmp_path, cnnviz.load(REPOSITORY)) as server:
        yield server


def test_five_classes_are_trained_published_served_and_answered(
    published: tuple[Path, list[str]], served: Server, photos: Path
) -> None:
    run, lines = published
    assert any(line.startswith("daisy, dandelion, rose, sunflower and tulip: ") for line in lines)
    network = read_folder(run / "model")
    assert network.class_names == tuple(COLORS)
    assert network.metrics["test"]["accuracy"] >= 0.8
    assert network.metrics["probes"]["flatten_1"]["accuracy"] >= 0.8
    card = ModelCard.load(run / "model" / "README.md")
    assert card.data.model_name == "daisy-or-dandelion-or-rose-or-sunflower-or-tulip"
    assert "# Daisy, dandelion, rose, sunflower or tulip" in card.text
    assert {path.name for path in (run / "model").glob("*.png")} == {
        f"{name}{suffix}.png" for name in ("confusion", "curves", "reliability") for suffix in ("", "-dark")
    }
    assert (run / "samples" / "rose-called-rose.png").is_file()
    event, model = served.call("model")
    assert (event, model[0]["class_names"]) == ("complete", [*COLORS])
    page = served.http.get("/").raise_for_status().text
    assert "tulip" in page
    photo = photos / "rose" / "0.png"
    expected = cnnviz.load(run / "model")(photo)
    assert (expected.label, len(expected.probabilities)) == ("rose", 5)
    assert served.predict(photo.read_bytes(), "photo.png") == pytest.approx(expected.probabilities, abs=1e-5)
    path = {"path": served.upload(photo.read_bytes(), "photo.png")}
    event, (_, evidence) = served.call("explain", path, "grad_cam", "tulip", "conv2d_4")
    assert (event, evidence["class_name"]) == ("complete", "tulip")
    recipe = cnnviz.Recipe.named("book", epochs=1, size=46, width=0.25)
    two = [photos.parent / "two"]
    for name in ("rose", "tulip"):
        shutil.copytree(photos / name, two[0] / name)
    next_run = cnnviz.train(two, run.parent / "next", recipe=recipe, start_from=REPOSITORY, report=lambda line: None)
    text = " ".join((next_run.model / "README.md").read_text(encoding="utf-8").split())
    commit = cnnviz.load(REPOSITORY).source.commit
    assert (
        f"started from: {REPOSITORY}@main on the Hugging Face Hub, commit {commit}, which knows daisy, dandelion, "
        "rose, sunflower and tulip: all layers but the last, which is new and learned alone at first."
    ) in text
