"""The model folder: whole or refused, and plain Keras's too."""

import hashlib
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from cnnviz.base.errors import CnnvizError, FolderError
from cnnviz.explorer.loading import BUNDLED_FOLDER
from cnnviz.model_folder.folder import (
    add_files,
    measured_folder,
    read_folder,
    recover_folder,
    require_replaceable,
    write_folder,
)
from cnnviz.model_folder.manifest import FILES, MANIFEST, MAX_PICTURE_BYTES, SETTINGS, verify_folder
from cnnviz.network.network import Network
from cnnviz.picture.preprocessing import Preprocessing
from pictures import draw

CLASS_NAMES = ("cat", "dog")
MAX_WEIGHTS_BYTES = 14 * 10**6
TRAINING = {"epochs": 1, "command": "python train.py"}
SMALL = Preprocessing(8, 8)

WITHOUT_CNNVIZ = """
import json, sys
import numpy as np
try:
    import cnnviz
except ImportError:
    pass
else:
    sys.exit("cnnviz can be imported here")
import keras
model = keras.saving.load_model(sys.argv[1])
np.save(sys.argv[3], np.asarray(model(np.load(sys.argv[2]))))
print(json.dumps([layer.name for layer in model.layers]))
"""


def small_model(seed: int = 0) -> keras.Model:
    keras.utils.set_random_seed(seed)
    return keras.Sequential(
        [keras.Input((8, 8, 3)), keras.layers.Flatten(), keras.layers.Dense(1, activation="sigmoid", name="only")]
    )


def write_small(path: Path, seed: int = 0, **changed: Any) -> Path:
    return write_folder(path, small_model(seed), CLASS_NAMES, SMALL, {**TRAINING, **changed})


def describe(path: Path, *description: Any) -> None:
    """Write a folder anew with metrics, a card and pictures."""
    with measured_folder(path, read_folder(path)) as fresh:
        fresh.describe(*description)


def logit(path: Path) -> float:
    return float(read_folder(path).logits(np.ones((1, 8, 8, 3), np.float32))[0, 0])


def edit_manifest(path: Path, **changed: Any) -> None:
    manifest = json.loads((path / MANIFEST).read_text(encoding="utf-8"))
    manifest = {name: value for name, value in {**manifest, **changed}.items() if value is not ...}
    (path / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")


@pytest.fixture
def small_folder(tmp_path: Path) -> Path:
    """A model folder of a tiny network, to be damaged."""
    return write_small(tmp_path / "models" / "small")


# Written whole


def test_read_network_gives_equal_logits(network: Network, model: keras.Sequential) -> None:
    built = Network(model, CLASS_NAMES, Preprocessing())
    batch = network.preprocessing([draw(seed=seed) for seed in range(3)])
    assert np.array_equal(network.logits(batch), built.logits(batch))


def test_folder_holds_the_promised_files_and_nothing_else(model_folder: Path) -> None:
    promised = ["README.md", "cnnviz.json", "config.json", "metadata.json", "metrics.json", "model.weights.h5"]
    assert sorted(path.name for path in model_folder.iterdir()) == promised
    assert sorted((*FILES, MANIFEST)) == promised
    assert [path.name for path in model_folder.parent.iterdir()] == [model_folder.name]


def test_manifest_says_what_the_model_is(model_folder: Path, network: Network) -> None:
    manifest = json.loads((model_folder / MANIFEST).read_text(encoding="utf-8"))
    assert manifest["format_version"] == 1
    assert manifest["class_names"] == ["cat", "dog"]
    assert manifest["preprocessing"] == Preprocessing().to_dict()
    assert manifest["training"] == {"epochs": 0, "seed": 7}
    assert manifest["versions"]["keras"] == keras.__version__
    assert manifest["files"].keys() == set(FILES)
    assert network.manifest == manifest
    assert (network.class_names, network.preprocessing, network.folder) == (CLASS_NAMES, Preprocessing(), model_folder)


def test_plain_keras_opens_the_folder_where_cnnviz_cannot_be_imported(
    model_folder: Path, network: Network, tmp_path: Path
) -> None:
    batch = network.preprocessing([draw()])
    np.save(tmp_path / "batch.npy", batch)
    arguments = [model_folder, tmp_path / "batch.npy", tmp_path / "output.npy"]
    command = [sys.executable, "-I", "-c", WITHOUT_CNNVIZ, *map(str, arguments)]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout) == [layer.name for layer in network.layers]
    assert np.abs(np.load(tmp_path / "output.npy") - network.activations(batch)[0][-1]).max() < 1e-6


