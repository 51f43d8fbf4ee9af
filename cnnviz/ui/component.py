"""Components of our own: NAME.html gets a view's values, NAME.js beside it makes them work."""

import html
import json
import shutil
from pathlib import Path
from typing import Any

import gradio as gr
from markupsafe import Markup

from cnnviz.drawing.class_colors import DEEP, PALE
from cnnviz.ui.files import address
from cnnviz.ui.upload import MAX_FILE_BYTES
from cnnviz.ui.view import View

HERE = Path(__file__).parent
PLAIN: dict[str, Any] = {"apply_default_css": False}

EARLY = (HERE / "shared" / "early.js").read_text(encoding="utf-8").strip().removesuffix(";")
START = """
const early = (globalThis.early ??= %(early)s);
let isBegun = false;
const begin = () => {
  if (isBegun || !props.value) return;
  isBegun = true;
  early.begin();
  // Relative to the page: a script that is compiled from text, as this is, would take its own place for the start.
  import(new URL(%(module)s, document.baseURI)).then(({ start }) => {
    const send = (file) => file.size > %(max_bytes)d ? Promise.reject(new Error('too large')) : upload(file);
    start({ element, props, trigger, upload: send, watch, settings: %(settings)s });
  }).finally(early.end);
};
begin();
if (!isBegun) watch('value', begin);
/* %(questions)s */
"""
"""Starts a component's script as soon as there is a value. Gradio only takes events that are named somewhere in it.

A file that is too large is not given to Gradio, which would say so in its own words, beside ours."""


def markup(value: Any) -> Any:
    """Turn values into what a template may print: this is where text becomes HTML.

    Args:
        value: Plain JSON values.

    Returns:
        The same with every text escaped, but for `Markup`, which is HTML already.

    Example:
        >>> markup({"name": "a<b", "rows": [1, Markup("<wbr>")]})
        {'name': 'a&lt;b', 'rows': [1, '<wbr>']}
    """
    if isinstance(value, dict):
        return {key: markup(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [markup(each) for each in value]
    if isinstance(value, Markup):
        return str(value)
    return html.escape(value) if isinstance(value, str) else value


def breakable(name: str) -> Markup:
    """Let a layer's name break after each underscore.

    Args:
        name: The name.

    Returns:
        HTML.

    Example:
        >>> breakable("conv2d_1")
        Markup('conv2d_<wbr>1')
    """
    return Markup("_<wbr>").join(name.split("_"))


def style_sheets() -> list[Path]:
    """List the style sheets of all parts.

    Returns:
        Their files, sorted by name: a later one wins over an earlier one.
    """
    return sorted(HERE.rglob("*.css"), key=lambda path: path.name)


def class_variables() -> str:
    """Declare the colours of two classes for the style sheets, on light pages and on dark ones.

    Returns:
        CSS that gives --class-0 and --class-1 a value.
    """
    light, dark = (
        " ".join(f"--class-{index}: {color};" for index, color in enumerate(colors)) for colors in (DEEP, PALE)
    )
    return f".gradio-container {{ {light} }}\n.dark {{ {dark} }}\n"


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


def plain(view: View[Any], value: Any, scripts: Path) -> gr.HTML:
    """Make a component whose template prints the values.

    Args:
        view: The view.
        value: Its values, as `markup`.
        scripts: Not needed.

    Returns:
        The component.
    """
    return gr.HTML(value, html_template=_template(view), **PLAIN, elem_id=view.name)


def markdown(view: View[Any], value: str, scripts: Path) -> gr.Markdown:
    """Make a component that shows a text.

    Args:
        view: The view.
        value: The text, as Markdown.
        scripts: Not needed.

    Returns:
        The component.
    """
    return gr.Markdown(value, elem_id=view.name)


def scripted(view: View[Any], value: Any, scripts: Path) -> gr.HTML:
    """Make a component with a script, whose template prints the values.

    Args:
        view: The view. Its settings are no props: an update that leaves a part as it is takes the props of one away
            that no visitor has opened yet.
        value: Its values, as `markup`.
        scripts: The folder that `serve_scripts` filled.

    Returns:
        The component. It can trigger an event for each of the view's questions, and finds the answers among its props.
    """
    asked = view.questions.ANSWERS if view.questions else {}
    fixed = json.dumps(view.settings() if view.settings else None)
    module = json.dumps(address(scripts / f"{view.part}.js"))
    facts = {"settings": fixed, "max_bytes": MAX_FILE_BYTES, "questions": list(asked)}
    start = START % {"early": EARLY, "module": module, **facts}
    template = f"${{((settings) => `{_template(view)}`)({fixed})}}"
    empty: dict[str, Any] = dict.fromkeys(filter(None, asked.values()))
    return gr.HTML(value, html_template=template, js_on_load=start, **PLAIN, elem_id=view.name, **empty)


def drawing(view: View[Any], value: Any, scripts: Path) -> gr.HTML:
    """Make a component with a script that draws the values itself; its template prints only the settings.

    Args:
        view: The view.
        value: Its values, as they are: the script never makes HTML of them.
        scripts: The folder that `serve_scripts` filled.

    Returns:
        The component, as from `scripted`.
    """
    return scripted(view, value, scripts)


def rendered(view: View[Any], value: Any) -> Any:
    """Prepare a view's values for its component.

    Args:
        view: The view.
        value: Its values.

    Returns:
        The same; as `markup` where a template prints them.
    """
    return markup(value) if view.build in (plain, scripted) else value


def _template(view: View[Any]) -> str:
    return (HERE / f"{view.part}.html").read_text(encoding="utf-8")
