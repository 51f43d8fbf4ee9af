"""The command `save`: any Keras model becomes a model folder, which says all about itself."""

import argparse

from cnnviz.command.model_flags import MODEL, add_model_flags, describe, require_described

DOES = "save any Keras model as a model folder, which says all about itself"
USAGE = "cnnviz save [FLAGS] MODEL FOLDER"


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags.

    Args:
        parser: Where they are added.
    """
    parser.add_argument("model", metavar="MODEL", help=MODEL)
    parser.add_argument("folder", metavar="FOLDER", help="where it is written; a model folder there is replaced")
    add_model_flags(parser, is_named=False)


def main(arguments: argparse.Namespace) -> int:
    """Save the model.

    Args:
        arguments: The flags.

    Returns:
        The exit status.

    Raises:
        CnnvizError: If it cannot be opened or saved.
    """
    require_described(arguments)
    from cnnviz.explorer.loading import load
    from cnnviz.explorer.saving import save

    explorer = load(arguments.model, **describe(arguments))
    folder = save(explorer, arguments.folder)
    for sentence in explorer.assumed:
        print(sentence)
    num_layers, num_classes = len(explorer.network.layers), len(explorer.network.class_names)
    print(f"{folder}: {num_layers} layers, {num_classes} classes. See it with: cnnviz serve --model {folder}")
    return 0
