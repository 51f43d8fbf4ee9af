"""The page beside a program, in a notebook and in a browser."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import webbrowser
from pathlib import Path
from types import SimpleNamespace

import httpx
import keras
import pytest
from keras import layers

import cnnviz
from cnnviz.explorer.explorer import Explorer
from server import ROOT

SCRIPT = """
import sys
from gradio_client import Client, handle_file
import cnnviz

window = cnnviz.show(cnnviz.load())
print(Client(window.url, verbose=False).predict(handle_file(sys.argv[1]), api_name="/predict"))
window.close()
"""


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Addresses that a browser was asked to open."""
    addresses: list[str] = []
    monkeypatch.setattr(webbrowser, "open", addresses.append)
    return addresses


def get(url: str) -> httpx.Response:
    return httpx.get(url, trust_env=False, timeout=300)


def test_a_model_in_memory_is_served_until_its_window_is_closed(opened: list[str]) -> None:
    steps = [
        layers.Rescaling(1 / 255),
        layers.Conv2D(4, 3),
        layers.GlobalAveragePooling2D(),
        layers.Dense(3, "softmax"),
    ]
    model = keras.Sequential([keras.Input((40, 40, 3)), *steps])
    window = cnnviz.show(model, classes=["ant", "bee", "cow"])
    try:
        assert opened == [window.url]
        assert "cnnviz" in get(window.url).text
        assert get(f"{window.url}/gradio_api/info").status_code == 200
    finally:
        window.close()
    with pytest.raises(httpx.ConnectError):
        get(window.url)


def test_a_notebook_shows_it_in_a_frame(
    opened: list[str], small_explorer: Explorer, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    shell = SimpleNamespace(kernel=None)
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
    window = cnnviz.show(small_explorer, height=700)
    try:
        assert (opened, capfd.readouterr().out) == ([], "")  # Gradio does not show it besides
        assert f'<iframe src="{window.url}" width="100%" height="700"' in window._repr_html_()
        assert "frame-ancestors" not in get(window.url).headers.get("Content-Security-Policy", "")
    finally:
        window.close()


def test_a_plain_script_serves_it(tmp_path: Path, photo: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "BROWSER": "true"}
    done = subprocess.run(
        [sys.executable, script, photo],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answer = cnnviz.load().predict(photo)
    label, probabilities = ast.literal_eval(done.stdout)
    assert (label, probabilities) == (max(answer, key=answer.__getitem__), pytest.approx(answer, abs=1e-4))
