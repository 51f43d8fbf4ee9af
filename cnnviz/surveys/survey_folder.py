"""The files of a survey: survey.json, survey.npz with all arrays, and survey-photos.zip if photographs may be shown."""

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import fields
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.base.errors import FolderError
from cnnviz.base.figures import count
from cnnviz.model_folder.folder import add_files
from cnnviz.model_folder.manifest import CARD, read_json, read_manifest, verify_file
from cnnviz.network.layer import Layer
from cnnviz.network.network import Network
from cnnviz.surveys.layer_survey import NOBODY, NUM_BARS, QUANTILES, LayerSurvey
from cnnviz.surveys.survey import Survey, SurveyPhoto

ABOUT, ARRAYS, PICTURES = "survey.json", "survey.npz", "survey-photos.zip"
FORMAT_VERSION = 1
MAX_CLASSES, MAX_TOP, MAX_PHOTOS = 1000, 100, 2**20
MAX_ARRAY_BYTES, MAX_PICTURES_BYTES = 2**28, 2**28
HEADER_BYTES = 2**12
"""Largest header of an array in an NPZ file."""

COMMAND = "cnnviz survey --model FOLDER --data PHOTOS --output SURVEY --add"
CARD_SECTION = f"""
## What a data set tells of its channels

`{ARRAYS}` holds numbers of every channel over {{}} photographs, `{ABOUT}` says which; `numpy.load` reads them.
"""
MAY_LACK = frozenset(
    {"maximum_quantiles", "mean_quantiles", "class_means", "maximum_auc", "mean_auc", "top_values", "twin_correlations"}
)
"""Numbers that may be infinite or NaN, where there is nothing to tell."""


def survey_files(survey: Survey) -> dict[str, bytes]:
    """Encode a survey as files. The photographs' names are not in them.

    Args:
        survey: The survey.

    Returns:
        Names and contents.
    """
    about = {
        "format_version": FORMAT_VERSION,
        "network": survey.network,
        "num_photos": survey.num_photos,
        "num_unreadable": survey.num_unreadable,
        "class_names": survey.class_names,
        "class_sizes": survey.class_sizes,
        "num_stored": len(survey.photos),
        "num_top": max((layer.top_values.shape[1] for layer in survey.layers.values()), default=0),
        "is_told_apart": any(len(layer.class_means) for layer in survey.layers.values()),
        "wrong": survey.wrong,
        "unsure": survey.unsure,
        "layers": list(survey.layers),
        "licence": survey.licence,
    }
    arrays: dict[str, NDArray[Any]] = {"confusion": survey.confusion, **_pack_photos(survey)}
    for number, layer in enumerate(survey.layers.values()):
        arrays |= {f"{number}/{each.name}": getattr(layer, each.name) for each in fields(layer)}
    stream = io.BytesIO()
    np.savez_compressed(stream, **arrays)  # type: ignore[arg-type]
    files = {ABOUT: json.dumps(about, indent=2).encode(), ARRAYS: stream.getvalue()}
    return files | ({PICTURES: _zip(survey.pictures)} if survey.pictures else {})


def add_survey(folder: Path, survey: Survey) -> None:
    """Put a survey into the folder of its model, so that whoever has the model has it, too.

    Args:
        folder: A model folder; a survey that it has is replaced.
        survey: The survey. The names of its photographs are left out.

    Raises:
        FolderError: If there is no intact model folder, or it cannot be written.
    """
    read_manifest(folder)
    card = (folder / CARD).read_text(encoding="utf-8", errors="replace")
    title = CARD_SECTION.strip().partition("\n")[0]
    section = "" if title in card else CARD_SECTION.format(count(survey.num_photos))
    add_files(folder, {**survey_files(survey), CARD: (card + section).encode()})


def find_own_survey(network: Network) -> Survey | None:
    """Read the survey in a network's folder, if there is one.

    Args:
        network: The network.

    Returns:
        The survey; None if there is none of these weights.

    Raises:
        FolderError: If it is damaged.
    """
    folder, files = network.folder, network.manifest.get("files", {})
    if folder is None or ABOUT not in files:
        return None
    for name in (ABOUT, ARRAYS, PICTURES):
        if name in files:
            verify_file(folder / name, files[name])
    if read_json(folder / ABOUT).get("network") != network.fingerprint:
        return None
    return read_survey(folder, network, with_pictures=PICTURES in files)


def read_own_survey(network: Network) -> Survey:
    """Read the survey in a network's folder.

    Args:
        network: The network.

    Returns:
        The survey.

    Raises:
        FolderError: If there is none of these weights, or it is damaged.
    """
    found = find_own_survey(network)
    if found is None:
        raise FolderError(f"This model has no survey: make one with `{COMMAND}`.")
    return found


