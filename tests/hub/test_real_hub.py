"""The round trip on the real Hugging Face Hub: `pytest -m hub`, with a token that may write.

It makes a private repository of its own, and deletes it.
"""

import uuid
from collections.abc import Iterator
from pathlib import Path

import keras
import numpy as np
import pytest
from huggingface_hub import HfApi

import cnnviz
from cnnviz.hub.client import Reference
from cnnviz.hub.publish import publish
from cnnviz.hub.pull import find_cached, pull

pytestmark = pytest.mark.hub


@pytest.fixture
def repository() -> Iterator[str]:
    """A repository's name that nobody has."""
    api = HfApi()
    name = f"{api.whoami()['name']}/cnnviz-test-{uuid.uuid4().hex[:8]}"
    yield name
    api.delete_repo(name, missing_ok=True)


def test_model_comes_back_as_it_went(repository: str, model_folder: Path, photo: Path) -> None:
    done = publish(model_folder, repository, private=True, tag="trial")
    assert done.is_new
    again = publish(model_folder, repository, tag="trial")
    assert (again.commit, again.is_new) == (done.commit, False)

    for revision in ("main", "trial", done.commit):
        explorer = cnnviz.load(f"{repository}@{revision}")
        assert explorer.source.commit == done.commit
        assert explorer(photo).probabilities == cnnviz.load(model_folder)(photo).probabilities
    weights = pull(Reference(repository)).folder / "model.weights.h5"
    weights.resolve().write_bytes(b"rotted")
    assert list(find_cached(Reference(repository))) == []
    assert pull(Reference(repository, done.commit)).commit == done.commit

    batch = np.zeros((1, 150, 150, 3), np.float32)
    theirs = keras.saving.load_model(f"hf://{repository}")
    np.testing.assert_allclose(theirs(batch), keras.saving.load_model(model_folder)(batch), atol=1e-6)
