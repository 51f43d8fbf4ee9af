"""The command `survey`: a whole data set through every channel of a network."""

import argparse
import math
import sys

from cnnviz.base.figures import count, decimals, percent, share
from cnnviz.base.names import brief
from cnnviz.command.model_flags import add_model_flags, describe, require_described
from cnnviz.surveys.survey import Survey

DOES = "measure what every channel makes of a whole data set"
USAGE = "cnnviz survey [FLAGS] --data PHOTOS ... --output FOLDER"
NUM_TOP, NUM_TOLD = 9, 3


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags.

    Args:
        parser: Where they are added.
    """
    add = parser.add_argument
    add(
        "--data",
        nargs="+",
        required=True,
        metavar="PHOTOS",
        help="folders, zip, tar or Parquet files, or a Hub data set",
    )
    add("--output", required=True, metavar="FOLDER", help="where it is written; what was begun there goes on")
    add("--top", type=int, default=NUM_TOP, metavar="K", help=f"photographs to keep for each channel ({NUM_TOP})")
    add(
        "--publish-photos", default="", metavar="LICENCE", help="store those photographs, which may be shown to anybody"
    )
    add("--add", action="store_true", help="add its numbers to the model's folder, for its page")
    add("--ray", default="", metavar="ADDRESS", help="measure on a cluster of Ray, or auto")
    add_model_flags(parser)


def main(arguments: argparse.Namespace) -> int:
    """Survey the photographs.

    Args:
        arguments: The flags.

    Returns:
        The exit status.

    Raises:
        CnnvizError: If the model cannot be opened, there is no photograph, or a file cannot be written.
    """
    require_described(arguments)
    from cnnviz.explorer.loading import load
    from cnnviz.surveying.run import survey

    explorer = load(arguments.model, **describe(arguments))
    for sentence in explorer.assumed:
        print(f"cnnviz survey: {sentence}", file=sys.stderr)
    found = survey(
        explorer,
        arguments.data,
        arguments.output,
        top=arguments.top,
        publish=arguments.publish_photos,
        add=arguments.add,
        ray=arguments.ray,
    )
    told = [_tell_answers(found), *_tell_photos(found), *_tell_layers(found)]
    print("\n".join([*told, f"{arguments.output}: all numbers, in NPZ and JSON."]))
    return 0


def _tell_answers(found: Survey) -> str:
    """Say what was measured, and how often the network was right."""
    classes = f" of {count(len(found.class_names))} classes" if found.class_names else ""
    unreadable = f", {count(found.num_unreadable)} unreadable" if found.num_unreadable else ""
    right = "" if found.num_right is None else f"; {share(found.num_right / found.num_photos, 1)} answered right"
    return f"{count(found.num_photos)} photographs{classes}{unreadable}{right}."


def _tell_photos(found: Survey) -> list[str]:
    """Name the photographs that the network gets most wrong, and those of which it is least sure."""
    lines = []
    for title, chosen in (("Most wrong", found.wrong), ("Least sure", found.unsure)):
        photos = [found.photos[number] for number in chosen[:NUM_TOLD]]
        named = [f"{photo.name} ({brief(photo.answer)} {percent(photo.probability)})" for photo in photos]
        lines += [f"{title}: {', '.join(named)}"] if named else []
    return lines


def _tell_layers(found: Survey) -> list[str]:
    """Describe each layer in a line."""
    lines = []
    for name, layer in found.layers.items():
        facts = [f"{count(len(layer))} channels", f"{count(int(layer.dead.sum()))} dead"]
        facts += [f"{count(len(layer.duplicates))} near-duplicate pair(s)"]
        best = layer.ranked()[0]
        told = float(layer.telling[best])
        if not math.isnan(told):
            facts += [f"tells classes best: {best}, AUC {decimals(told, 2)}"]
        lines.append(f"  {name:24} {', '.join(facts)}")
    return lines
