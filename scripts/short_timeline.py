"""Writes the timeline of a network that train.py has trained in short form: fewer snapshots, each much smaller.

    python -m scripts.short_timeline runs/mine/model --data photos/ --output short/timeline --steps 0 256 1024 4096
    python -m scripts.short_timeline runs/first/model runs/second/model --data photos/ --output short/timeline

The second form joins runs of which each went on from the model of the one before: steps are counted through.

Kernels get 8 bits for each weight; that of dense_1, which has nine of ten weights, becomes the product of two smaller
matrices. So maps change by rounding alone, and answers by more: by how much is measured on the validation photographs
and written down with each snapshot.
"""

import argparse
import math
import tempfile
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import cnnviz
from cnnviz.base.errors import OptionError
from cnnviz.base.figures import percent
from cnnviz.data.dataset import read_photos
from cnnviz.network.network import Network
from cnnviz.surveys.photo_batch import batch_size
from cnnviz.timelines.short_form import factorize
from cnnviz.timelines.snapshot import Snapshot
from cnnviz.timelines.snapshot_file import SnapshotFile, encode_in_short
from cnnviz.timelines.timeline import Timeline
from cnnviz.timelines.timeline_folder import read_timeline
from cnnviz.timelines.timeline_writer import TimelineWriter, join_figures, replace_timeline, require_own

BEFORE, LARGE, NEXT = "flatten_1", "dense_1", "dense_2"
"""The layers around the kernel that becomes a product."""

RANK = 48
NUM_PHOTOS = 4096
"""Training photographs that say which directions of the outputs of dense_1 matter."""

QUANTILE = 0.95
Pixels = NDArray[np.uint8]


def main() -> None:
    """Write it, and print how far off its answers are."""
    parser = argparse.ArgumentParser(description="Write a timeline in short form.")
    about = "the model folder of the run that recorded it; before it those of the runs that it went on from"
    parser.add_argument("models", type=Path, nargs="+", metavar="model", help=about)
    parser.add_argument("--data", nargs="+", required=True, help="the photographs of that run")
    parser.add_argument("--output", type=Path, required=True, help="the new timeline's folder")
    parser.add_argument("--steps", nargs="+", type=int, help="the snapshots that are kept (all)")
    parser.add_argument("--rank", type=int, default=RANK, help=f"columns of the smaller matrix ({RANK})")
    arguments = parser.parse_args()
    explorers = [cnnviz.load(model) for model in arguments.models]
    network = explorers[-1].network
    seed = network.manifest["training"]["split_seed"]
    photos = read_photos(arguments.data, network.preprocessing, network.class_names, "validation", seed)
    learned, others = photos["train"].sample(NUM_PHOTOS), photos["validation"][:]
    moments = join_runs([explorer.timeline() for explorer in explorers])
    made = shorten(moments, arguments.output, learned, others, arguments.steps, arguments.rank)
    for snapshot in made:
        print(f"{snapshot.title}: within {percent(snapshot.answer_error or 0)}")
    print(f"{arguments.output}: {sum(place.size for place in made.places) / 1e6:.1f} MB")


@dataclass(frozen=True)
class Moment:
    """A moment of one of the runs.

    Args:
        timeline: Of the run.
        index: Its number there.
        snapshot: What was measured; steps and epochs are those of all runs together.
    """

    timeline: Timeline
    index: int
    snapshot: Snapshot


