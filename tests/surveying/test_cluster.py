"""Surveys on clusters of one and two nodes on this machine: the numbers of a survey without a cluster, to the bit.

`make test-sweep` installs Ray Data, and a server of object storage, into an environment of their own.
"""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import fields
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from pyarrow import fs

from cnnviz.base.errors import DatasetError, OptionError
from cnnviz.explorer.explorer import Explorer
from cnnviz.surveying import cluster, run
from cnnviz.surveying.cluster import tally_on_cluster
from cnnviz.surveying.run import survey
from cnnviz.surveys.survey import Survey
from cnnviz.surveys.tally import Tally
from networks import build_small
from pictures import write_class
from programs import require_module
from tables import write_parquet

pytestmark = [
    pytest.mark.sweep,
    pytest.mark.filterwarnings(r"ignore::DeprecationWarning:ray\..*", "ignore::ResourceWarning"),  # of Ray itself
]

NUM_PHOTOS = 390
SUMS = frozenset({"mean", "deviation", "zero_share", "class_means"})
"""What is computed from sums, whose last digit depends on the order; anything else is the same to the bit."""

NODE = {"num_cpus": 2, "object_store_memory": 2 * 10**8}
WAIT_SECONDS = 120
BUCKET = "pets"


class Nodes:
    """A cluster of processes on this machine, to which nodes are added."""

    def __init__(self) -> None:
        """Start one node."""
        require_module("ray", "ray[data]")
        from ray.cluster_utils import Cluster

        self.cluster: Any = Cluster()
        self.last: Any = self.cluster.add_node(**NODE)

    @property
    def address(self) -> str:
        """The address of its head."""
        return str(self.cluster.address)

    def have(self, number: int) -> None:
        """Add nodes until there are so many."""
        while len(self.cluster.list_all_nodes()) < number:
            self.last = self.cluster.add_node(**NODE)
        self.cluster.wait_for_nodes(WAIT_SECONDS)

    def kill(self, what: str) -> None:
        """Kill a worker in the middle of a stretch, or the last node with all that it holds."""
        worker = wait_for_a_busy_worker()
        if what == "worker":
            os.kill(worker, signal.SIGKILL)
        else:
            self.cluster.remove_node(self.last, allow_graceful=False)


@pytest.fixture(scope="module")
def nodes() -> Iterator[Nodes]:
    with pytest.MonkeyPatch.context() as patch:
        root = Path(__file__).parents[2]
        patch.setenv("PYTHONPATH", str(root))
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        started = Nodes()
        yield started
        started.cluster.shutdown()


