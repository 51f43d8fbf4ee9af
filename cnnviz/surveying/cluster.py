"""A survey on many machines, with operators of Ray Data: read and decode, measure, and merge as a tree.

A stretch of photographs is read and decoded by a task, which gives whole batches of the same composition as on one
machine. An actor with a model measures a stretch and gives its numbers, packed; it keeps nothing between stretches.
So what a worker that dies had in hand is computed again, and counted once.
"""

import os
import pickle
import socket
import sys
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import lru_cache, reduce
from itertools import cycle
from math import prod
from pathlib import Path
from typing import Any

from cnnviz.base.errors import CnnvizError, DatasetError, OptionError
from cnnviz.data.addresses import without_keys
from cnnviz.data.photos import Photos
from cnnviz.data.sources import open_photos
from cnnviz.network.network import Network
from cnnviz.picture.preprocessing import Preprocessing
from cnnviz.surveying.data_to_survey import DataToSurvey, digest_names
from cnnviz.surveying.photo_batches import read_batches
from cnnviz.surveys.tally import Tally

STRETCH_BYTES = 2**26
"""How much the pixels of a stretch may take, unless it is a single batch."""

STRETCHES_EACH = 4
"""A worker measures at least so many stretches, if there are enough photographs, so that all end at the same time."""

STRETCHES_SAVED = 100
"""After so many stretches for each processor, what is done is saved."""

NUM_MERGED = 8
"""How many packed numbers a task merges into one."""

MERGE_PROCESSORS = 1.0, 0.5
"""How much of a processor a task of each level of the tree is said to take. Operators that take the same would become
one, and a task would merge nothing but what it has merged."""

NUM_READERS = 4
"""How many photographs a task reads at the same time: object storage lets each wait."""

CONNECT_SECONDS = 10
MISSING = "A survey on a cluster needs Ray Data: pip install 'cnnviz[ray]'"


@dataclass(frozen=True)
class Job:
    """What workers have to know of a survey.

    Args:
        data: The data set, without its photographs.
        folder: The folder in which what was named without its whole path is found.
        preprocessing: Resizes photographs for the network.
        network: Where the network is in the cluster's memory.
        first: The number of the first photograph.
        until: The number of the photograph to end before.
        stretch: Photographs in a stretch: whole batches.
    """

    data: DataToSurvey
    folder: str
    preprocessing: Preprocessing
    network: Any
    first: int
    until: int
    stretch: int


@contextmanager
def connected(address: str) -> Iterator[None]:
    """Connect to a cluster, unless this process is connected already.

    Args:
        address: Of its head, such as "10.0.0.5:6379"; "auto" for the one that this machine belongs to.

    Raises:
        OptionError: If Ray Data is not installed, or there is no such cluster.
    """
    try:
        import ray
        import ray.data
    except ImportError as error:
        raise OptionError(MISSING) from error
    if ray.is_initialized():
        yield
        return
    try:
        _require_open(address)
        ray.init(address, logging_level="ERROR", log_to_driver=False)
    except (OSError, RuntimeError, ValueError) as error:
        reason = str(error).strip().partition("\n")[0][:200]
        raise OptionError(
            "No cluster answers: expected auto, or HOST:PORT of a head that `ray start --head` has started. Received: "
            f"ray={address[:100]!r} ({reason})."
        ) from error
    try:
        yield
    finally:
        ray.shutdown()


def _require_open(address: str) -> None:
    """Refuse an address at which nothing listens: Ray would wait for it for minutes."""
    if address == "auto":
        return
    host, _, port = address.rpartition(":")
    if not host or not port.isdigit():
        raise ValueError("no HOST:PORT")
    with socket.create_connection((host.strip("[]"), int(port)), CONNECT_SECONDS):
        pass


def spans(network: Network, data: DataToSurvey, done: int) -> Iterator[int]:
    """Divide a data set into parts, after each of which what is done is worth being saved.

    Args:
        network: The network.
        data: The data set.
        done: How many photographs are done.

    Yields:
        How many photographs are done after each part: whole batches, or all.
    """
    size = STRETCHES_SAVED * _num_processors() * longest_stretch(network, data.size)
    while done < data.num_photos:
        done = min(done + size, data.num_photos)
        yield done


def tally_on_cluster(network: Network, data: DataToSurvey, first: int, until: int) -> Tally:
    """Measure photographs on all machines of the cluster to which this process is connected.

    Args:
        network: The network.
        data: The data set. What of it is no address must be at the same place on each machine.
        first: The number of the first photograph, that of a batch.
        until: The number of the photograph to end before.

    Returns:
        Their numbers.

    Raises:
        DatasetError: If a machine finds other photographs, or one cannot be fetched.
        NetworkError: If the network's values are infinite or NaN.
    """
    import ray

    stretch = _choose_stretch(network, data.size, until - first)
    job = Job(
        replace(data, sources=()), str(Path.cwd()), network.preprocessing, ray.put(network), first, until, stretch
    )
    tally = data.tally(network)
    ray.data.DataContext.get_current().enable_progress_bars = sys.stderr.isatty()
    try:
        for row in _plan(ray, job).iter_rows():
            tally.merge(unpack(job.data, network, row["tally"]))
    except ray.exceptions.RayError as error:
        raise _own(error) from None
    return tally


