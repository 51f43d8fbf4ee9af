"""How well each layer tells the classes apart while the network learns: probes on few photographs."""

from collections.abc import Mapping

from cnnviz.data.dataset import Split
from cnnviz.evaluation.probe import examine_layers
from cnnviz.network.network import Network
from cnnviz.recording.recorder import Probe

NUM_PROBED = 256
"""Photographs on which probes are fitted, and as many others on which they are scored: chance moves the share of right
ones by 6 points at most, in 19 of 20 cases."""

MAX_CLASSES = 20
"""With more classes, so few photographs fit no probe."""


def fit_probes(train: Split, validation: Split, num_classes: int) -> Probe | None:
    """Choose the photographs for the probes of a timeline.

    Args:
        train: Photographs to fit on.
        validation: Photographs to score on.
        num_classes: How many classes they are of.

    Returns:
        A function that fits a probe to each layer of a network and returns how often each is right, by layer name; None
        for more than 20 classes.
    """
    if num_classes > MAX_CLASSES:
        return None
    splits = {"train": train.spread(NUM_PROBED), "validation": validation.spread(NUM_PROBED)}

    def probe(network: Network) -> Mapping[str, float]:
        probes = examine_layers(network, splits, text="")["probes"]
        return {name: found["accuracy"] for name, found in probes.items()}

    return probe
