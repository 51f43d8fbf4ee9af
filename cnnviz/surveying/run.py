"""A survey from photographs to its files; it goes on where an interrupted one was."""

import logging
import os
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import replace
from pathlib import Path

from cnnviz.base.errors import DatasetError, OptionError, StoppedError
from cnnviz.base.figures import count
from cnnviz.data.dataset import Data
from cnnviz.data.reader import open_pixels
from cnnviz.data.sources import as_list
from cnnviz.explorer.explorer import Explorer
from cnnviz.network.network import Network
from cnnviz.surveying.cluster import connected, spans, tally_on_cluster
from cnnviz.surveying.data_to_survey import DataToSurvey, examine
from cnnviz.surveying.photo_batches import read_batches
from cnnviz.surveying.survey_store import SurveyStore
from cnnviz.surveys.few import encode_picture
from cnnviz.surveys.finishing import finish
from cnnviz.surveys.photo_batch import PhotoBatch
from cnnviz.surveys.survey import Survey
from cnnviz.surveys.survey_folder import MAX_PICTURES_BYTES, MAX_TOP, add_survey
from cnnviz.surveys.tally import Passed, Tally

LOGGER = logging.getLogger("cnnviz")

NUM_TOP = 9
SAVE_SECONDS = 60


def survey(
    explorer: Explorer,
    photos: Data,
    folder: str | os.PathLike[str] | None = None,
    *,
    top: int = NUM_TOP,
    publish: str = "",
    add: bool = False,
    ray: str = "",
) -> Survey:
    """Measure what every channel of a network makes of a whole data set.

    The memory that it takes does not grow with the number of photographs, and neither the way they are divided nor
    interruptions change a number.

    Args:
        explorer: The network.
        photos: One source of photographs or several: folders, zip or tar files, Parquet files, data sets on the Hub,
            addresses in object storage, as for `cnnviz.train`. They need no classes.
        folder: Where the survey is written; what was begun there is continued, what is finished is read. None for
            nowhere.
        top: How many photographs to keep for each channel, from 1 to 100.
        publish: The licence of the photographs, such as "CC0", if those that stand out may be shown to anybody: then
            what the network sees of them is stored as pictures. "" for numbers alone.
        add: Whether to put the survey into the folder of the model as well, so that its page shows it.
        ray: "auto" or the address of a cluster, to measure on all machines of it with Ray Data; "" for this machine.
            Folders and files must be at the same place on each of them, unless they are named by an address.

    Returns:
        The survey.

    Raises:
        DatasetError: If there are no photographs, or none that can be read.
        FolderError: If the folder holds something else, or a file cannot be written; or there is no model folder to add
            it to.
        NetworkError: If the network's values are infinite or NaN.
        OptionError: If a setting is not one of these, Ray Data is not installed or there is no such cluster.
        StoppedError: If it is interrupted from the keyboard; the same call goes on.

    Example:
        >>> found = cnnviz.survey(cnnviz.load(), "photos/", "survey/")
        >>> found["conv2d_4"].favourites(42)[0].photo
        0
    """
    network = explorer.network
    _require_settings(explorer, top, publish, add)
    data = examine(network, as_list(photos), top)
    store = SurveyStore(Path(folder) if folder is not None else None, data.identity)
    found = store.finished(network, publish) or _make(network, data, store, publish, ray)
    if add and network.folder is not None:
        add_survey(network.folder, found)
    return found


def _make(network: Network, data: DataToSurvey, store: SurveyStore, publish: str, address: str) -> Survey:
    """Measure all photographs, and write what is found."""
    for note in (note for source in data.sources for note in source.notes):
        LOGGER.warning("%s", note)
    tally = _tally_there(network, data, store, address) if address else _tally_here(network, data, store)
    try:
        found, numbers = _finish(tally)
        if publish:
            found = replace(found, licence=publish, pictures=dict(_read_pictures(network, data, numbers)))
        store.write(found, tally)
    except KeyboardInterrupt as error:
        raise _stopped(data, data.num_photos) from error
    return found


