"""The house is in order: every folder says what lives in it, and every module is tested where one would look."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from server import ROOT

MODULES = sorted(
    path.relative_to(ROOT)
    for path in [*(ROOT / "cnnviz").rglob("*.py"), ROOT / "app.py", ROOT / "train.py", *(ROOT / "scripts").glob("*.py")]
)
FOLDERS = [module.parent for module in MODULES if module.name == "__init__.py"]
WORDS = "words.py"
"""Modules of constants, which the tests of the page look for on it."""

ELSEWHERE = {
    "cnnviz/base/errors.py": "tests/test_package.py",
    "cnnviz/base/source.py": "tests/ui/header/test_header.py",
    "cnnviz/base/version.py": "tests/test_packaging.py",
    "cnnviz/__main__.py": "tests/command/test_main.py",
    "cnnviz/callbacks.py": "tests/recording/test_watch.py",
    "cnnviz/command/model_flags.py": "tests/command/test_look.py",
    "cnnviz/command/serve.py": "tests/test_app.py",
    "cnnviz/drawing/way.py": "tests/result/test_trace.py",
    "cnnviz/evaluation/chart_style.py": "tests/evaluation/test_charts.py",
    "cnnviz/model_folder/card_figures.py": "tests/model_folder/test_card.py",
    "cnnviz/network/config.py": "tests/model_folder/test_safe_config.py",
    "cnnviz/network/graph.py": "tests/network/test_network.py",
    "cnnviz/network/layer.py": "tests/network/test_network.py",
    "cnnviz/network/passes.py": "tests/network/test_network.py",
    "cnnviz/picture/refusal.py": "tests/picture/test_cost.py",
    "cnnviz/result/comparison_picture.py": "tests/result/test_comparison.py",
    "cnnviz/result/report_style.py": "tests/result/test_report.py",
    "cnnviz/result/tracer.py": "tests/result/test_trace.py",
    "cnnviz/surveying/survey_store.py": "tests/surveying/test_run.py",
    "cnnviz/surveys/answer_tally.py": "tests/surveys/test_tally.py",
    "cnnviz/surveys/few.py": "tests/ui/channels/test_data_set.py",
    "cnnviz/surveys/layer_survey.py": "tests/surveys/test_finishing.py",
    "cnnviz/surveys/photo_batch.py": "tests/surveying/test_run.py",
    "cnnviz/surveys/survey.py": "tests/surveying/test_run.py",
    "cnnviz/training/finish.py": "tests/training/test_run.py",
    "cnnviz/why/attribution.py": "tests/why/test_explain.py",
    "cnnviz/why/cam.py": "tests/why/test_explain.py",
    "cnnviz/why/passes.py": "tests/why/test_explain.py",
    "cnnviz/ui/network/data_set.py": "tests/ui/channels/test_data_set.py",
    "cnnviz/ui/answers.py": "tests/ui/why/test_questions.py",
    "cnnviz/ui/api.py": "tests/test_app.py",
    "cnnviz/ui/call_examples.py": "tests/ui/test_api_description.py",
    "cnnviz/ui/channel_data.py": "tests/ui/channels/test_questions.py",
    "cnnviz/ui/channels/channels.py": "tests/ui/channels/test_browser_channels.py",
    "cnnviz/ui/channels/film.py": "tests/ui/learned/test_questions.py",
    "cnnviz/ui/comparison/comparison.py": "tests/ui/comparison/test_questions.py",
    "cnnviz/ui/example.py": "tests/ui/examples/test_examples.py",
    "cnnviz/ui/examples/drawings.py": "tests/ui/examples/test_examples.py",
    "cnnviz/ui/examples/tiles.py": "tests/ui/examples/test_examples.py",
    "cnnviz/ui/follow/follow.py": "tests/ui/follow/test_browser_follow.py",
    "cnnviz/ui/files.py": "tests/ui/strip/test_strip.py",
    "cnnviz/ui/learned/learned.py": "tests/ui/learned/test_questions.py",
    "cnnviz/ui/live/live.py": "tests/ui/live/test_browser_live.py",
    "cnnviz/ui/page.py": "tests/ui/test_browser.py",
    "cnnviz/ui/raw_blocks.py": "tests/test_app.py",
    "cnnviz/ui/served_model.py": "tests/served_models.py",
    "cnnviz/ui/shown_photo.py": "tests/ui/answer/test_answer.py",
    "cnnviz/ui/story/findings.py": "tests/ui/story/test_stages.py",
    "cnnviz/ui/story/layer_numbers.py": "tests/ui/strip/test_strip.py",
    "cnnviz/ui/story/references.py": "tests/ui/story/test_stages.py",
    "cnnviz/ui/layers/colors.py": "tests/ui/test_browser.py",
    "cnnviz/ui/layers/layers.py": "tests/ui/layers/test_browser_layers.py",
    "cnnviz/ui/strongest_units.py": "tests/ui/layers/test_stages.py",
    "cnnviz/ui/tour/tour.py": "tests/ui/tour/test_browser_tour.py",
    "cnnviz/ui/view.py": "tests/ui/test_parts.py",
    "cnnviz/ui/why/maps.py": "tests/ui/why/test_why.py",
    "cnnviz/ui/wrong_call.py": "tests/test_app.py",
    "scripts/check_javascript.py": "tests/test_browser_types.py",
    "scripts/record_page.py": "tests/ui/test_record_page.py",
}
"""Where modules are tested that have no test file of their name."""


def own_test_file(module: Path) -> Path:
    """Name the test file in which one would look for a module's tests."""
    name = f"test_{module.name}"
    return Path("tests", *module.parts[1:-1], name) if module.parts[0] == "cnnviz" else Path("tests", name)


@pytest.mark.parametrize("module", [each for each in MODULES if each.name not in ("__init__.py", WORDS)], ids=str)
def test_every_module_has_a_own_test_file_its_name_or_is_said_to_be_tested_elsewhere(module: Path) -> None:
    elsewhere = ELSEWHERE.get(module.as_posix())
    has_its_own = (ROOT / own_test_file(module)).is_file()
    assert has_its_own != (elsewhere is not None), f"{own_test_file(module)} or a line in ELSEWHERE, and not both"
    assert elsewhere is None or (ROOT / elsewhere).is_file()


def test_nothing_is_said_of_modules_that_are_not_there() -> None:
    assert set(ELSEWHERE) <= {module.as_posix() for module in MODULES}


@pytest.mark.parametrize("folder", FOLDERS, ids=str)
def test_every_folder_says_what_lives_in_it(folder: Path) -> None:
    text = ast.get_docstring(ast.parse((ROOT / folder / "__init__.py").read_text(encoding="utf-8")))
    assert text
    assert text.endswith(".")