def test_trained_model_is_saved_without_its_optimizer(model: keras.Sequential, tmp_path: Path) -> None:
    copy = keras.Sequential.from_config(model.get_config())
    schedule = keras.optimizers.schedules.CosineDecay(1e-4, 10)
    copy.compile(keras.optimizers.RMSprop(schedule), "binary_crossentropy", metrics=["accuracy"])
    copy.train_on_batch(np.ones((1, 150, 150, 3), np.float32), np.ones((1, 1)))
    path = write_folder(tmp_path / "trained", copy, CLASS_NAMES, Preprocessing(), {})
    assert (path / "model.weights.h5").stat().st_size < MAX_WEIGHTS_BYTES
    assert copy.compiled  # the caller's model stays as it was
    assert not keras.saving.load_model(path).compiled
    assert all(map(np.array_equal, read_folder(path).model.get_weights(), copy.get_weights()))


def test_writing_over_a_model_folder_replaces_it(small_folder: Path) -> None:
    add_files(small_folder, {"curves.png": b"old"})
    before = logit(small_folder)
    write_small(small_folder, seed=1, epochs=9)
    assert logit(small_folder) != before
    assert verify_folder(small_folder)["training"]["epochs"] == 9
    assert not (small_folder / "curves.png").exists()
    assert [path.name for path in small_folder.parent.iterdir()] == ["small"]


def test_empty_folder_is_filled(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert logit(write_small(tmp_path / "empty")) == logit(write_small(tmp_path / "new"))


def test_folder_of_other_things_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    for path in (tmp_path, tmp_path / "thesis.txt"):
        with pytest.raises(FolderError, match=r"exists and is not a model folder\. Name another folder"):
            write_small(path)
        with pytest.raises(FolderError, match=r"exists and is not a model folder"):
            require_replaceable(path)
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("thesis.txt", "years of work")]


@pytest.mark.parametrize("path", [".", "..", "sub/..", "../empty", "/"])
def test_folder_that_somebody_is_in_is_refused(path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "empty" / "sub").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "empty")
    with pytest.raises(FolderError, match=r"is in use and cannot be replaced\. Name a folder inside it"):
        write_small(Path(path))
    assert [found.name for found in tmp_path.iterdir()] == ["empty"]


def test_folder_below_a_file_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(FolderError, match=r"Cannot write '.*file/model'\. Received: "):
        write_small(tmp_path / "file" / "model")


def test_a_disk_that_becomes_full_while_weights_are_written_leaves_nothing(
    model: keras.Model, small_disk: Path
) -> None:
    filler = small_disk / "filler"
    filler.write_bytes(bytes(28_000_000))
    with pytest.raises(FolderError, match=r"^Cannot write '.*/model'\. Received: .*No space left on device"):
        write_folder(small_disk / "model", model, ("cat", "dog"), Preprocessing(), {"epochs": 0})
    assert list(small_disk.iterdir()) == [filler]


def test_failing_midway_leaves_the_old_folder_and_no_litter(small_folder: Path) -> None:
    before = logit(small_folder)
    with pytest.raises(TypeError, match="not JSON serializable"):
        write_small(small_folder, seed=1, epochs=object())  # fails after the weights were written
    with pytest.raises(TypeError, match="not JSON serializable"):
        describe(small_folder, {"test": object()}, "card")
    assert logit(small_folder) == before
    assert [path.name for path in small_folder.parent.iterdir()] == ["small"]


def test_metrics_and_card_follow_with_their_hashes(small_folder: Path) -> None:
    before = logit(small_folder)
    describe(small_folder, {"test": {"accuracy": 0.5}}, "# Katze oder Hund? Süß!\n")
    network = read_folder(small_folder)
    assert network.metrics == {"test": {"accuracy": 0.5}}
    assert (small_folder / "README.md").read_text(encoding="utf-8") == "# Katze oder Hund? Süß!\n"
    assert network.manifest["training"] == TRAINING
    assert logit(small_folder) == before
    assert [path.name for path in small_folder.parent.iterdir()] == ["small"]


def test_pictures_of_the_card_are_part_of_the_folder(small_folder: Path) -> None:
    pictures = {"curves.png": b"a picture", "curves-dark.png": b"another"}
    describe(small_folder, {}, "card", pictures)
    assert verify_folder(small_folder)["files"].keys() == {*FILES, *pictures}
    assert {name: (small_folder / name).read_bytes() for name in pictures} == pictures
    read_folder(small_folder)
    describe(small_folder, {}, "another card")
    assert verify_folder(small_folder)["files"].keys() == set(FILES)
    assert not (small_folder / "curves.png").exists()