def _tally_here(network: Network, data: DataToSurvey, store: SurveyStore) -> Tally:
    """Measure all photographs on this machine.

    They are added up in a thread: Ctrl-C, which stops the main one anywhere, finds whole batches there.
    """
    tally = data.tally(network)
    done = store.resume(tally)
    saved = time.monotonic()
    adding: Future[None] = Future()
    adding.set_result(None)

    def add(batch: PhotoBatch, passed: Passed | None, pool: ThreadPoolExecutor) -> None:
        nonlocal done
        tally.add(batch, pool.map, passed)
        done = batch.first + batch.number

    try:
        with ThreadPoolExecutor(os.cpu_count()) as pool, ThreadPoolExecutor(1) as adder:
            batches = read_batches(data.sources, network.preprocessing, data.size, bool(data.class_names), done)
            for batch, passed in _pass_ahead(tally, batches):
                adding = adder.submit(add, batch, passed, pool)
                adding.result()
                if time.monotonic() - saved > SAVE_SECONDS:
                    store.save(tally, done)
                    saved = time.monotonic()
        store.save(tally, done)
    except KeyboardInterrupt as error:
        wait([adding])
        store.save(tally, done)
        raise _stopped(data, done) from error
    return tally


def _pass_ahead(tally: Tally, batches: Iterable[PhotoBatch]) -> Iterator[tuple[PhotoBatch, Passed | None]]:
    """Pass batches through the network, each while the one before is measured."""
    with ThreadPoolExecutor(1) as pool:
        ahead: deque[tuple[PhotoBatch, Future[Passed | None]]] = deque()
        for batch in batches:
            ahead.append((batch, pool.submit(tally.pass_through, batch)))
            if len(ahead) > 1:
                before, passed = ahead.popleft()
                yield before, passed.result()
        for batch, passed in ahead:
            yield batch, passed.result()


def _tally_there(network: Network, data: DataToSurvey, store: SurveyStore, address: str) -> Tally:
    """Measure all photographs on a cluster."""
    tally = data.tally(network)
    done = store.resume(tally)
    try:
        with connected(address):
            for until in spans(network, data, done):
                tally.merge(tally_on_cluster(network, data, done, until))
                done = until
                store.save(tally, done)
    except KeyboardInterrupt as error:
        raise _stopped(data, done) from error
    return tally


def _stopped(data: DataToSurvey, done: int) -> StoppedError:
    return StoppedError(
        f"Stopped after {count(done)} of {count(data.num_photos)} photographs. The same command goes on."
    )


def _finish(tally: Tally) -> tuple[Survey, list[int]]:
    if not any(layer.num_photos.sum() for layer in tally.layers.values()):
        name, reason = next(iter(tally.skipped.items()), ("", ""))
        example = f" '{name}': {reason}" if name else ""
        raise DatasetError(f"None of {count(len(tally.skipped))} photographs can be read.{example}")
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return finish(tally, pool.map)


def _read_pictures(network: Network, data: DataToSurvey, numbers: Sequence[int]) -> Iterator[tuple[int, bytes]]:
    """Read the photographs that stand out once more, as JPEG files of what the network sees."""
    size = 0
    wanted = {number: index for index, number in enumerate(numbers)}
    opened = open_pixels(data.sources, network.preprocessing, "Storing", chosen=wanted)
    for number, photo in zip(numbers, opened, strict=True):
        if isinstance(photo.pixels, str):
            raise DatasetError(f"'{photo.name}' has changed since it was measured. Received: {photo.pixels}")
        content = encode_picture(photo.pixels)
        size += len(content)
        if size > MAX_PICTURES_BYTES:
            raise OptionError(f"The photographs take more than {MAX_PICTURES_BYTES >> 20} MB. Keep fewer, with `top`.")
        yield wanted[number], content


def _require_settings(explorer: Explorer, top: int, publish: str, add: bool) -> None:
    """Refuse settings that are none, before anything is read."""
    if type(top) is not int or not 1 <= top <= MAX_TOP:
        raise OptionError(f"`top` is a whole number from 1 to {MAX_TOP}. Received: top={str(top)[:100]}.")
    if not isinstance(publish, str) or len(publish) > MAX_TOP:
        raise OptionError(f"`publish` is the licence of the photographs, as text. Received: {str(publish)[:100]}.")
    if add and explorer.network.folder is None:
        raise OptionError("This model is in no folder to which a survey could be added: save it first, `cnnviz.save`.")
    if add and explorer.source.kind == "hub":
        raise OptionError(
            "This model is in the cache that all programs share, where nothing is added to it: save it first, "
            "`cnnviz.save`, and survey what was saved."
        )
