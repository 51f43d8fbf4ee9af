"""Parts of the page that are our own: NAME.html gets their values, NAME.js beside it makes them work."""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from cnnviz.ui.files import address

HERE = Path(__file__).parent
PLAIN: dict[str, Any] = {"apply_default_css": False}


def style_sheets() -> list[Path]:
    """List the style sheets of all parts.

    Returns:
        Their files, sorted by name: a later one wins over an earlier one.
    """
    return sorted(HERE.rglob("*.css"), key=lambda path: path.name)


def serve_scripts(folder: Path) -> Path:
    """Copy the scripts to where they are served from: a new address at each start, so that no browser has old ones.

    Args:
        folder: Inside Gradio's upload folder.

    Returns:
        The folder, which has the scripts of each part in a folder of its name.
    """
    for script in HERE.rglob("*.js"):
        copy = folder / script.relative_to(HERE)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(script, copy)
    gr.set_static_paths(folder)
    return folder


def plain(part: str, value: Any) -> gr.HTML:
    """Add a part that only shows values.

    Args:
        part: Its template without the suffix, such as "answer/answer"; the last name is the element's id.
        value: What the template shows.

    Returns:
        The component.
    """
    return gr.HTML(value, html_template=_template(part), **PLAIN, elem_id=Path(part).name)


def scripted(
    part: str, value: Any, scripts: Path, events: Sequence[str] = (), settings: Any = None, props: Sequence[str] = ()
) -> gr.HTML:
    """Add a part with a script, which triggers the events.

    Args:
        part: Its template and script without the suffix, such as "strip/strip"; the last name is the element's id.
        value: What the template shows.
        scripts: From `serve_scripts`.
        events: What it can ask.
        settings: What never changes. They are no props: an update that leaves a part as it is takes the props of one
            away that no visitor has opened yet.
        props: Under which names it finds the answers.

    Returns:
        The component.
    """
    module, fixed = json.dumps(address(scripts / f"{part}.js")), json.dumps(settings)
    given = f"element, props, trigger, upload, watch, settings: {fixed}"
    start = f"import({module}).then(({{ start }}) => start({{ {given} }}));"
    start += f" /* {list(events)} */" if events else ""  # Gradio only takes events that are named here
    template = f"${{((settings) => `{_template(part)}`)({fixed})}}"
    empty: dict[str, Any] = dict.fromkeys(props)
    return gr.HTML(value, html_template=template, js_on_load=start, **PLAIN, elem_id=Path(part).name, **empty)


def _template(part: str) -> str:
    return (HERE / f"{part}.html").read_text(encoding="utf-8")
