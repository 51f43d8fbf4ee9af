"""Check the page's scripts and templates with TypeScript's checker: `python scripts/check_javascript.py`.

What the server gives them is declared in cnnviz/ui/shared/values.d.ts, which scripts/browser_types.py writes; whatever
else a script has, it says in JSDoc comments. In NAME.html, `value` and `settings` are those of NamePart.
"""

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
UI = ROOT / "cnnviz" / "ui"
BIN = Path(sys.executable).parent
"""Where scripts/install puts Node.js and TypeScript."""

PLACE = re.compile(r"^(\S[^(]*)(?=\(\d+,\d+\): )", re.MULTILINE)


def check(folder: Path = UI) -> str:
    """Check scripts and templates.

    Args:
        folder: The parts of the page.

    Returns:
        What is wrong, each with its file, line and column; "" if nothing is.
    """
    with tempfile.TemporaryDirectory() as name:
        temporary = Path(name).resolve()
        for template in folder.rglob("*.html"):
            script = temporary / f"{template.relative_to(folder)}.js"
            script.parent.mkdir(exist_ok=True)
            script.write_text(as_script(template, folder), encoding="utf-8")
        config = temporary / "tsconfig.json"
        sources = {"extends": str(ROOT / "tsconfig.json"), "include": [str(folder), str(temporary)]}
        config.write_text(json.dumps(sources), encoding="utf-8")
        command: list[str | Path] = [BIN / "node", BIN / "tsc", "--project", config, "--pretty", "false"]
        done = subprocess.run(command, cwd=temporary, capture_output=True, text=True, check=False)

    def own_name(match: re.Match[str]) -> str:
        """Name the file that was checked: a template by its own name."""
        path = (temporary / match[1]).resolve()
        if path.is_relative_to(temporary):
            path = folder / path.relative_to(temporary).with_suffix("")
        return str(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path)

    found = PLACE.sub(own_name, done.stdout)
    return found or ("" if done.returncode == 0 else done.stderr or f"tsc ended with {done.returncode}.")


def as_script(template: Path, folder: Path) -> str:
    """Turn a template, which is the inside of a template literal, into a script of as many lines.

    Args:
        template: The template.
        folder: The parts of the page.

    Returns:
        A function of values and settings.
    """
    part = f"import('{folder}/shared/values').{template.stem.capitalize()}Part"
    types = f"/** @param {{{part}['props']}} props @param {{{part}['settings']}} settings */"
    return f"{types} export const html = ({{ value }}, settings) => `{template.read_text(encoding='utf-8')}`;\n"


if __name__ == "__main__":
    sys.exit(check() or None)
