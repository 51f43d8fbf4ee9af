"""The names of a model's classes, as a user gives them: names, a file of them, or "imagenet"."""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cnnviz.base.errors import OptionError
from cnnviz.base.failures import reason
from cnnviz.base.names import MAX_NAME_LENGTH, is_name

IMAGENET = "imagenet"
IMAGENET_FILE = Path(__file__).parent / "imagenet" / "classes.txt"
"""The 1,000 classes of ImageNet's challenge of 2012 in their order; the names are torchvision's."""

MAX_BYTES = 10 * 2**20
Classes = str | os.PathLike[str] | Sequence[str]
"""Names in index order; the path of a file of them; or "imagenet"."""


def read_classes(classes: Classes) -> tuple[str, ...]:
    """Read the names of classes.

    Args:
        classes: The names in the order of their indices; or "imagenet" for its 1,000; or the path of a text file with
            one name in each line, or of a JSON file with a list of names, or with an object that gives each index its
            name, each name its index, or each index an identifier and its name.

    Returns:
        The names.

    Raises:
        OptionError: If it is none of these, or the file cannot be read.

    Example:
        >>> len(read_classes("imagenet")), read_classes("imagenet")[281]
        (1000, 'tabby')
    """
    if classes == IMAGENET:
        classes = IMAGENET_FILE
    names = _read(Path(classes)) if isinstance(classes, str | os.PathLike) else list(classes)
    wrong = next((name for name in names if not name or not is_name(name)), None)
    if wrong is not None:
        received = f"{str(wrong)[:100]!r}"
        raise OptionError(f"The name of a class is a line of up to {MAX_NAME_LENGTH} characters. Received: {received}.")
    return tuple(names)


def _read(file: Path) -> list[str]:
    try:
        if file.stat().st_size > MAX_BYTES:
            raise OptionError(f"'{file}' is too large for a list of classes.")
        text = file.read_text(encoding="utf-8-sig")
        values = json.loads(text) if file.suffix.lower() == ".json" else [line.strip() for line in text.splitlines()]
    except (OSError, ValueError, RecursionError) as error:
        raise OptionError(
            f"`classes` is {IMAGENET}, names, or a text or JSON file of them: '{file}' cannot be read. "
            f"Received: {reason(error)}."
        ) from error
    return [name for name in _in_order(values, file) if name]


def _in_order(values: Any, file: Path) -> list[str]:
    """Put what a file holds into the order of the classes."""
    try:
        if isinstance(values, dict):
            numbered = {int(key): name for key, name in values.items()} if _has_numbers(values) else {}
            numbered = numbered or {int(number): name for name, number in values.items()}
            if sorted(numbered) != list(range(len(numbered))) or len(numbered) != len(values):
                raise ValueError("the indices are not 0, 1, 2 and so on")
            values = [numbered[index] for index in range(len(numbered))]
        return [str(name[-1] if isinstance(name, list) else name) for name in values]
    except (TypeError, ValueError, IndexError) as error:
        raise OptionError(
            f"'{file}' is no list of classes: expected names in order, or the index of each. Received: {reason(error)}."
        ) from error


def _has_numbers(values: dict[str, Any]) -> bool:
    return all(key.isdecimal() for key in values)
