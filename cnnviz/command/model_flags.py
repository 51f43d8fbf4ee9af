"""Flags that name a model, and say of it what its file does not tell."""

import argparse
import re
from collections.abc import Callable, Mapping
from typing import Any

from cnnviz.base.errors import OptionError
from cnnviz.explorer.class_list import read_classes
from cnnviz.explorer.loading import require_model

Add = Callable[..., object]
"""Adds a flag, as `argparse.ArgumentParser.add_argument`."""

MODEL = "model folder, .keras or .h5 file, or USER/NAME[@REVISION] on the Hub"
SAID: Mapping[str, tuple[str, str]] = {
    "classes": ("FILE", "file with the names of its classes, or imagenet"),
    "preprocessing": ("HOW", "0-1, 0-255, tf, torch or caffe, if it does not tell"),
    "size": ("PIXELS", "of its picture, such as 224 or 224x160, if it takes any"),
    "fit": ("HOW", "stretch, crop or pad photos of another shape"),
    "kind": ("KIND", "sigmoid, softmax or multi_label, if it ends in logits"),
    "output": ("NAME", "the output to look into, if it has several"),
}
"""What can be said of a model, each with the name of its value and what it is."""

TRUST = "run code in its file: only for files of your own"


def describe(arguments: argparse.Namespace) -> dict[str, Any]:
    """List what the user says of the model.

    Args:
        arguments: The flags.

    Returns:
        Values by name, as `cnnviz.load` takes them; only of flags that were given.
    """
    given = vars(arguments) | {"output": arguments.model_output}  # `output` may be a command's own
    return {name: given[name] for name in (*SAID, "trust_code") if given[name]}


def require_described(arguments: argparse.Namespace) -> None:
    """Refuse what can be seen to fail without Keras, whose import takes many seconds; read the list of classes.

    Args:
        arguments: The flags.

    Raises:
        CnnvizError: If there is no such model or list of classes, or the embedded model is described.
    """
    if arguments.model:
        require_model(arguments.model, arguments.trust_code)
    elif said := describe(arguments):
        raise OptionError(f"The embedded model is known. Name another one with --model. Received: {', '.join(said)}.")
    if arguments.classes:
        arguments.classes = read_classes(arguments.classes)


def size(text: str) -> tuple[int, ...]:
    """Read one side for both, or height and width.

    Args:
        text: Of the command line.

    Returns:
        Height and width in pixels.

    Raises:
        argparse.ArgumentTypeError: If it is something else.

    Example:
        >>> size("224"), size("224x160")
        ((224, 224), (224, 160))
    """
    if not re.fullmatch(r"[1-9]\d{0,4}(x[1-9]\d{0,4})?", text):
        raise argparse.ArgumentTypeError(f"expected pixels, such as 224 or 224x160. Received: {text}")
    sides = tuple(int(side) for side in text.split("x"))
    return sides * 2 if len(sides) == 1 else sides


def add_model_flags(parser: argparse.ArgumentParser, is_named: bool = True) -> None:
    """Add the flags.

    Args:
        parser: Where they are added.
        is_named: Whether a flag names the model; else the command names it itself.
    """
    if is_named:
        parser.add_argument("--model", help=f"{MODEL}; cats and dogs if left out")
    for name, (value, about) in SAID.items():
        flag, kind = "model-output" if name == "output" else name, size if name == "size" else str
        parser.add_argument(f"--{flag}", type=kind, metavar=value, help=about)
    parser.add_argument("--trust-code", action="store_true", help=TRUST)
