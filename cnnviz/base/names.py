"""Names of classes, layers and colour maps: the check of one, and several as a phrase or in names of files."""

import re
from collections.abc import Sequence
from typing import Any

from cnnviz.base.figures import count

MAX_NAME_LENGTH = 200
"""Largest number of characters. Longer names would fill the log, and the search for similar names would be slow."""

MAX_BRIEF = 40
"""Largest number of characters of a name within a line that describes an object."""

MAX_IN_FILE_NAME = 100
"""Largest number of bytes that a name takes in the name of a file, which has 255 of them on most systems."""

NOT_IN_FILE_NAMES = re.compile(r'[/\\:*?"<>|]|^[. ]|[. ]$')
"""What Windows, macOS or Linux refuse in the name of a file, or read as something else: a folder, or a hidden file."""

NUM_LISTED = 10
"""Largest number of names in a phrase; where there are more, the first ones stand for all."""


def is_name(value: Any) -> bool:
    """Tell whether a value can be a name.

    Args:
        value: Any value, for example one that a program sent.

    Returns:
        Whether it is printable text of at most 200 characters. Line breaks are refused: they could forge log lines.

    Example:
        >>> is_name("conv2d_1"), is_name("x" * 1000), is_name(5)
        (True, False, False)
    """
    return isinstance(value, str) and len(value) <= MAX_NAME_LENGTH and value.isprintable()


def brief(name: str) -> str:
    r"""Write a name within a line that has to stay short.

    Args:
        name: Any text.

    Returns:
        The name in one line of at most 40 characters, the rest as "…".

    Example:
        >>> brief("conv2d_1"), brief(60 * "x")[-3:], brief("a\nb")
        ('conv2d_1', 'xx…', 'a b')
    """
    line = "".join(letter if letter.isprintable() else " " for letter in name)
    return line if len(line) <= MAX_BRIEF else f"{line[: MAX_BRIEF - 1]}…"


def file_names(names: Sequence[str]) -> list[str]:
    """Write names so that they can be parts of files' names on any system.

    Args:
        names: Names that differ, also in small letters.

    Returns:
        One for each, no two of them equal: the name as it is, where files can have it. Else what they cannot have is
        "_", what is beyond 100 bytes is left out, and a number follows where another one is called so already.

    Example:
        >>> file_names(["T-shirt/top", "Ankle boot", "T-shirt_top"]), file_names([".."])
        (['T-shirt_top-2', 'Ankle boot', 'T-shirt_top'], ['__'])
    """
    written = [_for_files(name) for name in names]
    taken = {name.casefold() for name, new in zip(names, written, strict=True) if new == name}
    for index, (name, stem) in enumerate(zip(names, written, strict=True)):
        number = 1
        while written[index] != name and written[index].casefold() in taken:
            number += 1
            written[index] = f"{stem}-{number}"
        taken.add(written[index].casefold())
    return written


def _for_files(name: str) -> str:
    """Write a name with "_" for what files' names cannot have, and cut it to the bytes that it may take."""
    printable = "".join(letter if letter.isprintable() else "_" for letter in name)
    short = printable.encode()[:MAX_IN_FILE_NAME].decode(errors="ignore")
    return NOT_IN_FILE_NAMES.sub("_", short)


def list_briefly(names: Sequence[str]) -> str:
    """Write classes within a line that has to stay short.

    Args:
        names: At least one.

    Returns:
        The names if they are few and short, else their number.

    Example:
        >>> list_briefly(("cat", "dog")), list_briefly([f"class {number}" for number in range(1000)])
        ('cat and dog', '1,000 classes')
    """
    phrase = join_names(names)
    return phrase if len(phrase) <= MAX_BRIEF and phrase.isprintable() else f"{count(len(names))} classes"


def join_names(names: Sequence[str], word: str = "and") -> str:
    """Put names into a phrase.

    Args:
        names: At least one.
        word: Stands before the last one.

    Returns:
        Such as "a, b and c". Of more than ten names, the first nine, and how many there are besides.

    Example:
        >>> join_names(("cat", "dog")), join_names("abc", "or"), join_names([f"c{n}" for n in range(12)])[-23:]
        ('cat and dog', 'a, b or c', 'c6, c7, c8 and 3 others')
    """
    if len(names) == 1:
        return names[0]
    first, last = names[:-1], names[-1]
    if len(names) > NUM_LISTED:
        first, last = names[: NUM_LISTED - 1], f"{len(names) - NUM_LISTED + 1} others"
    return f"{', '.join(first)} {word} {last}"