def longest_stretch(network: Network, size: int) -> int:
    """Return the largest number of photographs in a stretch.

    Args:
        network: The network.
        size: Photographs in a batch.

    Returns:
        Whole batches.
    """
    return size * max(STRETCH_BYTES // (size * prod(network.preprocessing.shape)), 1)


def _choose_stretch(network: Network, size: int, num_photos: int) -> int:
    """Choose how many photographs are a stretch: whole batches, and so few that all workers get some."""
    even = num_photos // (STRETCHES_EACH * _num_processors() * size) * size
    return min(max(even, size), longest_stretch(network, size))


def _num_processors() -> int:
    import ray

    return int(ray.cluster_resources().get("CPU", 1))


def _plan(ray: Any, job: Job) -> Any:
    """Describe how packed numbers are made of photographs, for Ray Data to do it."""
    num_stretches = -(-(job.until - job.first) // job.stretch)
    most = min(max(_num_processors() - 1, 1), num_stretches)  # one is left for reading
    plan = ray.data.range(num_stretches, override_num_blocks=num_stretches).flat_map(_read_stretch, fn_args=(job,))
    plan = plan.map_batches(
        Measurer,
        batch_size=job.stretch // job.data.size,
        fn_constructor_args=(job,),
        num_cpus=1,
        compute=ray.data.ActorPoolStrategy(min_size=1, max_size=most),
    )
    num_cpus = cycle(MERGE_PROCESSORS)
    while num_stretches > NUM_MERGED:
        plan = plan.map_batches(_merge, batch_size=NUM_MERGED, fn_args=(job,), num_cpus=next(num_cpus))
        num_stretches = -(-num_stretches // NUM_MERGED)
    return plan


def _read_stretch(row: Mapping[str, Any], job: Job) -> Iterator[dict[str, bytes]]:
    """Read and decode a stretch of photographs, in whole batches."""
    first = job.first + int(row["id"]) * job.stretch
    batches = read_batches(
        _sources(job),
        job.preprocessing,
        job.data.size,
        bool(job.data.class_names),
        first,
        min(first + job.stretch, job.until),
        text="",
        num_threads=NUM_READERS,
    )
    for batch in batches:
        yield {"batch": pickle.dumps(batch)}


class Measurer:
    """A worker with a model, which keeps nothing else between stretches.

    Args:
        job: What it has to know.
    """

    def __init__(self, job: Job) -> None:
        """Use the one processor that is taken from the cluster."""
        os.environ |= {"TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1"}  # read at the first pass
        self.job, self.network = job, _network(job.network)

    def __call__(self, batches: Mapping[str, Any]) -> dict[str, list[bytes]]:
        """Measure a stretch."""
        tally = self.job.data.tally(self.network)
        for batch in batches["batch"]:
            tally.add(pickle.loads(batch))
        return {"tally": [pack(tally)]}


def _merge(tallies: Mapping[str, Any], job: Job) -> dict[str, list[bytes]]:
    """Merge the packed numbers of several stretches."""
    network = _network(job.network)

    def add(tally: Tally, other: Tally) -> Tally:
        tally.merge(other)
        return tally

    merged = reduce(add, (unpack(job.data, network, each) for each in tallies["tally"]))
    return {"tally": [pack(merged)]}


def pack(tally: Tally) -> bytes:
    """Write numbers as they travel between machines: most of a part's sample and histograms is empty.

    Args:
        tally: The numbers.

    Returns:
        What `Tally.pack` returns, compressed.
    """
    return zlib.compress(tally.pack(), 1)


def unpack(data: DataToSurvey, network: Network, packed: bytes) -> Tally:
    """Read numbers that travelled.

    Args:
        data: The data set of which they are.
        network: The network.
        packed: From `pack`.

    Returns:
        The same numbers.
    """
    tally = data.tally(network)
    tally.unpack(zlib.decompress(packed))
    return tally


@lru_cache(maxsize=1)
def _network(place: Any) -> Network:
    """Fetch the network, once for each process. Only a process that passes photographs through it opens its model."""
    import ray

    network: Network = ray.get(place)
    return network


def _sources(job: Job) -> list[Photos]:
    return _open(job.data.places, job.folder, job.data.listed)


@lru_cache(maxsize=1)
def _open(places: tuple[str, ...], folder: str, listed: str) -> list[Photos]:
    """Find the photographs from another machine, once for each process."""
    with suppress(OSError):  # then only what is named by its whole path or address is found
        os.chdir(folder)
    sources = open_photos(places, needs_classes=False)
    if digest_names(sources) != listed:
        named = ", ".join(repr(without_keys(place)) for place in places)[:200]
        raise DatasetError(
            f"Not all machines of the cluster find the same photographs at {named}. Put "
            "them at the same place on each machine, or into object storage."
        )
    return sources


def _own(error: BaseException) -> BaseException:
    """Find the error of ours that stopped a worker, if it is one, without what Ray wraps it in."""
    each: BaseException | None = error
    while each is not None:
        if isinstance(each, CnnvizError) and not hasattr(each, "cause"):
            return each
        each = getattr(each, "cause", None) or each.__cause__
    return error
