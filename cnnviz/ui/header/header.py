"""The page's first line: what it is, which model answers, and why if it is not the one that was asked for."""

import html
from datetime import date
from typing import Any

from cnnviz.base.source import Source
from cnnviz.explorer.explorer import Explorer
from cnnviz.network.head import percent
from cnnviz.ui import words


def describe_header(explorer: Explorer) -> dict[str, Any]:
    """Give the values that header.html shows; text from the model is escaped.

    Args:
        explorer: Of the model that answers.

    Returns:
        Plain JSON values.
    """
    source = explorer.source
    instead = words.INSTEAD_CACHED if source.commit else words.INSTEAD_EMBEDDED
    return {
        "title": words.TITLE,
        "tagline": words.TAGLINE,
        "model": describe_model(explorer),
        "instead": html.escape(instead) if source.fallback else "",
        "reason": html.escape(source.fallback),
    }


def describe_model(explorer: Explorer) -> str:
    """Say which model answers and how good it is.

    Args:
        explorer: Of the model.

    Returns:
        A phrase, escaped.
    """
    test = explorer.network.metrics.get("test")
    quality = words.QUALITY.format(accuracy=percent(test["accuracy"])) if test else words.UNMEASURED
    return html.escape(words.MODEL.format(name=name_model(explorer.source), quality=quality))


def name_model(source: Source) -> str:
    """Name a model by its version on the Hub, or after its folder or the run in which that lies.

    Args:
        source: Where it came from.

    Returns:
        A few words, not escaped.
    """
    if source.commit:
        saved = words.SAVED.format(date=f"{date.fromisoformat(source.date):%d %b %Y}") if source.date else ""
        return words.VERSION.format(name=source.name, version=source.version) + saved
    return source.name or (words.EMBEDDED_MODEL if source.kind == "embedded" else words.UNNAMED_MODEL)
