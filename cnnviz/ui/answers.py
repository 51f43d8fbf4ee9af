"""Answers to the questions of a part of the page: each repeats the question, or says what is wrong with it."""

import logging
import reprlib
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Required, TypedDict

import gradio as gr

from cnnviz.base.errors import CnnvizError, FolderError, OptionError
from cnnviz.base.names import is_name
from cnnviz.base.steps import Steps, within
from cnnviz.base.storage import telling_full_disk
from cnnviz.result.result import Result
from cnnviz.ui import words
from cnnviz.ui.crowd.plain import PICTURE
from cnnviz.ui.served_model import ServedModel

LOGGER = logging.getLogger("cnnviz")
TELL_SECONDS = 0.25

Asked = dict[str, Any]
"""A question's values; a program may ask anything."""

Answer = Mapping[str, object]


class Refusal(TypedDict, total=False):
    """What comes instead of an answer: a sentence for the visitor, or that the photo is not kept any more."""

    error: str
    gone: Literal[True]


class Reply(Refusal, total=False):
    """What comes with an answer: the question; or, while there is none yet, which share of the work is done."""

    asked: Required[Asked]
    share: float


SLOW_SECONDS = 60
"""Time that slow work may take; it is then left off, so that others have their turn."""


@dataclass
class Questions:
    """Event handlers of a part of the page that asks while a visitor looks around.

    Args:
        model: Returns the model that answers now.
    """

    model: Callable[[], ServedModel]

    ANSWERS: ClassVar[dict[str, str]] = {}
    """For each question, which is the name of an event and of its method, the prop of its answer; "" if it has none."""


class _GoneError(CnnvizError):
    """The picture was forgotten, or another model is in."""


def reply(prop: str, event: gr.EventData, answer: Callable[[Asked], Answer], is_logged: bool = True) -> Any:
    """Answer, with what was asked but for a picture, so that the page knows whether it still wants to know.

    Args:
        prop: Under which name the page finds the answer.
        event: What was asked; anything, if a program asks.
        answer: Gives the answer. Our own errors are sentences for the visitor; any other is a bug.
        is_logged: Whether the log tells of it.

    Returns:
        The update of the part that asked.
    """
    asked, start = event._data if isinstance(event._data, dict) else {}, time.perf_counter()
    question: Reply = {"asked": {name: value for name, value in asked.items() if name != PICTURE}}
    found: Answer
    try:
        with telling_full_disk():
            found = answer(asked)
        if is_logged:
            LOGGER.info("page, %s: %.0f ms", prop, 1e3 * (time.perf_counter() - start))
    except CnnvizError as error:
        found = _refusal(error)
    props: dict[str, Any] = {prop: {**question, **found}}
    return gr.update(**props)


def reply_in_steps(
    prop: str, event: gr.EventData, work: Callable[[Asked], Steps[Answer]], is_wanted: Callable[[], bool]
) -> Iterator[Any]:
    """Answer what takes a while, and tell meanwhile how far it is.

    Args:
        prop: Under which name the page finds the answer.
        event: What was asked; anything, if a program asks.
        work: Works the answer out. Our own errors are sentences for the visitor; any other is a bug.
        is_wanted: Tells whether the answer is still waited for; if not, the work is left off.

    Yields:
        Updates of the part that asked: which share is done, every quarter of a second, and at last the answer; one that
        changes nothing if it is left off.
    """
    asked, start = event._data if isinstance(event._data, dict) else {}, time.perf_counter()
    question: Reply = {"asked": asked}
    props: dict[str, Any]
    told, steps = start, within(work(asked), SLOW_SECONDS)
    while is_wanted():
        share, found = _advance(steps)
        if found is not None:
            LOGGER.info("page, %s: %.0f ms", prop, 1e3 * (time.perf_counter() - start))
            props = {prop: {**question, **found}}
            yield gr.update(**props)
            return
        if time.perf_counter() - told >= TELL_SECONDS:
            told = time.perf_counter()
            advance: Reply = {**question, "share": share}
            props = {prop: advance}
            yield gr.update(**props)
    LOGGER.info("page, %s: left off after %.0f ms", prop, 1e3 * (time.perf_counter() - start))
    yield gr.update()  # or, if nothing was told before, Gradio would empty the part that asked


def _advance(steps: Steps[Answer]) -> tuple[float, Answer | None]:
    """Do one step: give the share that is done, and the answer once there is one."""
    try:
        with telling_full_disk():
            return next(steps), None
    except StopIteration as end:
        return 1, end.value
    except CnnvizError as error:
        return 1, _refusal(error)


def _refusal(error: CnnvizError) -> Refusal:
    """Write what comes instead of an answer."""
    if isinstance(error, _GoneError):
        return {"gone": True}
    if isinstance(error, FolderError):
        LOGGER.warning("The model's files have changed: %s", error)
    return {"error": sentence_of(error)}


def sentence_of(error: CnnvizError) -> str:
    """Say what went wrong to a visitor, whom the server's folders are none of the business.

    Args:
        error: The error.

    Returns:
        The sentence.
    """
    return words.FILES_CHANGED if isinstance(error, FolderError) else str(error)


def named(asked: Asked, key: str) -> str:
    """Read a name out of a question.

    Args:
        asked: The question.
        key: Which of its values.

    Returns:
        The name.

    Raises:
        OptionError: If it is no name.
    """
    value = asked.get(key)
    if not is_name(value):
        raise OptionError(f"`{key}` is a name. Received: {key}={reprlib.repr(value)}.")
    return str(value)


def find_photo(model: ServedModel, asked: Asked, key: str = "token") -> Result:
    """Find the photo that a question is about.

    Args:
        model: The model that answers.
        asked: The question.
        key: Which of its values is the photo's token.

    Returns:
        What the network made of the photo.

    Raises:
        OptionError: If the token is no name.
        CnnvizError: If the photo is not kept any more; the page is told so by `reply`.
    """
    result = model.photos.find(named(asked, key))
    if result is None:
        raise _GoneError("The photo is not kept any more.")
    return result
