"""The command `timeline`: checkpoints that were saved while a network learned become its timeline."""

import argparse
from pathlib import Path

from cnnviz.base.figures import share
from cnnviz.command.model_flags import add_model_flags, describe, require_described

DOES = "make a timeline of checkpoints, to see how a network learned"
USAGE = "cnnviz timeline [FLAGS] --output FOLDER CHECKPOINT ..."
CHECKPOINTS = (
    "models of one architecture, in the order in which they were saved: .keras or .h5 files, or model folders; or "
    "weights alone (.weights.h5)"
)


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags.

    Args:
        parser: Where they are added.
    """
    add = parser.add_argument
    add("checkpoints", nargs="+", metavar="CHECKPOINT", help=CHECKPOINTS)
    add(
        "--output", type=Path, required=True, metavar="FOLDER", help="where it is written; a timeline there is replaced"
    )
    about = "photographs, as for train.py, of which 32 are shown to each checkpoint"
    add("--data", nargs="+", metavar="PHOTOS", help=about)
    add("--model", help="a model that weights alone belong to; the first checkpoint if left out")
    add_model_flags(parser, is_named=False)


def main(arguments: argparse.Namespace) -> int:
    """Make the timeline.

    Args:
        arguments: The flags.

    Returns:
        The exit status.

    Raises:
        CnnvizError: If a checkpoint cannot be opened, or they are of several architectures, or it cannot be written.
    """
    from cnnviz.recording.checkpoints import require_checkpoints, timeline

    require_checkpoints([Path(each) for each in arguments.checkpoints], arguments.model, arguments.trust_code)
    model, arguments.model = arguments.model, arguments.model or arguments.checkpoints[0]
    require_described(arguments)
    made = timeline(arguments.checkpoints, arguments.output, arguments.data, model=model, **describe(arguments))
    for snapshot in made:
        print(snapshot.title if snapshot.accuracy is None else f"{snapshot.title}: {share(snapshot.accuracy)} right")
    plural = "s" * (len(made) > 1)
    print(f"{arguments.output}: {len(made)} snapshot{plural} of {len(made.network.layers)} layers")
    return 0
