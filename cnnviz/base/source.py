"""The source of a model: a folder, the Hub, or the package itself."""

from dataclasses import dataclass, replace
from typing import Any

NUM_DIGITS = 7
"""Number of digits of a commit's hash that people see."""


@dataclass(frozen=True)
class Source:
    """Where a model came from, and why it replaces the requested one, if it does.

    Args:
        kind: "embedded", "folder", "file", "hub", or "memory" if a program made it.
        name: The folder's or file's name, or "user/name@revision" as requested; "" for the embedded model.
        commit: The full hash, if the model is from the Hub; else "".
        date: When the model was saved, "2026-11-24"; "" if that is not known.
        fallback: Why this is not the requested model; "" if it is the requested one.

    Example:
        >>> cnnviz.load().source.kind
        'embedded'
    """

    kind: str
    name: str = ""
    commit: str = ""
    date: str = ""
    fallback: str = ""

    @property
    def version(self) -> str:
        """The first digits of the commit."""
        return self.commit[:NUM_DIGITS]

    def because(self, reason: str) -> "Source":
        """Return this source, marked as a fallback.

        Args:
            reason: Why the requested model is not used.

        Returns:
            A copy of the source with the reason.
        """
        return replace(self, fallback=reason)

    def to_dict(self) -> dict[str, Any]:
        """Return the source as plain JSON values.

        Returns:
            kind, name, commit, date and fallback; None for each that does not apply.
        """
        values = {"kind": self.kind, "name": self.name, "commit": self.commit, "date": self.date}
        return {name: value or None for name, value in {**values, "fallback": self.fallback}.items()}

    def __str__(self) -> str:
        """Describe the source in one line: "alice/cats-and-dogs@main, commit 3f2a91c of 2026-11-24"."""
        if self.commit:
            return f"{self.name}, commit {self.version}{f' of {self.date}' if self.date else ''}"
        return self.name or ("the embedded model" if self.kind == "embedded" else "a model in memory")


IN_MEMORY = Source("memory")
