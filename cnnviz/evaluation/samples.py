"""Test photographs to look at after training: the surest right and wrong answers, of different classes."""

from pathlib import Path

import numpy as np

from cnnviz.base.names import file_names
from cnnviz.data.dataset import Split
from cnnviz.evaluation.metrics import Labels
from cnnviz.explorer.explorer import Explorer
from cnnviz.network.head import Head
from cnnviz.network.network import Network
from cnnviz.network.passes import Values
from cnnviz.picture.preprocessing import to_picture

NUM_CLASSES = 10
"""The number of classes of which right answers are saved, and of which wrong ones are."""


def write_samples(folder: Path, network: Network, split: Split, logits: Values) -> list[Path]:
    """Save a few test photographs, each with a folder of every layer's picture beside it.

    For each class they are the photograph that was called right most surely, which shows what the network looks for
    at its clearest, and the one that was called wrong most surely, which shows what misleads it.

    Args:
        folder: Where to write; it is made if it is not there. Files of the same names are replaced.
        network: The network.
        split: N photographs that it was not trained on; only those that are saved pass through it.
        logits: What it gave for all of them, shape (N, num_outputs).

    Returns:
        The saved photographs, at most two per class and twenty in all: PNG files of the very pixels that the network
        sees, named after the true and the called class, such as cat-called-dog.png. The pictures are in the folder
        cat-called-dog.
    """
    folder.mkdir(parents=True, exist_ok=True)
    explorer = Explorer(network)
    paths = []
    for name, index in find_samples(network.head, split.labels, logits).items():
        photo = to_picture(split[index : index + 1][0])
        paths.append(folder / f"{name}.png")
        photo.save(paths[-1])
        explorer(photo).save(folder / name)
    return paths


def find_samples(head: Head, labels: Labels, logits: Values) -> dict[str, int]:
    """Find the surest right and the surest wrong answer for each class; of many classes, the ten surest of either kind.

    Args:
        head: What the logits mean.
        labels: Class indices of N photographs, shape (N,).
        logits: What a network gave for them, shape (N, num_outputs).

    Returns:
        Names such as "cat-called-dog", which files can have, and the indices of the photographs; without those that do
        not exist.
    """
    probabilities = head.class_probabilities(logits)
    called, confidence = probabilities.argmax(axis=1), probabilities.max(axis=1)
    order = np.lexsort((np.arange(len(labels)), -confidence))  # the surest answers first
    chosen: list[int] = []
    for right in (True, False):
        answers = order[(called[order] == labels[order]) == right]
        _, first = np.unique(labels[answers], return_index=True)
        chosen += answers[np.sort(first)[:NUM_CLASSES]].tolist()
    chosen.sort(key=lambda index: (labels[index], called[index] != labels[index]))
    names = file_names(head.class_names)
    return {f"{names[labels[index]]}-called-{names[called[index]]}": index for index in chosen}
