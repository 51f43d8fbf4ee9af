"""What the README says is so."""

import re
from pathlib import Path

from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).parent.parent
REQUIREMENTS = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
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


def test_front_matter_names_the_tested_gradio_and_app_file() -> None:
    front = dict(line.split(": ", 1) for line in README.split("---")[1].strip().splitlines() if ": " in line)
    assert front["sdk"] == "gradio"
    assert front["python_version"].strip('"') in ("3.11", "3.12")
    assert (ROOT / front["app_file"]).is_file()
    assert len(front["short_description"]) <= 60
    (required,) = (line for line in REQUIREMENTS if line.startswith("gradio"))
    assert front["sdk_version"] in SpecifierSet(required.removeprefix("gradio"))
    assert "FIGURES" not in README.splitlines()
