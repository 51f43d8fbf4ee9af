"""Benchmark: photographs a second on a cluster of one and of two nodes, and how many bytes travel.

    VENV=.venv-ray sh scripts/install ray && .venv-ray/bin/python -m benchmarks.survey_ray

Nodes are processes on this machine, each with two of its processors for Ray: one for a model, one to read. A partial
result is of a stretch of photographs, whose pixels travel from the task that reads to the worker with the model.
"""

import tempfile
import time
from functools import partial
from pathlib import Path
from typing import Any

from ray.cluster_utils import Cluster

import cnnviz
from benchmarks.photos import photo_jpeg
from benchmarks.timing import print_table
from cnnviz.explorer.explorer import Explorer
from cnnviz.surveying.cluster import connected, longest_stretch, pack, tally_on_cluster, unpack
from cnnviz.surveying.data_to_survey import DataToSurvey, examine
from cnnviz.surveying.photo_batches import read_batches
from cnnviz.surveying.run import NUM_TOP

NUM_PHOTOS, NUM_DIFFERENT, WIDTH, HEIGHT = 10_240, 2560, 500, 375


def main() -> None:
    """Measure and print."""
    explorer = cnnviz.load()
    with tempfile.TemporaryDirectory() as name:
        for number in range(NUM_PHOTOS):
            kind = Path(name) / "ab"[number % 2]
            kind.mkdir(exist_ok=True)
            (kind / f"{number}.jpg").write_bytes(photo_jpeg(WIDTH, HEIGHT, seed=number % NUM_DIFFERENT))
        data = examine(explorer.network, [name], NUM_TOP)
        print_table([("what", "core-milliseconds a photograph"), *measure_work(explorer, data)])
        print_table([("photographs in a part", "bytes", "as they travel", "pixels"), *measure_sizes(explorer, data)])
        cluster: Any = Cluster()
        rows = [("nodes", "seconds", "photographs a second")]
        for num_nodes in (1, 2):
            cluster.add_node(num_cpus=2, object_store_memory=10**9)
            cluster.wait_for_nodes()
            with connected(cluster.address):
                seconds = time_survey(explorer, data)
            rows += [(str(num_nodes), f"{seconds:.0f}", f"{NUM_PHOTOS / seconds:.0f}")]
        print_table(rows)
        cluster.shutdown()


def measure_work(explorer: Explorer, data: DataToSurvey) -> list[tuple[str, ...]]:
    """Measure the processor time of each step: other programs that run at the same time hardly change it."""
    network, tally = explorer.network, data.tally(explorer.network)
    stretch = longest_stretch(network, data.size)
    read = partial(read_batches, data.sources, network.preprocessing, data.size, True, text="", num_threads=1)
    tally.add(next(read(until=data.size)))  # the pass is compiled
    start = time.process_time()
    batches = list(read(until=stretch))
    decoded = time.process_time()
    for batch in batches:
        tally.add(batch)
    measured = time.process_time()
    packed = pack(tally)
    sent = time.process_time()
    other = unpack(data, network, packed)
    tally.merge(other)
    merged = time.process_time()
    steps = [("read and decode", decoded - start), ("pass and measure", measured - decoded)]
    steps += [("pack", sent - measured), ("unpack and merge", merged - sent)]
    return [(name, f"{1000 * seconds / stretch:.2f}") for name, seconds in steps]


def measure_sizes(explorer: Explorer, data: DataToSurvey) -> list[tuple[str, ...]]:
    """Measure partial results of a batch, of a stretch, and of all photographs, in megabytes."""
    network, tally, sizes = explorer.network, data.tally(explorer.network), []
    stretch = longest_stretch(network, data.size)
    for batch in read_batches(data.sources, network.preprocessing, data.size, True, text=""):
        tally.add(batch)
        done = batch.first + batch.number
        if done in (data.size, stretch, data.num_photos):
            pixels = batch.pixels.nbytes * done // data.size
            sizes.append((done, len(tally.pack()), len(pack(tally)), pixels))
    return [(str(done), *(f"{each / 1e6:.1f} MB" for each in found)) for done, *found in sizes]


def time_survey(explorer: Explorer, data: DataToSurvey) -> float:
    """Measure how long all photographs take, the start of the workers included."""
    start = time.perf_counter()
    tally_on_cluster(explorer.network, data, 0, data.num_photos)
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
