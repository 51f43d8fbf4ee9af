"""Photographs in the rows of tables: Parquet files, and data sets on the Hub."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import accumulate, count
from pathlib import Path
from typing import Any

from cnnviz.base.errors import DatasetError
from cnnviz.data.file_names import SPLIT_NAMES
from cnnviz.data.photos import Photo, Photos, class_of

IMAGE, LABELS = "image", ("labels", "label")
ROWS_AT_ONCE = 32
PARQUET = ".parquet"
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
        batches: A function that reads columns of the table, some rows at a time. It may leave out the first so many
            rows, or fewer; with each piece comes the number of its first row.
        left_out: Nothing; rows without a label are skipped when they are read.
        notes: Nothing; tables can be understood in one way only.
    """

    name: str
    num_rows: int
    label: str
    class_names: tuple[str, ...]
    split: str | None
    batches: Callable[[Sequence[str], int], Iterable[tuple[int, Any]]]
    left_out: Mapping[str, str] = field(default_factory=dict)
    notes: Sequence[str] = ()

    def __len__(self) -> int:
        """Return the number of rows."""
        return self.num_rows

    def __iter__(self) -> Iterator[Photo]:
        """Yield one row after the other."""
        return self.after(0)

    def after(self, number: int) -> Iterator[Photo]:
        """Yield one row after the other, without the first so many."""
        for first, batch in self.batches([IMAGE, self.label], number):
            rows = zip(batch[IMAGE].to_pylist(), batch[self.label].to_pylist(), strict=True)
            for row, (image, label) in enumerate(rows, start=first):
                if row >= number:
                    yield Photo(f"{self.name} row {row}", self._class_of(label), self.split, partial(_content, image))

    @property
    def classes(self) -> set[str]:
        """The names of the classes. If the labels have no names, all labels are read."""
        labels: Iterable[Any] = range(len(self.class_names))
        if not self.class_names:
            labels = {label for _, batch in self.batches([self.label], 0) for label in batch[self.label].to_pylist()}
        return {name for label in labels if (name := self._class_of(label)) is not None}

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


def open_parquet(name: str, split: str | None, system: Any = None, path: str = "") -> Photos:
    """Open a Parquet file.

    Args:
        name: The path of the file, with a column `image` of bytes, or of structures with `bytes`, and a column
            `labels` or `label` of names or numbers. Numbers get the names that the Hub's libraries store in the file;
            if there are none, the numbers are the names.
        split: The split of all rows; None if cnnviz chooses it.
        system: The filesystem of pyarrow in which the file is; None for this machine's disks.
        path: Its path there; "" for its name.

    Returns:
        Its rows; only some are in memory at a time.

    Raises:
        DatasetError: If a column is missing, the file is damaged or pyarrow is not installed.
    """
    try:
        from pyarrow import parquet
    except ImportError as error:
        raise DatasetError(f"'{name}' needs pyarrow to be read: pip install pyarrow") from error
    open_it = partial(parquet.ParquetFile, path or name, filesystem=system)
    with _reading(name), open_it() as file:
        schema, num_rows = file.schema_arrow, file.metadata.num_rows
    label, class_names = _labels(name, schema)
    return TablePhotos(name, num_rows, label, class_names, split, partial(_batches, name, open_it))


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

    def batches(columns: Sequence[str], first: int) -> Iterator[tuple[int, Any]]:
        chosen = undecoded.select_columns(list(columns)).select(range(first, len(table)))
        return zip(count(first, ROWS_AT_ONCE), chosen.iter(ROWS_AT_ONCE))  # the numbers do not end

    return TablePhotos(name, len(table), label, class_names, split, batches)


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


def _batches(name: str, open_it: Callable[..., Any], columns: Sequence[str], first: int) -> Iterator[tuple[int, Any]]:
    """Read a Parquet file, some rows at a time, from the group of rows on in which row `first` is."""
    with _reading(name), open_it(buffer_size=BUFFER_BYTES, pre_buffer=False) as file:
        sizes = [file.metadata.row_group(group).num_rows for group in range(file.num_row_groups)]
        starts = list(accumulate(sizes, initial=0))
        groups = [group for group, end in enumerate(starts[1:]) if end > first]
        row = starts[groups[0]] if groups else first
        for batch in file.iter_batches(ROWS_AT_ONCE, row_groups=groups, columns=list(columns), use_threads=False):
            yield row, batch
            row += len(batch)


@contextmanager
def _reading(name: str) -> Iterator[None]:
    """Turn errors of the Parquet library into errors that name the file."""
    from pyarrow import ArrowException

    try:
        yield
    except (OSError, ArrowException) as error:
        raise DatasetError(f"'{name}' cannot be read as Parquet. Received: {error}") from error


def _content(image: dict[str, Any] | bytes | None) -> bytes:
    """Return a picture's bytes; the Hub's libraries may store them in a separate file."""
    if isinstance(image, dict):
        if image.get("bytes") is None and image.get("path"):
            return Path(image["path"]).read_bytes()
        image = image.get("bytes")
    return image or b""
