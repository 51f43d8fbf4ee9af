"""What each peer is asked and how it answers, in an environment of its own that knows neither cnnviz nor pytest.

    python tests/oracle/by_captum.py FOLDER

FOLDER holds `model.keras`, `question.json` and `question.npz`. What the peer computes is put there as `answer.npz`; or,
where the question asks for it, as `times.json` the seconds of each task, and their multiple of the peer's own forward
pass.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.timing import time_beside

Tasks = dict[str, Callable[[], Any]]
"""By name, such as "grad_cam/dog/conv2d_4" or "saliency/dog": what gives an array."""


class Question:
    """A model, a picture, and which maps of it are wanted.

    Args:
        folder: Where the question lies.
    """

    def __init__(self, folder: Path) -> None:
        """Read it."""
        self.folder = folder
        for name, value in json.loads((folder / "question.json").read_text(encoding="utf-8")).items():
            setattr(self, name, value)
        arrays = np.load(folder / "question.npz")
        self.picture, self.noisy = arrays["picture"][None], arrays["noisy"]

    def model(self) -> Any:
        """Give the model as a functional one whose layers were called once: some peers need that."""
        import keras

        model = keras.saving.load_model(self.folder / "model.keras")
        copy = keras.models.clone_model(keras.Model(model.inputs, model.outputs))
        copy.set_weights(model.get_weights())
        return copy

    def linear_model(self) -> Any:
        """Give the same without its last activation function: it gives logits."""
        import keras

        model = self.model()
        model.layers[-1].activation = keras.activations.linear
        return model


def answer(tasks_of: Callable[[Question], Tasks]) -> None:
    """Compute what is asked for, or time it."""
    question = Question(Path(sys.argv[1]))
    tasks = tasks_of(question)
    if question.timed:
        forward = tasks.pop("forward")
        times = time_beside(forward, {name: task for name, task in tasks.items() if "activation/" not in name})
        (question.folder / "times.json").write_text(json.dumps(times), encoding="utf-8")
    else:
        np.savez(question.folder / "answer.npz", **{name: np.asarray(task()) for name, task in tasks.items()})
