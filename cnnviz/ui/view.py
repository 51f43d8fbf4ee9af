"""A part of the page that shows something: of the model, or of a photo and the model's answer."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import gradio as gr

from cnnviz.ui.answers import Questions

Words = dict[str, Any]
"""The words that a part's script and template use, by name."""

Subject = TypeVar("Subject")


@dataclass(frozen=True)
class View(Generic[Subject]):
    """A part of the page: how it is described, and what it is made of.

    Args:
        part: Its files below `cnnviz/ui` without the suffix, such as "strip/strip".
        describe: Makes plain JSON values of what it shows: of a `ServedModel`, or of a `ShownPhoto`.
        build: Makes the component, one of those in `cnnviz.ui.component`; called with the view, the values, and the
            folder of the scripts.
        questions: Answers what it asks while a visitor looks around; None if it asks nothing.
        settings: Makes what never changes; None if there is nothing.
    """

    part: str
    describe: Callable[[Subject], Any]
    build: Callable[..., gr.components.Component]
    questions: type[Questions] | None = None
    settings: Callable[[], Any] | None = None

    @property
    def name(self) -> str:
        """The id of its element on the page, and its key among the values of all views."""
        return Path(self.part).name
