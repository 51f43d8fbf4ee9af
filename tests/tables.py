"""Parquet files as the Hub has them, written for the tests."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import parquet

STRUCTURE = pa.struct({"bytes": pa.binary(), "path": pa.string()})


def write_parquet(
    path: Path,
    photos: Sequence[Path],
    labels: Sequence[Any],
    names: Sequence[str] = (),
    label_column: str = "labels",
    image_type: pa.DataType = STRUCTURE,
) -> Path:
    """Write photographs with labels, and the labels' names as the Hub's libraries do; give the path."""
    contents = [photo.read_bytes() for photo in photos]
    images = [{"bytes": content, "path": None} for content in contents] if image_type == STRUCTURE else contents
    feature = {"names": names, "_type": "ClassLabel"} if names else {"dtype": "int64", "_type": "Value"}
    metadata = {"huggingface": json.dumps({"info": {"features": {label_column: feature}}})} if names else {}
    table = pa.table({"image": pa.array(images, image_type), label_column: pa.array(labels)})
    path.parent.mkdir(parents=True, exist_ok=True)
    parquet.write_table(table.replace_schema_metadata(metadata), path)
    return path
