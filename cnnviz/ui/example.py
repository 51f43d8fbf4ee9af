"""A picture to try, and what is said of it with the model that sees it."""

from dataclasses import dataclass, replace
from pathlib import Path


@dataclass(frozen=True)
class Example:
    """One picture to try.

    Args:
        path: The file, in the folder that is served.
        name: One or two words.
        text: What to look for in it with any network; "" if nothing is known of it.
        embedded_text: What to look for with the embedded model.
        untaught: What is said of it with the embedded model, if it shows nothing that this was taught.
        is_known: Whether it is known if the model was taught what it shows.
    """

    path: Path
    name: str
    text: str = ""
    embedded_text: str = ""
    untaught: str = ""
    is_known: bool = False


def as_shown_with(examples: list[Example], is_embedded: bool) -> list[Example]:
    """Say of examples what to look for with the network that sees them, and whether that was taught such things.

    Args:
        examples: The examples.
        is_embedded: Whether it is the embedded model.

    Returns:
        The examples, each with the right text.
    """
    if not is_embedded:
        return [replace(each, untaught="") for each in examples]
    return [replace(each, text=each.embedded_text or each.text, is_known=bool(each.embedded_text)) for each in examples]