def read_survey(folder: Path, network: Network, with_pictures: bool = True) -> Survey:
    """Read a survey.

    Args:
        folder: Where its files are.
        network: The network that it was made of.
        with_pictures: Whether its photographs are read, if they may be shown.

    Returns:
        The survey, without the photographs' names.

    Raises:
        FolderError: If it is damaged, of another network or of a newer format.
    """
    about = read_json(folder / ABOUT)
    if about.get("format_version") != FORMAT_VERSION:
        raise FolderError(f"The survey in '{folder}' is of another version of cnnviz. Update it, or make it again.")
    if about.get("network") != network.fingerprint:
        raise FolderError(f"The survey in '{folder}' is of another model, or of other weights. Make it again.")
    return _Reader(folder, network, about).survey(with_pictures)


class _Reader:
    """Reads a survey, whose files may come from anywhere."""

    def __init__(self, folder: Path, network: Network, about: Mapping[str, Any]) -> None:
        """Check the description."""
        self.folder, self.network, self.about = folder, network, about
        limits = {"num_photos": 2**53, "num_unreadable": 2**53, "num_stored": MAX_PHOTOS, "num_top": MAX_TOP}
        self._require(all(_is_count(about.get(name), limit) for name, limit in limits.items()), "a number is missing")
        names, sizes = self._list("class_names"), self._list("class_sizes")
        self._require(_are_names(names) and len(names) <= MAX_CLASSES, "its classes are no names")
        self._require(
            len(sizes) == len(names) and all(_is_count(size, 2**53) for size in sizes),
            "the sizes of its classes are missing",
        )
        self._require(isinstance(about.get("licence"), str) and len(about["licence"]) <= HEADER_BYTES, "no licence")
        self._require(isinstance(about.get("is_told_apart"), bool), "a setting is missing")
        self.num_stored, self.num_top = about["num_stored"], about["num_top"]
        for name in ("wrong", "unsure"):
            is_there = all(_is_count(each, self.num_stored - 1) for each in self._list(name))
            self._require(is_there, "a photograph is missing")
        layers = self._list("layers")
        known = {layer.name: layer for layer in network.layers}
        self._require(_are_names(layers) and set(layers) <= set(known), "its layers are not the model's")
        self.layers = [known[name] for name in layers]

    def _list(self, name: str) -> list[Any]:
        """Return a list of the description."""
        values = self.about.get(name)
        self._require(isinstance(values, list), f"'{name}' is no list")
        return list(values or ())

    def survey(self, with_pictures: bool) -> Survey:
        """Read all."""
        about, names = self.about, tuple(self.about["class_names"])
        layers = {layer.name: self._layer(number, layer) for number, layer in enumerate(self.layers)}
        return Survey(
            network=about["network"],
            num_photos=about["num_photos"],
            num_unreadable=about["num_unreadable"],
            class_names=names,
            class_sizes=tuple(about["class_sizes"]),
            answers=self.network.class_names,
            confusion=self._confusion(len(names)),
            photos=self._photos(names),
            wrong=tuple(about["wrong"]),
            unsure=tuple(about["unsure"]),
            layers=layers,
            licence=about["licence"],
            pictures=self._pictures() if with_pictures else {},
        )

    def _layer(self, number: int, layer: Layer) -> LayerSurvey:
        """Read and check the numbers of a layer."""
        channels, top = layer.shape[-1], self.num_top
        classes = len(self.about["class_names"]) if self.about["is_told_apart"] else 0
        shapes = {
            "maximum_quantiles": (channels, len(QUANTILES)),
            "mean_quantiles": (channels, len(QUANTILES)),
            "class_means": (classes, channels),
            "maximum_auc": (classes, channels),
            "mean_auc": (classes, channels),
            "bars": (max(classes, 1), channels, NUM_BARS),
            "bar_range": (channels, 2),
            "top_values": (channels, top),
            "top_photos": (channels, top),
            "top_units": (channels, top, 2),
        }
        arrays = {}
        for each in fields(LayerSurvey):
            shape = shapes.get(each.name, (channels,))
            is_whole = each.name in ("bars", "top_photos", "top_units", "twins")
            values = self._array(f"{number}/{each.name}", shape, np.int32 if is_whole else np.float32)
            may_lack = is_whole or each.name in MAY_LACK
            self._require(may_lack or bool(np.isfinite(values).all()), "it holds infinite values or NaN")
            arrays[each.name] = values
        height, width = layer.places or (1, 1)
        self._require(_within(arrays["top_photos"], NOBODY, self.num_stored - 1), "a photograph is missing")
        self._require(_within(arrays["twins"], NOBODY, channels - 1), "a channel is missing")
        self._require(_within(arrays["top_units"][..., 0], 0, height - 1), "a unit is missing")
        self._require(_within(arrays["top_units"][..., 1], 0, width - 1), "a unit is missing")
        self._require(_within(arrays["bars"], 0, 2**31 - 1), "a number is negative")
        return LayerSurvey(**arrays)

    def _confusion(self, num_classes: int) -> NDArray[np.int64]:
        is_there = num_classes and not self.network.head.is_multi_label
        return self._array("confusion", (num_classes if is_there else 0, len(self.network.class_names)), np.int64)

    def _photos(self, names: tuple[str, ...]) -> tuple[SurveyPhoto, ...]:
        """Read what is known of the photographs that stand out."""
        shape = (self.num_stored,)
        classes, answers = (self._array(f"photos/{name}", shape, np.int32) for name in ("class", "answer"))
        sure, own = (self._array(f"photos/{name}", shape, np.float32) for name in ("probability", "own_probability"))
        self._require(_within(classes, NOBODY, len(names) - 1), "a class is missing")
        self._require(_within(answers, 0, len(self.network.class_names) - 1), "a class is missing")
        return tuple(
            SurveyPhoto(
                "",
                None if of_class == NOBODY else names[of_class],
                self.network.class_names[answer],
                float(probability),
                None if np.isnan(of_own) else float(of_own),
            )
            for of_class, answer, probability, of_own in zip(classes, answers, sure, own, strict=True)
        )

    def _pictures(self) -> dict[int, bytes]:
        """Read the photographs that may be shown."""
        if not self.about["licence"] or not (self.folder / PICTURES).is_file():
            return {}
        try:
            with zipfile.ZipFile(self.folder / PICTURES) as archive:
                infos = {info.filename: info for info in archive.infolist()}
                wanted = {number: infos.get(_picture_name(number)) for number in range(self.num_stored)}
                is_there = all(info and info.compress_type == zipfile.ZIP_STORED for info in wanted.values())
                size = sum(info.file_size for info in wanted.values() if info)
                self._require(is_there and size <= MAX_PICTURES_BYTES, "a picture is missing, packed or too large")
                return {number: archive.read(info) for number, info in wanted.items() if info}
        except (OSError, EOFError, ValueError, RuntimeError, zipfile.BadZipFile) as error:
            raise self._damaged(f"{PICTURES} cannot be read") from error

    def _array(self, name: str, shape: tuple[int, ...], dtype: type[np.generic]) -> NDArray[Any]:
        """Read an array of a known shape; a larger one is not even unpacked."""
        expected = int(np.prod(shape, dtype=np.int64)) * np.dtype(dtype).itemsize
        self._require(expected <= MAX_ARRAY_BYTES, f"'{name}' is too large")
        try:
            info = self._archive.getinfo(f"{name}.npy")
            self._require(info.file_size <= expected + HEADER_BYTES, f"'{name}' has another size")
            stream = io.BytesIO(self._archive.read(info))
            version = np.lib.format.read_magic(stream)
            header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
            told, _, kind = header(stream)  # or it might make room for what its header promises
            self._require(told == shape and kind == dtype, f"'{name}' has another shape")
            stream.seek(0)
            values: NDArray[Any] = np.lib.format.read_array(stream, allow_pickle=False)
        except (KeyError, ValueError, OSError, EOFError, zipfile.BadZipFile) as error:
            raise self._damaged(f"'{name}' is missing or no array") from error
        return values

    @cached_property
    def _archive(self) -> zipfile.ZipFile:
        try:
            return zipfile.ZipFile(self.folder / ARRAYS)
        except (OSError, zipfile.BadZipFile) as error:
            raise self._damaged(f"{ARRAYS} cannot be read") from error

    def _require(self, is_right: bool, reason: str) -> None:
        if not is_right:
            raise self._damaged(reason)

    def _damaged(self, reason: str) -> FolderError:
        return FolderError(f"The survey in '{self.folder}' is damaged: {reason}. Make it again with `{COMMAND}`.")