@pytest.mark.parametrize("damage", ["missing", "changed"])
def test_damaged_picture_is_found(damage: str, small_folder: Path) -> None:
    describe(small_folder, {}, "card", {"curves.png": b"a picture"})
    (small_folder / "curves.png").unlink() if damage == "missing" else flip_a_bit(small_folder / "curves.png")
    with pytest.raises(FolderError, match=r"curves\.png(' is damaged| is missing)"):
        read_folder(small_folder)


def test_what_is_measured_is_what_was_written_and_appears_only_when_the_measuring_is_done(small_folder: Path) -> None:
    other = Network(small_model(seed=1), CLASS_NAMES, SMALL, manifest={"training": {"epochs": 2}})
    before, batch = logit(small_folder), np.ones((1, 8, 8, 3), np.float32)
    with measured_folder(small_folder, other) as fresh:
        assert fresh.network.model is not other.model
        assert np.array_equal(fresh.network.logits(batch), other.logits(batch))
        assert fresh.network.manifest["training"] == {"epochs": 2}
        assert logit(small_folder) == before
        fresh.describe({"test": {"accuracy": 0.5}}, "card", {"curves.png": b"a picture"})
        assert logit(small_folder) == before
    read = read_folder(small_folder)
    assert np.array_equal(read.logits(batch), other.logits(batch))
    for name in ("folder", "manifest", "metrics"):
        assert getattr(fresh.network, name) == getattr(read, name)
    assert [path.name for path in small_folder.parent.iterdir()] == ["small"]


def test_measuring_that_fails_leaves_the_old_folder_and_no_litter(small_folder: Path) -> None:
    before = verify_folder(small_folder)
    other = Network(small_model(seed=1), CLASS_NAMES, SMALL)
    with pytest.raises(KeyboardInterrupt), measured_folder(small_folder, other):
        raise KeyboardInterrupt
    assert verify_folder(small_folder) == before
    assert [path.name for path in small_folder.parent.iterdir()] == ["small"]


def test_no_file_that_is_no_model_folder_is_replaced_by_a_measured_one(small_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "thesis.txt").write_text("years of work")
    with (
        pytest.raises(FolderError, match="is not a model folder"),
        measured_folder(tmp_path / "thesis", read_folder(small_folder)),
    ):
        pass


def test_file_that_the_manifest_does_not_list_is_nobody_s_business(small_folder: Path) -> None:
    (small_folder / "notes.txt").write_text("mine")
    assert read_folder(small_folder).class_names == CLASS_NAMES


def test_embedded_folder_opens_with_or_without_pictures() -> None:
    assert set(FILES) <= verify_folder(BUNDLED_FOLDER)["files"].keys()


def test_folder_that_a_kill_left_aside_is_put_back_and_leftovers_go(small_folder: Path) -> None:
    whole = verify_folder(small_folder)
    aside = small_folder.parent / ".small-old-x1"
    for _ in range(2):
        shutil.copytree(small_folder, aside / "small")
        recover_folder(small_folder)  # its replacement is there: the old one is rubbish
        assert not aside.exists()
    aside.mkdir()
    small_folder.rename(aside / "small")  # as between the two renames of a replacement
    (small_folder.parent / ".small-new-x1").mkdir()  # as before them
    recover_folder(small_folder)
    assert verify_folder(small_folder) == whole
    assert [path.name for path in small_folder.parent.iterdir()] == ["small"]


def test_folder_that_a_kill_left_aside_is_found_by_the_message(small_folder: Path) -> None:
    aside = small_folder.parent / ".small-old-x1"
    aside.mkdir()
    small_folder.rename(aside / "small")  # as between the two renames of a replacement
    with pytest.raises(FolderError, match=r"No model folder at '.*'\. Its replacement was cut short; .*'.*x1/small'"):
        read_folder(small_folder)
    (aside / "small").rename(small_folder)
    read_folder(small_folder)


def test_folder_can_be_moved_and_copied(small_folder: Path, tmp_path: Path) -> None:
    before = logit(small_folder)
    shutil.copytree(small_folder, tmp_path / "copy")
    small_folder.rename(tmp_path / "moved")
    assert logit(tmp_path / "moved") == logit(tmp_path / "copy") == before


# Refused when read


