"""Writes cnnviz/ui/shared/values.d.ts: for TypeScript's checker, what the page's scripts and templates are given.

    python scripts/browser_types.py            write the file
    python scripts/browser_types.py --check    fail if the file is not what would be written

The types are those of Python: the typed dictionaries that the views' functions and the questions' methods return.
"""

import json
import sys
import types
from collections.abc import Generator, Iterator
from pathlib import Path
from string import Formatter
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints, is_typeddict

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))  # so that the script runs from anywhere

from cnnviz.ui.answers import Reply
from cnnviz.ui.layers.colors import COLORS
from cnnviz.ui.page import CROWD, NEWS, VIEWER
from cnnviz.ui.parts import MODEL_VIEWS, PHOTO_VIEWS
from cnnviz.ui.view import View, Words

FILE = ROOT / "cnnviz" / "ui" / "shared" / "values.d.ts"
VIEWS: tuple[View[Any], ...] = (*PHOTO_VIEWS, *MODEL_VIEWS, COLORS, CROWD, VIEWER, NEWS)
HEAD = """// What the server gives scripts and templates. Made by `python scripts/browser_types.py`: do not edit.

import { Part, Text } from './part';
"""
PLAIN: dict[Any, str] = {str: "string", int: "number", float: "number", bool: "boolean", type(None): "null", Any: "any"}


class Declarations:
    """The interfaces found so far, by name."""

    def __init__(self) -> None:
        """Start without any."""
        self.fields: dict[str, dict[str, str]] = {}
        self._owners: dict[str, Any] = {}

    def write(self, hint: Any) -> str:
        """Write a type as TypeScript does, and declare the typed dictionaries in it.

        Args:
            hint: A type of Python.

        Returns:
            The type.

        Raises:
            TypeError: If there is no rule for it.
        """
        origin, inner = get_origin(hint), get_args(hint)
        if is_typeddict(hint):
            return self._declare(hint)
        if hint in PLAIN:
            return PLAIN[hint]
        if origin is Literal:
            return " | ".join(json.dumps(value) for value in inner)
        if origin in (Union, types.UnionType):
            return " | ".join(self.write(each) for each in inner)
        if origin is list or (origin is tuple and inner[1:] == (...,)):
            element = self.write(inner[0])
            return f"({element})[]" if " | " in element else f"{element}[]"
        if origin is tuple:
            return f"[{', '.join(self.write(each) for each in inner)}]"
        if origin is dict and inner[0] is str:
            return f"Record<string, {self.write(inner[1])}>"
        raise TypeError(f"No rule for what a browser gets. Received: {hint!r}.")

    def _declare(self, kind: Any) -> str:
        name: str = kind.__name__
        if self._owners.setdefault(name, kind) is not kind:
            raise TypeError(f"Two typed dictionaries have one name. Received: {kind!r}, {self._owners[name]!r}.")
        if name not in self.fields:
            fields = self.fields[name] = {}
            for key, hint in get_type_hints(kind).items():
                fields[key if key in kind.__required_keys__ else f"{key}?"] = self.write(hint)
        return name

    def __str__(self) -> str:
        """All interfaces, sorted by name."""
        lines = []
        for name, fields in sorted(self.fields.items()):
            body = [f"  {key}: {kind};" for key, kind in fields.items()]
            lines += ["", f"export interface {name} {{", *body, "}"] if body else ["", f"export type {name};"]
        return "\n".join([*lines, ""])


def shape_of(value: Any) -> str:
    """Write the type of words as TypeScript does.

    Args:
        value: A text, or texts in lists, tuples and dicts.

    Returns:
        The type; of a text with {names} to fill in, it says these.
    """
    if isinstance(value, dict):
        return f"{{ {'; '.join(f'{key}: {shape_of(each)}' for key, each in value.items())} }}"
    if isinstance(value, tuple):
        return f"[{', '.join(map(shape_of, value))}]"
    if isinstance(value, list):
        shape = " | ".join(sorted(set(map(shape_of, value))))
        return f"({shape})[]" if " | " in shape else f"{shape}[]"
    holes = sorted({name for _, name, _, _ in Formatter().parse(value) if name})
    return f"Text<{' | '.join(map(repr, holes))}>" if holes else "string"


def answers_of(view: View[Any]) -> Iterator[tuple[str, Any]]:
    """List what a view's questions are answered with.

    Args:
        view: The view.

    Yields:
        The prop of an answer and its type; that of `explain` is what `_explain` returns, or returns after some steps.
    """
    for question, prop in view.questions.ANSWERS.items() if view.questions else ():
        if prop:
            hint = get_type_hints(getattr(view.questions, f"_{question}"))["return"]
            yield prop, get_args(hint)[2] if get_origin(hint) is Generator else hint


def declare(views: tuple[View[Any], ...]) -> str:
    """Declare what the parts of the page are given.

    Args:
        views: The parts.

    Returns:
        The text of the file: for each view, such as "why", WhyPart, which its `start` and its template are given; and
        each typed dictionary under its own name.
    """
    found = Declarations()
    reply = found.write(Reply)
    for view in views:
        name = view.name.capitalize()
        value, settings = get_type_hints(view.describe).get("return"), "null"
        if value is None:  # a function without a name, which returns words
            found.fields[f"{name}Value"] = {key: shape_of(each) for key, each in view.describe(None).items()}
        props = {"value": found.write(value) if value else f"{name}Value"}
        props |= {prop: f"{found.write(hint)} & {reply}" for prop, hint in answers_of(view)}
        found.fields[f"{name}Props"] = props
        if view.settings:
            settings = found.write(hint := get_type_hints(view.settings)["return"])
            for key in (key for key, each in get_type_hints(hint).items() if each == Words):
                found.fields[settings][key] = f"{name}Words"
                words = view.settings()[key]
                found.fields[f"{name}Words"] = {word: shape_of(each) for word, each in words.items()}
        found.fields[f"{name}Part = Part<{name}Props, {settings}>"] = {}
    return HEAD + str(found)


def main() -> None:
    """Write the file, or check it."""
    text = declare(VIEWS)
    if "--check" not in sys.argv:
        FILE.write_text(text, encoding="utf-8")
    elif not FILE.exists() or FILE.read_text(encoding="utf-8") != text:
        sys.exit(f"{FILE.relative_to(ROOT)} is out of date: run `python scripts/browser_types.py`.")


if __name__ == "__main__":
    main()
