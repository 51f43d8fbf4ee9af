"""The command `look`: what a network answers to photos, and what every layer makes of them."""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from cnnviz.base.errors import ImageError, OptionError, StorageError
from cnnviz.base.figures import share, short
from cnnviz.command.model_flags import add_model_flags, describe, require_described
from cnnviz.data.file_names import PICTURES, ending, is_ignored
from cnnviz.explorer.explorer import Explorer
from cnnviz.network.head import Head
from cnnviz.picture.image import load_image
from cnnviz.result.archive import ACTIVATIONS, write_activations
from cnnviz.result.layer_result import LayerResult
from cnnviz.result.result import Result

DOES = "tell what a network answers to photos, and what its layers make of them"
USAGE = "cnnviz look [FLAGS] PHOTO ..."
STDIN = "-"
REPORT = "report.html"
FAILED = 1


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags.

    Args:
        parser: Where they are added.
    """
    add = parser.add_argument
    add("photos", nargs="+", metavar="PHOTO", help="photos, folders of photos, or - for standard input")
    add("--layers", action="store_true", help="tell of every layer, too")
    add("--json", action="store_true", help="print a line of JSON for each photo")
    add(
        "--output",
        type=Path,
        metavar="FOLDER",
        help=f"write a folder for each photo: pictures, JSON, {ACTIVATIONS}, {REPORT}",
    )
    add_model_flags(parser)


def main(arguments: argparse.Namespace) -> int:
    """Look at the photos, one after the other.

    Args:
        arguments: The flags.

    Returns:
        The exit status: 1 if one of them cannot be read. The others are looked at all the same.

    Raises:
        CnnvizError: If the model cannot be opened, there is no photo, or a file cannot be written.
    """
    require_described(arguments)
    photos = list(_list_photos(arguments.photos))
    if not photos:
        raise OptionError(f"There are no photos in: {', '.join(arguments.photos)}.")
    from cnnviz.explorer.loading import load

    explorer, status = load(arguments.model, **describe(arguments)), 0
    for sentence in explorer.assumed:
        print(f"cnnviz look: {sentence}", file=sys.stderr)
    folders = _name_folders(photos)
    for photo, folder in zip(photos, folders, strict=True):
        try:
            print(_look(explorer, photo, folder, arguments), flush=True)
        except ImageError as error:
            print(f"cnnviz look: {photo}: {error}", file=sys.stderr)
            status = FAILED
    return status


def _list_photos(names: Sequence[str]) -> Iterator[str]:
    """List the photos, those of a folder in the order of their names."""
    for name in names:
        if name == STDIN or not Path(name).is_dir():
            yield name
            continue
        for path in sorted(Path(name).rglob("*")):
            is_hidden = any(is_ignored(part) for part in path.relative_to(name).parts)
            if ending(path.name) in PICTURES and path.is_file() and not is_hidden:
                yield str(path)


def _name_folders(photos: Sequence[str]) -> list[str]:
    """Name a folder for each photo after its file; what would have the same name gets a number."""
    taken: set[str] = set()
    names = []
    for photo in photos:
        stem = "stdin" if photo == STDIN else Path(photo).stem
        name, number = stem, 1
        while name.lower() in taken:
            number += 1
            name = f"{stem}-{number}"
        taken.add(name.lower())
        names.append(name)
    return names


def _look(explorer: Explorer, photo: str, folder: str, arguments: argparse.Namespace) -> str:
    """Look at a photo, write what is to be written, and return what is to be printed."""
    if photo == STDIN and sys.stdin is None:
        raise ImageError("Nothing can be read from there: it is closed.")
    picture = load_image(sys.stdin.buffer if photo == STDIN else photo)
    if not arguments.layers and not arguments.output:
        return _tell(explorer.network.head, photo, explorer.predict(picture), arguments.json)
    result = explorer(picture)
    if arguments.output:
        _write(result, arguments.output / folder)
    layers = result.layers if arguments.layers else ()
    return _tell(result.network.head, photo, result.probabilities, arguments.json, layers)


def _tell(
    head: Head, photo: str, probabilities: dict[str, float], as_json: bool, layers: Sequence[LayerResult] = ()
) -> str:
    """Write the answer, and what layers make of the photo."""
    if as_json:
        facts: dict[str, Any] = {"photo": photo, "labels": head.labels(probabilities), "probabilities": probabilities}
        return json.dumps({**facts, "layers": [layer.summary for layer in layers]} if layers else facts)
    return "\n".join([f"{photo}: {head.answer(probabilities)}", *map(_tell_layer, layers)])


def _tell_layer(layer: LayerResult) -> str:
    numbers = layer.statistics
    shape, silent = layer.layer.shape_text, f"{numbers.num_silent} of {len(numbers.min)} silent"
    zeros, mean, highest = share(numbers.layer_zero_share), short(numbers.layer_mean), short(numbers.layer_max)
    return f"  {layer.name:24} {shape:14} {silent:20} {zeros} zeros, mean {mean}, maximum {highest}"


def _write(result: Result, folder: Path) -> None:
    """Write all that is known of a photo's result."""
    try:
        result.save(folder)
        write_activations(folder / ACTIVATIONS, result)
        result.report(folder / REPORT)
    except OSError as error:
        raise StorageError(f"Cannot write in '{folder}'. Received: {error}.") from error
