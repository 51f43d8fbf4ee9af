"""Files that were skipped: listed in a file, counted by their reasons, and too many of them refused."""

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from cnnviz.base.errors import DatasetError
from cnnviz.base.figures import count, share
from cnnviz.base.storage import write_atomically

MAX_UNREADABLE = 0.01
"""Largest share of files that cannot be read; a larger share is probably a mistake and is refused."""

NUM_KINDS = 5
"""How many kinds of reasons are told; the others are counted together."""


def write_skipped(path: Path, skipped: Mapping[str, str]) -> None:
    """List the files that were skipped, one `name: reason` per line.

    Args:
        path: The file; it is written completely or not at all.
        skipped: The reasons by name, as in `Dataset.skipped`.

    Raises:
        DatasetError: If it cannot be written.
    """
    lines = (" ".join(f"{name}: {reason}".split()) + "\n" for name, reason in skipped.items())
    try:
        write_atomically(path, "".join(lines).encode("utf-8", "backslashreplace"))
    except OSError as error:
        raise DatasetError(f"Cannot write '{path}'. Received: {error}.") from error


def describe_skipped(skipped: Mapping[str, str]) -> list[str]:
    """Count the files that were skipped by the kinds of their reasons.

    Args:
        skipped: The reasons by name.

    Returns:
        A sentence for each kind, the most frequent first, with an example.

    Example:
        >>> describe_skipped({"a.png": "The picture is empty.", "b.png": "The picture is empty."})
        ["2 such as 'a.png': The picture is empty."]
    """
    kinds: dict[str, list[str]] = defaultdict(list)
    for name, reason in skipped.items():
        kinds[" ".join(reason.split()).partition(". ")[0]].append(name)
    ordered = sorted(kinds.values(), key=len, reverse=True)
    told = [
        f"{f'{count(len(names))} such as ' * (len(names) > 1)}'{names[0]}': {' '.join(skipped[names[0]].split())}"
        for names in ordered[:NUM_KINDS]
    ]
    others = sum(map(len, ordered[NUM_KINDS:]))
    return [*told, *[f"{count(others)} for other reasons."] * (others > 0)]


def require_readable(skipped: Mapping[str, str], num_files: int, skipped_list: Path | None) -> None:
    """Refuse photographs if too many of them cannot be read, and list those.

    Args:
        skipped: The reasons by name.
        num_files: The number of all files.
        skipped_list: The file to list them in; None for none.

    Raises:
        DatasetError: If more than 1% cannot be read.
    """
    if len(skipped) <= MAX_UNREADABLE * num_files:
        return
    if skipped_list:
        write_skipped(skipped_list, skipped)
    listed = f"All are listed in '{skipped_list}'. " if skipped_list else ""
    raise DatasetError(
        f"{count(len(skipped))} of {count(num_files)} files cannot be read as photographs, "
        f"more than {share(MAX_UNREADABLE)}. {listed}"
        f"Check them, or go on without them with --allow-corrupt. {' '.join(describe_skipped(skipped))}"
    )
