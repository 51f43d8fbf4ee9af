"""The same model folder on JAX and on PyTorch: the same as on TensorFlow, in a process without it."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import cnnviz
from cnnviz.atlas.atlas import build_layer_atlas
from cnnviz.base.errors import OptionError
from cnnviz.explorer.explorer import Explorer
from cnnviz.network.backend import require_backend
from cnnviz.network.network import Network
from cnnviz.training.devices import choose_devices
from server import ROOT

UNKNOWN = (
    r"cnnviz computes with TensorFlow, JAX or PyTorch: set KERAS_BACKEND to tensorflow or jax or torch\. "
    r"Received: '{name}'\."
)
TRAINING = r"cnnviz trains with TensorFlow or JAX: set KERAS_BACKEND to tensorflow or jax\. Received: 'torch'\."
TOLERANCE = 1e-5
ASCENT_TOLERANCE = 0.05
"""Ways up part where two steps are equally good."""
EXPLORE = """
import sys
sys.modules["tensorflow"] = None  # as if it were not installed
from concurrent.futures import ThreadPoolExecutor
import keras, numpy as np
import cnnviz
from cnnviz.atlas.atlas import build_layer_atlas
model, photo, out, backend = sys.argv[1:]
explorer = cnnviz.load(model)
assert keras.backend.backend() == backend
result = explorer(photo)
with ThreadPoolExecutor(4) as pool:
    for other in pool.map(explorer, [photo] * 8):
        assert other.pictures() == result.pictures()
assert abs(explorer.predict(photo)["dog"] - result.probabilities["dog"]) < 1e-6
result.save(out)
effects = explorer.effects(photo, "conv2d_3")
without = explorer.ablate(photo, {"conv2d_3": [17]})
assert abs(abs(effects[17]) - abs(without.original_logits - without.logits)[0]) < 1e-6
np.save(out + "/effects.npy", effects)
np.save(out + "/evidence.npy", result.explain("hires_cam", "dog", "conv2d_3").values)
np.save(out + "/saliency.npy", result.explain("saliency", "cat").values)
np.save(out + "/atlas.npy", build_layer_atlas(explorer.network, "conv2d_2").activations)
np.savez(out + "/activations.npz", **{layer.name: layer.activation for layer in result.layers})
"""


@pytest.fixture
def without_keras(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keras is not imported yet, and nothing names its backend."""
    monkeypatch.delitem(sys.modules, "keras")
    monkeypatch.delenv("KERAS_BACKEND", raising=False)


@pytest.mark.usefixtures("without_keras")
def test_backend_of_the_variable_or_of_keras_s_settings_is_refused_if_it_is_another(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    require_backend()  # Keras's own default
    settings = tmp_path / "keras.json"
    settings.write_text('{"backend": "numpy"}')
    with pytest.raises(OptionError, match=UNKNOWN.format(name="numpy")):
        require_backend()
    for damaged in ("{", "[]", '{"backend": "jax"}'):
        settings.write_text(damaged)
        require_backend()
    monkeypatch.setenv("KERAS_BACKEND", "openvino")
    for ask in (require_backend, cnnviz.load, cnnviz.build_model):
        with pytest.raises(OptionError, match=UNKNOWN.format(name="openvino")):
            ask()
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    with pytest.raises(OptionError, match=TRAINING):
        choose_devices()
    assert "keras" not in sys.modules


@pytest.mark.usefixtures("without_keras")
@pytest.mark.parametrize(
    ("name", "others"),
    [("tensorflow", "jax or torch"), ("jax", "tensorflow or torch"), ("torch", "tensorflow or jax")],
)
def test_backend_that_is_not_installed_is_one_sentence(name: str, others: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KERAS_BACKEND", name)
    monkeypatch.setitem(sys.modules, name, None)  # as if it were not installed
    message = rf"The backend {name} is not installed\. Run `pip install {name}`, or set KERAS_BACKEND to {others}\."
    with pytest.raises(OptionError, match=message):
        cnnviz.load()


@pytest.mark.parametrize(
    "backend", [pytest.param("jax", marks=pytest.mark.slow), pytest.param("torch", marks=pytest.mark.torch)]
)
def test_another_backend_gives_what_tensorflow_gives(
    backend: str, model_folder: Path, photo: Path, network: Network, tmp_path: Path
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", EXPLORE, str(model_folder), str(photo), str(tmp_path), backend],
        cwd=ROOT,
        env=os.environ | {"KERAS_BACKEND": backend},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert len(list(tmp_path.glob("*.png"))) == 12
    activations = np.load(tmp_path / "activations.npz")
    result = Explorer(network)(photo)
    assert list(activations) == [layer.name for layer in result.layers]
    for layer in result.layers:
        np.testing.assert_allclose(activations[layer.name], layer.activation, atol=TOLERANCE)
    effects = Explorer(network).effects(photo, "conv2d_3")
    np.testing.assert_allclose(np.load(tmp_path / "effects.npy"), effects, atol=TOLERANCE)
    evidence = result.explain("hires_cam", "dog", "conv2d_3").values
    np.testing.assert_allclose(np.load(tmp_path / "evidence.npy"), evidence, atol=TOLERANCE)
    saliency = result.explain("saliency", "cat").values
    np.testing.assert_allclose(np.load(tmp_path / "saliency.npy"), saliency, atol=TOLERANCE)
    atlas = build_layer_atlas(network, "conv2d_2").activations
    np.testing.assert_allclose(np.load(tmp_path / "atlas.npy"), atlas, rtol=ASCENT_TOLERANCE)