def join_runs(timelines: Sequence[Timeline]) -> list[Moment]:
    """Count through the steps of runs of which each went on from the model of the one before: that of its best epoch.

    Args:
        timelines: Of the runs, in their order, measured on the same photographs.

    Returns:
        The moments that led to the last run's model, in order.
    """
    moments: list[Moment] = []
    steps, epochs = 0, 0.0
    for number, timeline in enumerate(timelines, 1):
        training = timeline.network.manifest.get("training", {})
        is_last = number == len(timelines)
        best = math.inf if is_last else training["best_epoch"]
        for index, snapshot in enumerate(timeline):
            if (snapshot.epoch or 0) < best:
                step, epoch = steps + (snapshot.step or 0), epochs + (snapshot.epoch or 0)
                moments.append(Moment(timeline, index, replace(snapshot, step=step, epoch=epoch)))
        if not is_last:
            steps += best * (training["num_photos"]["train"] // training["batch_size"])
            epochs += best
    return moments


def shorten(
    moments: Sequence[Moment],
    folder: Path,
    learned: Pixels,
    others: Pixels,
    steps: Collection[int] | None = None,
    rank: int = RANK,
) -> Timeline:
    """Write a timeline in short form.

    Args:
        moments: From `join_runs`, of networks of the architecture that train.py trains.
        folder: The new timeline's folder.
        learned: Pixels of photographs that the network learned from, shape (N, height, width, 3), uint8.
        others: Those of others, on which its answers are compared.
        steps: Of the snapshots that are kept; None for all.
        rank: Of the product that stands for the kernel of dense_1.

    Returns:
        The new timeline.

    Raises:
        FolderError: If something else is in the folder.
        OptionError: If there is no snapshot of a step.
    """
    network, last = moments[-1].timeline.network, moments[-1].timeline
    known = [moment.snapshot.step for moment in moments]
    wanted = known if steps is None else list(steps)
    if missing := [step for step in wanted if step not in known]:
        raise OptionError(f"There are snapshots of the steps {join(known)}. Received: {join(missing)}.")
    require_own(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.absolute().parent) as name:  # it may replace the one that is read
        staged = Path(name, folder.name)
        writer = TimelineWriter(staged, network, [layer.name for layer in last.measured], last.num_photos)
        writer.begin()
        for moment in moments:
            if moment.snapshot.step in wanted:
                past = moment.timeline.network_at(moment.index)
                content = shorten_weights(past, learned, join_figures(moment.timeline.channels(moment.index)), rank)
                error = answer_error(past, content, others)
                writer.add_encoded(replace(moment.snapshot, answer_error=error), content)
        replace_timeline(folder, staged)
    return read_timeline(network, folder)


def join(steps: Iterable[int | None]) -> str:
    """List steps."""
    return ", ".join(map(str, steps))


def shorten_weights(
    network: Network, photos: Pixels, figures: dict[str, NDArray[np.float32]], rank: int = RANK
) -> bytes:
    """Encode the weights of one moment.

    Args:
        network: The network as it was.
        photos: Pixels of photographs that it learned from.
        figures: The numbers of its channels.
        rank: Of the product that stands for the kernel of dense_1.

    Returns:
        The content of a snapshot's file.
    """
    before = [layer.name for layer in network.layers].index(BEFORE)
    size = batch_size(network)
    scaled = (network.preprocessing.scale(photos[start : start + size]) for start in range(0, len(photos), size))
    inputs = np.concatenate([network.activations(batch)[0][before] for batch in scaled])
    weights = list(network.model.get_weights())
    paths = [each.path for each in network.model.weights]
    large, following = (paths.index(network.operation(name).kernel.path) for name in (LARGE, NEXT))
    kernel, importance = weights[large], np.linalg.norm(weights[following], axis=1)
    if rank * sum(kernel.shape) < kernel.size:
        weights[large] = factorize(kernel, inputs, importance, rank)
    return encode_in_short(weights, figures)


def answer_error(network: Network, content: bytes, photos: Pixels) -> float:
    """Measure by how much the short form changes probabilities.

    Args:
        network: The network with its weights in full, which it loses.
        content: Of the file with its weights in short form.
        photos: Pixels of photographs.

    Returns:
        What the largest difference of any class's probability is at most on 95% of the photographs, in [0, 1].
    """
    full = probabilities(network, photos)
    with tempfile.TemporaryDirectory() as name:
        path = Path(name, "snapshot.npz")
        path.write_bytes(content)
        network.model.set_weights(SnapshotFile(path).weights(network.model.get_weights()))
    return float(np.quantile(np.abs(probabilities(network, photos) - full).max(axis=1), QUANTILE))


def probabilities(network: Network, photos: Pixels) -> NDArray[np.float64]:
    """Ask a network.

    Args:
        network: The network.
        photos: Pixels of N photographs.

    Returns:
        The probability of each class, shape (N, number of classes).
    """
    size = batch_size(network)
    scaled = (network.preprocessing.scale(photos[start : start + size]) for start in range(0, len(photos), size))
    logits = np.concatenate([network.logits(batch) for batch in scaled])
    return np.array([list(network.head.probabilities(each).values()) for each in logits])


if __name__ == "__main__":
    main()
