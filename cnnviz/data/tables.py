"""Photographs in the rows of tables: Parquet files, and data sets on the Hub."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from cnnviz.base.errors import DatasetError
from cnnviz.data.file_names import SPLIT_NAMES
from cnnviz.data.photos import Photo, Photos, class_of

IMAGE, LABELS = "image", ("labels", "label")
ROWS_AT_ONCE = 32
BUFFER_BYTES = 2**20
"""Read Parquet columns in chunks of this size; otherwise a whole row group (perhaps the whole file) is loaded."""


@dataclass(frozen=True)
class TablePhotos:
    """The photographs in the rows of one table.

    Args:
        name: The name of the table, as people write it.
        num_rows: The number of its rows.
        label: The name of the column with the labels.
        class_names: The names of the labels, if the labels are numbers; else empty.
        split: The split of all rows; None if cnnviz chooses it.
        batches: A function that reads the table, some rows at a time.
        left_out: Nothing; rows without a label are skipped when they are read.
        notes: Nothing; tables can be understood in one way only.
    """

    name: str
    num_rows: int
    label: str
    class_names: tuple[str, ...]
    split: str | None
    batches: Callable[[], Iterable[Any]]
    left_out: Mapping[str, str] = field(default_factory=dict)
    notes: Sequence[str] = ()

    def __len__(self) -> int:
        """Return the number of rows."""
        return self.num_rows

    def __iter__(self) -> Iterator[Photo]:
        """Yield one row after the other."""
        row = 0
        for batch in self.batches():
            for image, label in zip(batch[IMAGE].to_pylist(), batch[self.label].to_pylist(), strict=True):
                yield Photo(f"{self.name} row {row}", self._class_of(label), self.split, partial(_content, image))
                row += 1

    def _class_of(self, label: Any) -> str | None:
        """Return the class of a label; None and -1 mean that there is no label, as on the Hub."""
        if label is None or label == -1:
            return None
        if not self.class_names:
            return class_of(str(label))
        if label not in range(len(self.class_names)):
            raise DatasetError(
                f"'{self.name}' has the label {label}, but names only for 0 to {len(self.class_names) - 1}: "
                f"{', '.join(self.class_names)}."
            )
        return class_of(self.class_names[label])


def open_parquet(path: Path, split: str | None) -> Photos:
    """Open a Parquet file.

    Args:
        path: The file, with a column `image` of bytes, or of structures with `bytes`, and a column `labels` or
            `label` of names or numbers. Numbers get the names that the Hub's libraries store in the file; if there are
            none, the numbers are the names.
        split: The split of all rows; None if cnnviz chooses it.

    Returns:
        Its rows; only some are in memory at a time.

    Raises:
        DatasetError: If a column is missing, the file is damaged or pyarrow is not installed.
    """
    try:
        from pyarrow import parquet
    except ImportError as error:
        raise DatasetError(f"'{path}' needs pyarrow to be read: pip install pyarrow") from error
    with _reading(path), parquet.ParquetFile(path) as file:
        schema, num_rows = file.schema_arrow, file.metadata.num_rows
    label, class_names = _labels(str(path), schema)
    return TablePhotos(str(path), num_rows, label, class_names, split, partial(_batches, path, [IMAGE, label]))


def open_hub(name: str) -> list[Photos]:
    """Download a data set from the Hub, unless it was downloaded before.

    Args:
        name: The id, such as microsoft/cats_vs_dogs.

    Returns:
        The photographs of each split; their bytes are as they were uploaded.

    Raises:
        DatasetError: If no data set has that name, it has no photographs, or datasets is not installed.
    """
    try:
        import datasets
    except ImportError as error:
        raise DatasetError(
            f"There is no '{name}' here. To look for it on the Hub, install datasets: pip install datasets"
        ) from error
    try:
        splits = datasets.load_dataset(name)
    except (OSError, ValueError, RuntimeError, datasets.exceptions.DatasetsError) as error:
        raise DatasetError(
            f"There is no '{name}' here, and it cannot be loaded from the Hub. Received: {error}"
        ) from error
    return [_hub_photos(f"{name} {split}", table, SPLIT_NAMES.get(split)) for split, table in splits.items()]


def _hub_photos(name: str, table: Any, split: str | None) -> Photos:
    """Return the rows of one split of a data set on the Hub."""
    from datasets import Image

    label, class_names = _labels(name, table.features.arrow_schema)
    undecoded = table.select_columns([IMAGE, label]).cast_column(IMAGE, Image(decode=False)).with_format("arrow")
    return TablePhotos(name, len(table), label, class_names, split, partial(undecoded.iter, ROWS_AT_ONCE))


def _labels(name: str, schema: Any) -> tuple[str, tuple[str, ...]]:
    """Find the column with the labels, and the labels' names if the Hub's libraries stored them."""
    label = next((label for label in LABELS if label in schema.names), None)
    image = str(schema.field(IMAGE).type) if IMAGE in schema.names else ""
    if label is None or "binary" not in image:
        raise DatasetError(
            f"'{name}' has no photographs: expected a column 'image' of bytes, or of structures with 'bytes', and a "
            f"column 'labels' or 'label'. Received: {', '.join(f'{field.name} ({field.type})' for field in schema)}."
        )
    features = json.loads((schema.metadata or {}).get(b"huggingface", b"{}")).get("info", {}).get("features", {})
    return label, tuple(features.get(label, {}).get("names", ()))


def _batches(path: Path, columns: list[str]) -> Iterator[Any]:
    """Read a Parquet file, some rows at a time."""
    from pyarrow import parquet

    with _reading(path), parquet.ParquetFile(path, buffer_size=BUFFER_BYTES, pre_buffer=False) as file:
        yield from file.iter_batches(ROWS_AT_ONCE, columns=columns, use_threads=False)


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    """Turn errors of the Parquet library into errors that name the file."""
    from pyarrow import ArrowException

    try:
        yield
    except (OSError, ArrowException) as error:
        raise DatasetError(f"'{path}' cannot be read as Parquet. Received: {error}") from error


def _content(image: dict[str, Any] | bytes | None) -> bytes:
    """Return a picture's bytes; the Hub's libraries may store them in a separate file."""
    if isinstance(image, dict):
        if image.get("bytes") is None and image.get("path"):
            return Path(image["path"]).read_bytes()
        image = image.get("bytes")
    return image or b""
