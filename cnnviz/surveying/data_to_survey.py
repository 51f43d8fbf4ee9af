"""What has to be known of a data set before its first photograph is surveyed."""

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cnnviz.base.errors import DatasetError
from cnnviz.base.figures import count
from cnnviz.data.layout import Layout
from cnnviz.data.photos import Photos
from cnnviz.data.sources import open_photos
from cnnviz.data.tables import TablePhotos
from cnnviz.network.network import Network
from cnnviz.surveying.survey_store import OWN
from cnnviz.surveys.photo_batch import batch_size
from cnnviz.surveys.survey_folder import MAX_CLASSES
from cnnviz.surveys.tally import Tally


@dataclass(frozen=True)
class DataToSurvey:
    """Photographs, and what has to be known of all of them before the first is read.

    Args:
        places: What was named: folders, files, addresses and ids.
        sources: The photographs.
        class_names: The names of their classes, from A to Z; none if they have none.
        num_photos: How many there are.
        listed: Identifies the photographs by their names.
        identity: Identifies the survey: what is different gives other numbers.
        size: Photographs in a batch.
        num_top: Photographs to keep for each channel.
    """

    places: tuple[str, ...]
    sources: Sequence[Photos]
    class_names: tuple[str, ...]
    num_photos: int
    listed: str
    identity: str
    size: int
    num_top: int

    def tally(self, network: Network) -> Tally:
        """Return the numbers of no photograph yet."""
        return Tally(network, self.class_names, self.num_photos, self.num_top)


def examine(network: Network, photos: Sequence[str | os.PathLike[str]], num_top: int) -> DataToSurvey:
    """Find photographs, without reading any.

    Args:
        network: The network.
        photos: The sources.
        num_top: Photographs to keep for each channel.

    Returns:
        All that has to be known of them.

    Raises:
        DatasetError: If there are none, or of too many classes.
    """
    sources = open_photos(photos, needs_classes=False)
    names = tuple(sorted({name for source in sources for name in source.classes}))
    if len(names) > MAX_CLASSES:
        raise DatasetError(f"A survey is of at most {count(MAX_CLASSES)} classes. Received: {count(len(names))}.")
    size, num_photos, listed = batch_size(network), sum(map(len, sources)), digest_names(sources)
    settings = json.dumps([network.fingerprint, names, num_photos, size, num_top, listed, _digest_files(photos)])
    identity = hashlib.sha256(settings.encode()).hexdigest()
    places = tuple(os.fspath(each) for each in photos)
    return DataToSurvey(places, sources, names, num_photos, listed, identity, size, num_top)


def digest_names(sources: Sequence[Photos]) -> str:
    """Compute a sha256 of what tells photographs from others without reading them: their names, or those of tables.

    It is the same on all machines.

    Args:
        sources: The photographs.

    Returns:
        The sha256.
    """
    digest = hashlib.sha256()
    for source in sources:
        digest.update(f"{len(source)}\0".encode())
        names = [photo.name for photo in source.photos] if isinstance(source, Layout) else []
        for name in [source.name] if isinstance(source, TablePhotos) else names:
            digest.update(name.encode("utf-8", "backslashreplace") + b"\0")
    return digest.hexdigest()


def _digest_files(places: Sequence[str | os.PathLike[str]]) -> str:
    """Compute a sha256 of how large and how old all files on this machine are: others may have the same names."""
    digest = hashlib.sha256()
    for place in map(Path, places):
        for path in sorted(place.rglob("*")) if place.is_dir() else [place]:
            if path.is_file() and path.name not in OWN:  # the survey may be written among the photographs
                stat = path.stat()
                digest.update(f"{stat.st_size} {stat.st_mtime_ns}\0".encode())
    return digest.hexdigest()
