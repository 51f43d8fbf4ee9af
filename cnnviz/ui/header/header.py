"""The page's first line: what it is, which model answers, and why if it is not the one that was asked for."""

import re
from datetime import date
from typing import TypedDict

from cnnviz.base.figures import share
from cnnviz.base.names import brief
from cnnviz.base.source import Source
from cnnviz.explorer.explorer import Explorer
from cnnviz.ui import words
from cnnviz.ui.component import plain
from cnnviz.ui.header import words as header_words
from cnnviz.ui.served_model import ServedModel
from cnnviz.ui.view import View

OWNER = re.compile(r"\w+['’]s(?= )")  # noqa: RUF001
"""The owner of the photographs that a model was trained and tested on, at the start of what it says of them."""


class HeaderValue(TypedDict):
    """What the page is and which model answers; reason says why if it is not the one that was asked for.

    What was assumed of the model stands below a summary, which is "" if nothing was.
    """

    title: str
    tagline: str
    tour: str
    model: str
    instead: str
    reason: str
    assuming: str
    assumed: tuple[str, ...]


def describe_header(model: ServedModel) -> HeaderValue:
    """Describe what header.html shows.

    Args:
        model: The model that answers.

    Returns:
        Plain JSON values.
    """
    explorer = model.endpoints.explorer
    source = explorer.source
    instead = header_words.INSTEAD_CACHED if source.commit else header_words.INSTEAD_EMBEDDED
    return {
        "title": words.TITLE,
        "tagline": header_words.TAGLINE,
        "tour": header_words.TOUR,
        "model": describe_model(explorer),
        "instead": instead if source.fallback else "",
        "reason": source.fallback,
        "assuming": header_words.ASSUMING if explorer.assumed else "",
        "assumed": tuple(sentence.replace("`", "") for sentence in explorer.assumed),
    }


def describe_model(explorer: Explorer) -> str:
    """Say which model answers and how good it is.

    Args:
        explorer: Of the model.

    Returns:
        A phrase.
    """
    test = explorer.network.metrics.get("test")
    owner = OWNER.match(str(explorer.network.manifest.get("training", {}).get("data", "")))
    whose = brief(owner.group()) if owner else header_words.OWN
    quality = (
        header_words.QUALITY.format(accuracy=share(test["accuracy"], 1), owner=whose)
        if test
        else header_words.UNMEASURED
    )
    return header_words.MODEL.format(name=name_model(explorer.source), quality=quality)


def name_model(source: Source) -> str:
    """Name a model by its version on the Hub, or after its folder or the run in which that lies.

    Args:
        source: Where it came from.

    Returns:
        A few words.
    """
    if source.commit:
        saved = header_words.SAVED.format(date=f"{date.fromisoformat(source.date):%d %b %Y}") if source.date else ""
        return header_words.VERSION.format(name=source.name, version=source.version) + saved
    return source.name or (header_words.EMBEDDED_MODEL if source.kind == "embedded" else header_words.UNNAMED_MODEL)


HEADER = View("header/header", describe_header, plain)
