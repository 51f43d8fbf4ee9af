"""The page's own JavaScript: tests/js/*.test.js, run by the Node.js that playwright brings."""

import subprocess

from playwright._impl._driver import compute_driver_executable

from server import ROOT


def test_javascript_passes_its_own_tests() -> None:
    files = sorted(ROOT.glob("tests/ui/**/*.test.js"))
    assert files
    node, _ = compute_driver_executable()
    done = subprocess.run([node, "--test", *files], cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
