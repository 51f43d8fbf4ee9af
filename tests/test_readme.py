"""What README and docs say is so."""

import json
import re
from importlib import metadata
from pathlib import Path

import pytest
import yaml
from packaging.specifiers import SpecifierSet

import cnnviz
from cnnviz.base.figures import share
from pictures import draw

ROOT = Path(__file__).parent.parent
REQUIREMENTS = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
SHORT = 60
COLORS = {"red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray"}
"""What the Hub allows."""

README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("path", [ROOT / "README.md", ROOT / "docs" / "library.md"], ids=lambda path: path.stem)
def test_python_in_it_runs(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number, name in enumerate(("photo", "another")):
        draw(seed=number).save(tmp_path / f"{name}.jpg")
    (tmp_path / "photos").mkdir()
    draw().save(tmp_path / "photos" / "photo.jpg")
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```python\n(.*?)```", path.read_text(encoding="utf-8"), re.DOTALL)
    assert blocks
    for block in blocks:
        exec(compile(block, path.name, "exec"), {})


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_links_and_pictures_are_there(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    targets = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text) + re.findall(r'src="([^":]+)"', text)
    assert [target for target in targets if not (path.parent / target).exists()] == []


def test_every_page_of_the_documentation_is_found_from_the_readme() -> None:
    linked = {path.name for path in (ROOT / "docs").glob("*.md") if f"(docs/{path.name})" in README}
    assert linked == {path.name for path in (ROOT / "docs").glob("*.md")}


def test_what_is_said_of_the_embedded_model_is_what_was_measured_of_it() -> None:
    metrics = Path(cnnviz.__file__).parent / "bundled" / "metrics.json"
    measured = json.loads(metrics.read_text(encoding="utf-8"))["test"]
    figures = (measured["accuracy"], *measured["accuracy_interval_95"])
    right, lowest, highest = (f"{100 * figure:.1f}%" for figure in figures)
    said = f"is right on {right} of 2,252 photographs that it was not trained on (95% interval {lowest} to {highest})"
    for page in (ROOT / "README.md", ROOT / "docs" / "figures.md"):
        assert said in page.read_text(encoding="utf-8")


def test_the_sum_that_explains_how_to_follow_an_answer_back_is_that_of_the_page_s_first_photo() -> None:
    text = (ROOT / "docs" / "follow-it-back.md").read_text(encoding="utf-8")
    photo = Path(cnnviz.__file__).parent / "ui" / "examples" / "photos" / "shepherd.jpg"
    step = cnnviz.load()(photo).trace(depth=0)
    first, second, *_ = step.terms
    line = text.partition("evidence for dog")[2].partition("```")[0]
    told = [float(number) for number in re.findall(r"\d+\.\d+", line)]
    numbers = [first.unit.value, first.weight, second.unit.value, second.weight, -step.bias, step.total]
    assert told == pytest.approx(numbers, rel=0.01)
    assert f"make {share(step.covered)} of what speaks for it" in text
    assert f"The number {told[0]} is a sum itself" in text


def test_front_matter_is_valid_for_a_space() -> None:
    front = yaml.safe_load(README.split("---\n")[1])
    assert {"title", "emoji", "license", "tags", *front} == set(front)
    assert front["sdk"] == "gradio"
    assert front["sdk_version"] == metadata.version("gradio")  # the tested one
    assert front["python_version"] in ("3.11", "3.12")
    assert (ROOT / front["app_file"]).is_file()
    assert len(front["short_description"]) <= SHORT
    assert {front["colorFrom"], front["colorTo"]} <= COLORS
    (required,) = (line for line in REQUIREMENTS if line.startswith("gradio"))
    assert front["sdk_version"] in SpecifierSet(required.removeprefix("gradio"))
    assert "FIGURES" not in README.splitlines()
