"""Benchmark: how many forward passes does an evidence map take, and how many in other libraries?

    python -m benchmarks.explain

x: a multiple of the bare forward pass to the logits, with as many photos; both are timed in turn in the same process.
gradients: gradients of the logit with respect to the pixels, and to the activations of each layer with places; for one
photo and for 32.
maps: whole methods, for one photo; methods that read a layer read the last map. Other libraries do the same in
separate processes, as a multiple of their own forward pass, if `make oracle` has made their environments.
"""

import json
import tempfile
from functools import partial
from pathlib import Path

import numpy as np

import cnnviz
from benchmarks.photos import cheetah_jpeg
from benchmarks.timing import print_table, time_beside
from cnnviz.base.steps import finish
from cnnviz.network.network import Network
from cnnviz.network.passes import Values
from cnnviz.network.places import SPATIAL
from cnnviz.why.explain import METHODS, Explanation, default_layer, explain
from tests.oracle.peers import ask, python_of, write_question

MANY = 32
PEERS = ("xplique", "tf_keras_vis", "captum")


def print_gradients(network: Network, picture: Values) -> None:
    """Compare the gradient at each layer with the bare forward pass."""
    names = [None, *(layer.name for layer in network.layers[:-1] if len(layer.shape) == SPATIAL)]
    times = []
    for number in (1, MANY):
        batch = np.repeat(picture[None], number, axis=0)
        tasks = {name: partial(network.gradients, batch, network.class_names[-1], name) for name in names}
        times.append(time_beside(partial(network.logits, batch), tasks))
    rows = [("gradients", "ms", "x", f"{MANY} photos, ms", "x")]
    for name in names:
        cells = [(f"{1e3 * each[name][0]:.1f}", f"{each[name][1]:.1f}") for each in times]
        rows.append((name or "pixels", *cells[0], *cells[1]))
    print_table(rows)


def time_ours(network: Network, picture: Values) -> dict[str, tuple[float, float]]:
    """Measure the seconds of each method of cnnviz, and their multiple of the forward pass."""
    tasks = {method: partial(_explain, network, picture, method) for method in METHODS}
    return time_beside(partial(network.logits, picture[None]), tasks)


def _explain(network: Network, picture: Values, method: str) -> Explanation:
    return finish(explain(network, picture, method, network.class_names[-1]))


def time_peer(peer: str, network: Network, picture: Values) -> dict[str, tuple[float, float]]:
    """Let another library time its own methods; the result is empty if it is not installed."""
    if not python_of(peer).exists():
        return {}
    name, layer = network.class_names[-1], default_layer(network)
    with tempfile.TemporaryDirectory() as parent:
        folder = Path(parent) / "question"
        classes = {name: network.head.output_of(name)}
        write_question(folder, network, picture, [layer.name], classes=classes, timed=True)
        ask(peer, folder)
        times = json.loads((folder / "times.json").read_text(encoding="utf-8"))
    return {task.split("/")[0]: tuple(each) for task, each in times.items()}


def print_maps(network: Network, picture: Values) -> None:
    """Compare whole methods of cnnviz and of other libraries."""
    columns = {"ours": time_ours(network, picture)}
    columns |= {peer: time_peer(peer, network, picture) for peer in PEERS}
    columns = {name: times for name, times in columns.items() if times}
    rows = [("maps", *(cell for name in columns for cell in (f"{name}, ms", "x")))]
    for method in METHODS:
        times = [each.get(method) for each in columns.values()]
        cells = [(f"{1e3 * each[0]:.1f}", f"{each[1]:.1f}") if each else ("", "") for each in times]
        rows.append((method, *(cell for pair in cells for cell in pair)))
    print_table(rows)


def main() -> None:
    """Measure and print."""
    explorer = cnnviz.load()
    picture = explorer.network.preprocessing([cnnviz.load_image(cheetah_jpeg())])[0]
    print_gradients(explorer.network, picture)
    print()
    print_maps(explorer.network, picture)


if __name__ == "__main__":
    main()