@pytest.fixture(scope="module")
def explorer() -> Explorer:
    return Explorer(build_small())


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Photographs of two classes, and two files that are none."""
    folder = tmp_path_factory.mktemp("photos") / "pets"
    for number, name in enumerate(("cat", "dog")):
        write_class(folder / name, NUM_PHOTOS // 2, seed=number)
        (folder / name / "77b.jpg").write_bytes(b"no picture")
    return folder


@pytest.fixture(scope="module")
def local(explorer: Explorer, photos: Path) -> Survey:
    return survey(explorer, photos)


def require_same(found: Survey, expected: Survey) -> None:
    for each in fields(Survey):
        value, wanted = getattr(found, each.name), getattr(expected, each.name)
        if each.name == "confusion":
            np.testing.assert_array_equal(value, wanted)
        elif each.name != "layers":
            assert value == wanted, each.name
    assert list(found.layers) == list(expected.layers)
    for name, layer in expected.layers.items():
        for each in fields(layer):
            value, wanted = getattr(found.layers[name], each.name), getattr(layer, each.name)
            tolerance = 1e-6 if each.name in SUMS else 0
            np.testing.assert_allclose(value, wanted, rtol=tolerance, atol=tolerance, err_msg=f"{name} {each.name}")


def wait_for_a_busy_worker() -> int:
    """Wait until an actor is in the middle of a stretch; give the number of its process."""
    end = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < end:
        for process in psutil.Process().children(recursive=True):
            with suppress(psutil.Error):
                if re.match(r"ray::.*Measurer.*\.submit", " ".join(process.cmdline())):
                    return int(process.pid)
        time.sleep(0.01)
    raise TimeoutError


@pytest.mark.parametrize("number", [1, 2])
def test_a_cluster_gives_the_numbers_of_one_machine(
    number: int, nodes: Nodes, explorer: Explorer, photos: Path, local: Survey, tmp_path: Path
) -> None:
    nodes.have(number)
    found = survey(explorer, photos, tmp_path / "survey", ray="auto" if number == 1 else nodes.address)
    require_same(found, local)
    assert found.num_photos == NUM_PHOTOS
    listed = (tmp_path / "survey/unreadable.txt").read_text().splitlines()
    assert [line.partition(": ")[0] for line in listed] == [f"{photos}/{name}/77b.jpg" for name in ("cat", "dog")]
    require_same(survey(explorer, photos, tmp_path / "survey"), local)


@pytest.mark.parametrize("what", ["worker", "node"])
def test_what_dies_loses_nothing(
    what: str, nodes: Nodes, explorer: Explorer, photos: Path, local: Survey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "NUM_MERGED", 3)  # a tree of several levels
    nodes.have(2)
    with ThreadPoolExecutor(1) as pool:
        killed = pool.submit(nodes.kill, what)
        found = survey(explorer, photos, ray=nodes.address)
        killed.result()
    require_same(found, local)


def test_parquet_files_and_object_storage_are_surveyed(
    nodes: Nodes, explorer: Explorer, photos: Path, tmp_path: Path
) -> None:
    paths = [path for name in ("cat", "dog") for path in sorted((photos / name).glob("1?.jpg"))]
    write_parquet(tmp_path / "tables/0.parquet", paths[::2], [path.parent.name for path in paths[::2]])
    with serve_objects(paths[1::2]) as address:
        found = survey(explorer, [tmp_path / "tables", address], ray=nodes.address)
        require_same(found, survey(explorer, [tmp_path / "tables", address]))
    assert found.num_photos == len(paths) == 20
    starts = {photo.name.partition("/animals/")[0] for photo in found.photos if "parquet" not in photo.name}
    assert starts == {f"s3://{BUCKET}"}


@contextmanager
def serve_objects(paths: list[Path]) -> Iterator[str]:
    """Serve photographs as object storage does, in folders of their classes; give the address."""
    server = require_module("moto.server", "moto[server]").ThreadedMotoServer(port=0)
    server.start()
    host, port = server.get_host_and_port()
    query = f"endpoint_override={host}:{port}&scheme=http&region=us-east-1&allow_bucket_creation=true"
    try:
        system, _ = fs.FileSystem.from_uri(f"s3://key:secret@{BUCKET}?{query}")
        system.create_dir(BUCKET)
        for path in paths:
            with system.open_output_stream(f"{BUCKET}/animals/{path.parent.name}/{path.name}") as stream:
                stream.write(path.read_bytes())
        yield f"s3://key:secret@{BUCKET}/animals?{query}"
    finally:
        server.stop()


def test_machines_that_find_other_photographs_are_told(
    nodes: Nodes, explorer: Explorer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_class(tmp_path / "photos", 10)
    monkeypatch.setattr(run, "tally_on_cluster", partial(tally_without_one, tmp_path / "photos/5.jpg"))
    with pytest.raises(DatasetError, match=r"^Not all machines of the cluster find the same photographs at '.*photos'"):
        survey(explorer, tmp_path / "photos", ray=nodes.address)


def tally_without_one(path: Path, *arguments: Any) -> Tally:
    """Measure photographs of which one went after they were listed."""
    path.unlink()
    return tally_on_cluster(*arguments)


@pytest.mark.parametrize("address", ["127.0.0.1:1", "nowhere", "ray://head"])
def test_an_address_of_no_cluster_is_a_sentence(address: str, explorer: Explorer, photos: Path) -> None:
    require_module("ray", "ray[data]")
    with pytest.raises(OptionError, match=r"^No cluster answers: expected auto, or HOST:PORT .* Received: ray='"):
        survey(explorer, photos, ray=address)
