"""Gradio's panel on the API: the calls that it shows run as they stand, and the page's address outlives it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from browsing import DESKTOP, PHONE, Windows
from programs import require_program
from server import Server

ENDPOINTS = ("/predict", "/visualize", "/channel", "/ablate", "/explain", "/trace", "/compare", "/survey", "/model")
SECONDS = 300
MISSING = "Failed to load resource: the server responded with a status of 404 (Not Found)"
"""What the browser says where Gradio's panel asks for statistics and tools that are not there."""

MODULES = Path(sys.prefix) / "lib" / "node_modules"
RUN_ALL = """import sys
for name in sys.argv[1:]:
    exec(open(name, encoding="utf-8").read(), {})
"""


@pytest.fixture(scope="module")
def panel(windows: Windows, server: Server) -> dict[str, list[str]]:
    """The calls that the panel shows, by language."""
    with windows.lend() as window:
        page = window.open(server, "/?view=api", wait=False)
        shown = {name: shown_calls(page, name) for name in ("Python", "JavaScript", "cURL", "CLI")}
        expect(page.locator(".api-docs li.snippet", has_text="MCP")).to_be_hidden()
        window.forgive(MISSING)
        return shown


def shown_calls(page: Page, language: str) -> list[str]:
    page.locator(".api-docs li.snippet", has_text=language).click()
    calls = page.locator(".api-docs .endpoint-container .container pre:visible")
    expect(calls).to_have_count(len(ENDPOINTS))
    return calls.all_inner_texts()


def write(calls: list[str], folder: Path, ending: str) -> list[Path]:
    files = [folder / f"{name[1:]}{ending}" for name in ENDPOINTS]
    for file, call in zip(files, calls, strict=True):
        file.write_text(call, encoding="utf-8")
    return files


def run(folder: Path, *command: str | Path) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=SECONDS, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def assert_answered(text: str) -> None:
    """Check that each endpoint has answered with something of its own."""
    for word in ("dog", "dense_2", "histogram", "original", "hires_cam", "num_terms", "channels", "num_parameters"):
        assert word in text, (word, text)


def test_python_runs_as_it_is_shown(panel: dict[str, list[str]], tmp_path: Path) -> None:
    assert_answered(run(tmp_path, sys.executable, "-c", RUN_ALL, *write(panel["Python"], tmp_path, ".py")))


def test_javascript_runs_as_it_is_shown(panel: dict[str, list[str]], tmp_path: Path) -> None:
    node = require_program([str(Path(sys.prefix) / "bin" / "node")], "what scripts/install dev installs")
    (tmp_path / "node_modules").symlink_to(MODULES)
    files = write(panel["JavaScript"], tmp_path, ".mjs")
    every = "".join(f"await import('./{file.name}');" for file in files) + "process.exit();"
    (tmp_path / "all.mjs").write_text(every, encoding="utf-8")
    run(tmp_path, node, "all.mjs")


def test_curl_runs_as_it_is_shown(panel: dict[str, list[str]], tmp_path: Path) -> None:
    require_program(["curl"], "curl")
    answers = [run(tmp_path, "sh", file) for file in write(panel["cURL"], tmp_path, ".sh")]
    for answer in answers:
        assert answer.startswith("event: complete\n"), answer
    assert_answered("".join(answers))


def test_gradios_own_command_runs_as_it_is_shown(panel: dict[str, list[str]], tmp_path: Path) -> None:
    (predict,) = (call for call in panel["CLI"] if " /predict " in call)
    assert '"label": ' in run(tmp_path, "sh", "-c", predict.replace("gradio", str(Path(sys.prefix) / "bin/gradio"), 1))


@pytest.mark.parametrize("screen", [{"viewport": DESKTOP}, PHONE], ids=["desktop", "phone"])
def test_page_has_its_address_back_when_the_panel_is_closed(
    screen: dict[str, object], windows: Windows, server: Server
) -> None:
    with windows.lend() as window:
        page = window.open(server, "/?view=api&lang=bash#conv2d_3", viewport=screen["viewport"])
        expect(page.locator(".api-docs li.current-lang")).to_have_text("cURL")
        expect(page.locator(".api-docs .endpoint-container")).to_have_count(len(ENDPOINTS))
        close_panel(page)
        expect(page).to_have_url(f"{server.url}/#conv2d_3")
        window.forgive(MISSING)


def test_panel_opened_by_its_button_loses_nothing_of_the_address(windows: Windows, server: Server) -> None:
    with windows.lend() as window:
        page = window.open(server, "/?layer=conv2d_3#here")
        page.locator("footer .show-api").click()
        expect(page.locator(".api-docs .endpoint-container")).to_have_count(len(ENDPOINTS))
        page.locator(".api-docs li.snippet", has_text="JavaScript").click()
        close_panel(page)
        expect(page).to_have_url(f"{server.url}/?layer=conv2d_3#here")
        window.forgive(MISSING)


def close_panel(page: Page) -> None:
    page.locator(".api-docs .banner-wrap > button").click()
    expect(page.locator(".api-docs")).to_have_count(0)