def flip_a_bit(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


HOSTILE_NAMES = ("../secret", "/etc/passwd", "a/b", "a\\b", "", ".", "..", ".hidden", "C:x", "a\0b", "ä", "a" * 999)


def list_file(path: Path, name: str) -> None:
    """Let the manifest list one more file, as a hostile one might."""
    files = json.loads((path / MANIFEST).read_text(encoding="utf-8"))["files"]
    edit_manifest(path, files={**files, name: {"size": 0, "sha256": hashlib.sha256().hexdigest()}})


DAMAGES: dict[str, tuple[Callable[[Path], Any], str]] = {
    "missing": (
        shutil.rmtree,
        r"No model folder at '.*small'\. Expected a model folder, a \.keras or \.h5 file",
    ),
    "a file": (lambda path: (shutil.rmtree(path), path.write_text("")), r"No model folder at"),
    "foreign": (lambda path: (path / MANIFEST).unlink(), r"is not a cnnviz model folder: it has no cnnviz\.json"),
    "cut short": (
        lambda path: (path / "model.weights.h5").write_bytes((path / "model.weights.h5").read_bytes()[:-100]),
        r"model\.weights\.h5' is damaged: expected \d+ bytes\. Received: \d+ bytes",
    ),
    "not JSON": (
        lambda path: (path / MANIFEST).write_text("{"),
        r"cnnviz\.json' is damaged: it is not JSON\. Received",
    ),
    "not text": (
        lambda path: (path / MANIFEST).write_bytes(b"\xff\xfe\x00"),
        r"cnnviz\.json' is damaged: it is not JSON",
    ),
    "deep": (lambda path: (path / MANIFEST).write_text("[" * 10**5), r"cnnviz\.json' is damaged: it is not JSON"),
    "a list": (lambda path: (path / MANIFEST).write_text("[]"), r"expected a JSON object\. Received: list"),
    "huge": (
        lambda path: (path / MANIFEST).write_bytes(b" " * (10 * 2**20 + 1)),
        r"cnnviz\.json' is damaged: it is larger",
    ),
    "newer": (
        lambda path: edit_manifest(path, format_version=2),
        r"has the format version 2; this .* reads 1\. Update",
    ),
    "no version": (lambda path: edit_manifest(path, format_version=...), r"has the format version None"),
    "unprintable name": (lambda path: edit_manifest(path, class_names=["\ud800", "dog"]), r"class_names missing"),
    "endless name": (lambda path: edit_manifest(path, class_names=["a" * 201, "dog"]), r"class_names missing"),
    "wrong names": (lambda path: edit_manifest(path, class_names=[0, 1]), r"is damaged: class_names missing or wrong"),
    "three names": (lambda path: edit_manifest(path, class_names=["a", "b", "c"]), r"needs 2 different class names"),
    "other steps": (
        lambda path: edit_manifest(path, preprocessing={**SMALL.to_dict(), "antialias": False}),
        r"cannot preprocess pictures as the model requires",
    ),
    "no steps": (lambda path: edit_manifest(path, preprocessing={}), r"needs a height and a width in pixels"),
    **{
        f"listing {name[:20]}": (lambda path, name=name: list_file(path, name), r"is damaged: it lists a file named")
        for name in HOSTILE_NAMES
    },
    "no files": (
        lambda path: edit_manifest(path, files={}),
        r"cnnviz\.json in '.*small' does not describe config\.json",
    ),
} | {
    f"no {name}": (lambda path, name=name: edit_manifest(path, **{name: ...}), rf"is damaged: {name} missing or wrong")
    for name in ("class_names", "preprocessing", "files", "versions", "training")
}


@pytest.mark.parametrize("case", DAMAGES)
def test_damaged_or_foreign_folder_is_refused_with_what_is_wrong(case: str, small_folder: Path) -> None:
    damage, message = DAMAGES[case]
    damage(small_folder)
    with pytest.raises(CnnvizError, match=message):
        read_folder(small_folder)


@pytest.mark.parametrize("name", FILES)
def test_missing_file_is_named(name: str, small_folder: Path) -> None:
    (small_folder / name).unlink()
    with pytest.raises(FolderError, match=rf"'.*small' is incomplete: {name} is missing"):
        read_folder(small_folder)


@pytest.mark.parametrize("name", FILES)
def test_one_flipped_bit_is_found(name: str, small_folder: Path) -> None:
    flip_a_bit(small_folder / name)
    with pytest.raises(
        FolderError, match=rf"{name}' is damaged: expected sha256 [0-9a-f]{{64}}\. Received: [0-9a-f]{{64}}"
    ):
        read_folder(small_folder)


def test_damaged_folder_gets_no_files(small_folder: Path) -> None:
    flip_a_bit(small_folder / "model.weights.h5")
    with pytest.raises(FolderError, match="is damaged: expected sha256"):
        add_files(small_folder, {"README.md": b"card"})


def test_what_the_page_does_not_send_may_be_large_and_what_could_not_be_opened_is_not_added(small_folder: Path) -> None:
    large = bytes(MAX_PICTURE_BYTES + 1)
    add_files(small_folder, {"timeline-0000000001.npz": large, "survey-photos.zip": large})
    before = verify_folder(small_folder)
    with pytest.raises(
        FolderError, match=rf"^curves\.png in '{re.escape(str(small_folder))}' is too large to be opened"
    ):
        add_files(small_folder, {"curves.png": large})
    assert verify_folder(small_folder) == before


def test_what_is_no_part_of_the_model_stays_in_its_folder(small_folder: Path) -> None:
    network = read_folder(small_folder)
    (small_folder / ".git" / "objects").mkdir(parents=True)
    (small_folder / ".git" / "objects" / "1").write_text("a commit")
    (small_folder / ".git" / "HEAD").symlink_to("objects/1")
    (small_folder / "notes.txt").write_text("mine")
    add_files(small_folder, {"README.md": b"card"})
    write_folder(small_folder, network.model, CLASS_NAMES, network.preprocessing, {})
    assert (small_folder / "notes.txt").read_text() == "mine"
    assert (small_folder / ".git" / "HEAD").is_symlink()
    assert (small_folder / ".git" / "HEAD").read_text() == "a commit"
    assert (small_folder / "README.md").read_text() != "card"


def test_model_that_keras_cannot_read_is_our_error(small_folder: Path) -> None:
    config = small_folder / "config.json"
    config.write_text(config.read_text().replace('"Dense"', '"Tense"'))  # the same size
    manifest = verify_with_new_hash(small_folder, "config.json")
    assert manifest["class_names"] == list(CLASS_NAMES)
    with pytest.raises(
        FolderError, match=r"is refused: it names something other than the layers of Keras .* Received: .*'Tense'"
    ):
        read_folder(small_folder)


def verify_with_new_hash(path: Path, name: str) -> dict[str, Any]:
    """Give a changed file its hash, as somebody would who changed it on purpose."""
    manifest = json.loads((path / MANIFEST).read_text(encoding="utf-8"))
    content = (path / name).read_bytes()
    manifest["files"][name] = {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    edit_manifest(path, files=manifest["files"])
    return verify_folder(path)


def test_what_the_graph_does_not_say_is_kept_in_the_manifest(tmp_path: Path) -> None:
    model = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Flatten(), keras.layers.Dense(2)])
    told = Network(model, CLASS_NAMES, SMALL, kind="multi_label")
    folder = write_folder(tmp_path / "told", model, CLASS_NAMES, SMALL, {}, told.settings)
    assert read_folder(folder).head == told.head
    describe(folder, {}, "A card.")
    assert read_folder(folder).settings == {"kind": "multi_label"}
    plain = read_folder(write_folder(tmp_path / "plain", model, CLASS_NAMES, SMALL, {}))
    assert (plain.head.kind, SETTINGS in plain.manifest) == ("softmax", False)
    assert plain.fingerprint != read_folder(folder).fingerprint


