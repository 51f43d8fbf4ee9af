"""What the README says is so."""

import re
from importlib import metadata
from pathlib import Path

import yaml
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).parent.parent
REQUIREMENTS = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
SHORT = 60
COLORS = {"red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray"}
"""What the Hub allows."""

README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_python_in_the_readme_runs() -> None:
    blocks = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    assert blocks
    for block in blocks:
        exec(compile(block, "README.md", "exec"), {})


def test_links_of_the_readme_lead_somewhere() -> None:
    targets = re.findall(r"\]\(([^)#:]+)\)", README)
    assert targets
    assert [target for target in targets if not (ROOT / target).exists()] == []


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