def _pack_photos(survey: Survey) -> dict[str, NDArray[Any]]:
    """Arrange what is known of the photographs as arrays."""
    classes, answers = (
        {name: number for number, name in enumerate(names)} for names in (survey.class_names, survey.answers)
    )
    photos = survey.photos
    own = [np.nan if photo.own_probability is None else photo.own_probability for photo in photos]
    return {
        "photos/class": np.array([classes.get(photo.class_name or "", NOBODY) for photo in photos], np.int32),
        "photos/answer": np.array([answers[photo.answer] for photo in photos], np.int32),
        "photos/probability": np.array([photo.probability for photo in photos], np.float32),
        "photos/own_probability": np.array(own, np.float32),
    }


def _zip(pictures: Mapping[int, bytes]) -> bytes:
    """Put pictures into a ZIP file, always the same one."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        for number, content in pictures.items():
            archive.writestr(zipfile.ZipInfo(_picture_name(number)), content)
    return stream.getvalue()


def _picture_name(number: int) -> str:
    return f"{number}.jpg"


def _is_count(value: Any, limit: int) -> bool:
    return type(value) is int and 0 <= value <= limit


def _are_names(values: Any) -> bool:
    return (
        isinstance(values, list) and all(isinstance(each, str) for each in values) and len(set(values)) == len(values)
    )


def _within(values: NDArray[Any], low: int, high: int) -> bool:
    return not values.size or bool(values.min() >= low and values.max() <= high)