@pytest.mark.parametrize("named", [False, True])
def test_output_and_given_values_are_kept_in_the_manifest(named: bool, tmp_path: Path) -> None:
    picture, age = keras.Input((8, 8, 3), name="picture"), keras.Input((2,), name="age")
    joined = keras.layers.Concatenate()([keras.layers.Flatten()(picture), age])
    ends = [keras.layers.Dense(2, "softmax", name="kind")(joined), keras.layers.Dense(2, name="box")(joined)]
    outputs = {"kind": ends[0], "box": ends[1]} if named else ends
    model = keras.Model({"picture": picture, "age": age} if named else [age, picture], outputs)
    network = Network(model, CLASS_NAMES, SMALL, output="box", inputs={"age": np.array([3.0, -4.0])})
    found = read_folder(write_folder(tmp_path / "model", model, CLASS_NAMES, SMALL, {}, network.settings))
    assert found.settings == {"output": "box", "inputs": {"age": [3.0, -4.0]}}
    batch = SMALL([draw()])
    np.testing.assert_allclose(found.logits(batch), network.logits(batch), atol=1e-6)
    assert found.fingerprint == network.fingerprint


@pytest.mark.parametrize("settings", [[], {"kind": 3}, {"kinds": "softmax"}, {"inputs": [1]}])
def test_settings_that_are_damaged_are_one_sentence(small_folder: Path, settings: object) -> None:
    edit_manifest(small_folder, network=settings)
    with pytest.raises(FolderError, match=r"cnnviz\.json in .* is damaged\. Received: network="):
        read_folder(small_folder)
