"""A data set before it is surveyed: what identifies it is known without reading a photograph."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from cnnviz.base.errors import DatasetError
from cnnviz.data.sources import open_photos
from cnnviz.network.network import Network
from cnnviz.surveying.data_to_survey import digest_names, examine
from cnnviz.surveying.photo_batches import read_batches
from networks import build_small
from pictures import write_class


@pytest.fixture(scope="module")
def network() -> Network:
    return build_small()


def test_another_name_or_setting_is_another_survey(network: Network, tmp_path: Path) -> None:
    write_class(tmp_path / "bees", 3)
    write_class(tmp_path / "ants", 2)
    data = examine(network, [tmp_path], 5)
    assert (data.places, data.class_names, data.num_photos) == ((str(tmp_path),), ("ants", "bees"), 5)
    assert data.listed == digest_names(open_photos([tmp_path]))
    assert examine(pickle.loads(pickle.dumps(network)), [tmp_path], 5).identity == data.identity
    assert examine(network, [tmp_path], 6).identity != data.identity
    (tmp_path / "bees/1.jpg").rename(tmp_path / "bees/7.jpg")
    assert examine(network, [tmp_path], 5).identity != data.identity


def test_without_classes_all_pictures_count(network: Network, tmp_path: Path) -> None:
    write_class(tmp_path, 3, "a {}b.jpg")
    assert examine(network, [tmp_path], 5).class_names == ()
    with pytest.raises(DatasetError, match="No photographs"):
        examine(network, [tmp_path / "nowhere"], 5)


def test_part_of_the_photographs_is_read_in_the_same_batches(network: Network, tmp_path: Path) -> None:
    write_class(tmp_path, 20)
    sources = open_photos([tmp_path], needs_classes=False)
    whole = list(read_batches(sources, network.preprocessing, 4, False, text=""))
    part = list(read_batches(sources, network.preprocessing, 4, False, 4, 14, text="", num_threads=1))
    assert [(batch.first, batch.number) for batch in part] == [(4, 4), (8, 4), (12, 2)]
    assert [batch.names for batch in part[:2]] == [batch.names for batch in whole[1:3]]
    assert all((one.pixels == other.pixels).all() for one, other in zip(part[:2], whole[1:3], strict=True))
