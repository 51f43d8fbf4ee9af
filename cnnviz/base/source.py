"""Where a model came from."""

from dataclasses import dataclass, replace
from typing import Any

NUM_DIGITS = 7
"""Of a commit's hash, where people read it."""


@dataclass(frozen=True)
class Source:
    """Where a model came from, and why it is not the one that was asked for.

    Args:
        kind: "embedded", "folder", "hub", or "memory" where a program made it.
        name: The folder's name, or "user/name@revision" as it was asked for; "" for the embedded model.
        commit: The full hash, if it is from the Hub.
        date: When the model was saved, "2026-11-24"; "" if that is not known.
        fallback: Why it is not what was asked for; "" if it is.

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
        """Give the same source as a fallback.

        Args:
            reason: Why it is not what was asked for.

        Returns:
            The source with the reason.
        """
        return replace(self, fallback=reason)

    def to_dict(self) -> dict[str, Any]:
        """Give plain JSON values.

        Returns:
            kind, name, commit, date and fallback; what does not apply is None.
        """
        values = {"kind": self.kind, "name": self.name, "commit": self.commit, "date": self.date}
        return {name: value or None for name, value in {**values, "fallback": self.fallback}.items()}

    def __str__(self) -> str:
        """Name it in one line: "alice/cats-and-dogs@main, commit 3f2a91c of 2026-11-24"."""
        if self.commit:
            return f"{self.name}, commit {self.version}{f' of {self.date}' if self.date else ''}"
        return self.name or ("the embedded model" if self.kind == "embedded" else "a model in memory")


IN_MEMORY = Source("memory")
