"""What goes to the Hub and comes from it is small where its size is not the point."""

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def model_folder(small_folder: Path) -> Path:
    """A model of few weights as a folder; not to be changed."""
    return small_folder
