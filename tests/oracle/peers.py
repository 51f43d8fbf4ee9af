"""The peers: asking them in their own environments, which `make oracle` makes."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import numpy as np

from cnnviz.network.network import Network
from cnnviz.why.attribution import GRAY

ROOT = Path(__file__).parents[2]
ENVIRONMENTS = {"xplique": "tensorflow", "tf_keras_vis": "tensorflow", "keract": "tensorflow", "captum": "torch"}
NUM_SAMPLES, NOISE = 32, 0.2


def write_question(folder: Path, network: Network, picture: np.ndarray, layers: list[str], **settings: Any) -> None:
    """Write what `question.py` reads.

    Args:
        folder: A new folder.
        network: The network.
        picture: Shape (height, width, 3), float32 in [0, 1].
        layers: Their names.
        settings: what to change: classes, timed.
    """
    folder.mkdir()
    network.model.save(folder / "model.keras")
    noise = np.random.default_rng(0).normal(0, NOISE * float(np.ptp(picture)), (NUM_SAMPLES, *picture.shape))
    np.savez(folder / "question.npz", picture=picture, noisy=(picture + noise).astype(np.float32))
    shorter = min(picture.shape[:2])
    question = {
        "classes": {name: network.head.output_of(name) for name in network.class_names},
        "layers": layers,
        "patch": round(0.1 * shorter),
        "stride": round(0.06 * shorter),
        "gray": GRAY,
        "steps": [48, 144, 432],
        "timed": False,
    }
    (folder / "question.json").write_text(json.dumps({**question, **settings}), encoding="utf-8")


def python_of(peer: str) -> Path:
    """Give a peer's interpreter, whether or not it is there."""
    return ROOT / ".oracle" / ENVIRONMENTS[peer] / "bin/python"


def ask(peer: str, folder: Path) -> None:
    """Let a peer put its answer into the question's folder."""
    command = [python_of(peer), Path(__file__).with_name(f"by_{peer}.py"), folder]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TF_CPP_MIN_LOG_LEVEL": "3"}
    for name in ("KERAS_BACKEND", "PYTEST_CURRENT_TEST"):
        environment.pop(name, None)
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{peer} gave no answer:\n{done.stderr}")
