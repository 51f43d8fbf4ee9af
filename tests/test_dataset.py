"""Photographs on disk, in every form, dealt to the same splits whatever they are called."""

import shutil
import zipfile
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from cnnviz.dataset import SPLITS, Batches, Dataset, Split, find_photos, read_dataset
from cnnviz.errors import DatasetError
from cnnviz.preprocessing import Preprocessing
from pictures import write_class, write_kaggle

TINY = Preprocessing(4, 5)  # which keeps the drawn pictures' tiles apart


def pictures_by_split(dataset: Dataset) -> dict[str, list[tuple[bytes, int]]]:
    """Give each split's photographs and labels without their order."""
    return {
        name: sorted((image.tobytes(), int(label)) for image, label in zip(split.images, split.labels, strict=True))
        for name, split in dataset.splits.items()
    }


def zipped(folder: Path, file: Path, prefix: str = "") -> Path:
    with zipfile.ZipFile(file, "w") as archive:
        for path in sorted(folder.rglob("*")):
            archive.write(path, prefix + str(path.relative_to(folder)))
    return file


def by_class(folder: Path, kaggle_folder: Path, names: tuple[str, str] = ("cats", "dogs")) -> Path:
    """Copy Kaggle's files to one folder per class, under other file names."""
    for old, new in zip(("cat", "dog"), names, strict=True):
        (folder / new).mkdir(parents=True)
        for number, path in enumerate(sorted(kaggle_folder.glob(f"{old}.*"), reverse=True)):
            shutil.copy(path, folder / new / f"photo-{number}.jpeg")
    return folder


@pytest.fixture(scope="module")
def dataset(kaggle_folder: Path) -> Dataset:
    """Kaggle's folder, read."""
    return read_dataset(kaggle_folder, TINY)


# Every form


def test_kaggle_folder_has_the_classes_of_its_file_names(dataset: Dataset) -> None:
    assert dataset.class_names == ("cat", "dog")
    assert sum(len(split) for split in dataset.splits.values()) == 120
    assert Counter(int(label) for split in dataset.splits.values() for label in split.labels) == {0: 60, 1: 60}
    assert dataset.skipped == {}
    for split in dataset.splits.values():
        assert (split.images.shape, split.images.dtype) == ((len(split), 4, 5, 3), np.uint8)


@pytest.mark.parametrize(
    "form", ["in train", "zip", "zip in train", "per class", "per class in train", "wrapped", "zip wrapped"]
)
def test_every_form_gives_the_same_photographs_in_the_same_splits(
    form: str, kaggle_folder: Path, dataset: Dataset, tmp_path: Path
) -> None:
    if form == "in train":
        data = shutil.copytree(kaggle_folder, tmp_path / "train").parent
    elif form.startswith("zip"):
        prefix = {"zip": "", "zip in train": "train/", "zip wrapped": "PetImages/"}[form]
        source = by_class(tmp_path / "c", kaggle_folder) if form == "zip wrapped" else kaggle_folder
        data = zipped(source, tmp_path / "photos.zip", prefix)
    else:
        inner = {"per class": "", "per class in train": "train", "wrapped": "PetImages"}[form]
        by_class(tmp_path / "photos" / inner, kaggle_folder)
        data = tmp_path / "photos"
    read = read_dataset(data, TINY)
    assert read.class_names == ("cat", "dog")
    assert pictures_by_split(read) == pictures_by_split(dataset)


@pytest.mark.parametrize("name", ["validation", "val"])
def test_given_validation_folder_is_the_validation_split(name: str, tmp_path: Path) -> None:
    for class_name, seed in (("cats", 1), ("dogs", 2)):
        write_class(tmp_path / "train" / class_name, 50, seed=seed)
        write_class(tmp_path / name / class_name, 7, seed=seed + 10)
    given = {find.class_name for find in find_photos(tmp_path) if find.split == "validation"}
    splits = read_dataset(tmp_path, TINY).splits
    assert given == {"cat", "dog"}
    assert len(splits["validation"]) == 14
    assert len(splits["train"]) + len(splits["test"]) == 100
    assert 0 < len(splits["test"]) < 30


def test_given_test_folder_is_the_test_split_and_the_rest_is_train(tmp_path: Path) -> None:
    for class_name, seed in (("cats", 1), ("dogs", 2)):
        for offset, split in enumerate(SPLITS):
            write_class(tmp_path / split / class_name, 3 + offset, seed=seed + 10 * offset)
    sizes = {name: len(split) for name, split in read_dataset(tmp_path, TINY).splits.items()}
    assert sizes == {"train": 6, "validation": 8, "test": 10}


def test_rule_of_the_split_tells_what_was_given(tmp_path: Path) -> None:
    for class_name, seed in (("cats", 1), ("dogs", 2)):
        for offset, split in enumerate(SPLITS):
            write_class(tmp_path / split / class_name, 40, seed=seed + 10 * offset)
    dealt = "by sha256 of the file's bytes and the seed"
    rest = tmp_path / "train"
    assert read_dataset(rest, TINY).split_rule == f"80% train, 10% validation, 10% test, {dealt}"
    assert (
        read_dataset(tmp_path, TINY).split_rule == f"test and validation from folders; of the rest 100% train, {dealt}"
    )


def test_classes_are_in_alphabetical_order_whatever_the_folders(kaggle_folder: Path, tmp_path: Path) -> None:
    dataset = read_dataset(by_class(tmp_path, kaggle_folder, ("zebra", "ant")), TINY)
    assert dataset.class_names == ("ant", "zebra")


def test_what_the_system_put_there_is_no_photograph(kaggle_folder: Path, tmp_path: Path) -> None:
    folder = by_class(tmp_path, kaggle_folder)
    for name in (".DS_Store", "cats/.DS_Store", "cats/Thumbs.db", "dogs/desktop.ini"):
        (folder / name).write_bytes(b"system")
    (folder / "__MACOSX" / "cats").mkdir(parents=True)
    assert read_dataset(folder, TINY).skipped == {}


# Splits


def test_split_follows_the_bytes_and_not_name_folder_or_order(
    dataset: Dataset, kaggle_folder: Path, tmp_path: Path
) -> None:
    for path in kaggle_folder.iterdir():
        class_name, number, _ = path.name.split(".")
        shutil.copy(path, tmp_path / f"{class_name}.{1000 - int(number)}.jpg")
    assert pictures_by_split(read_dataset(tmp_path, TINY)) == pictures_by_split(dataset)


def test_photograph_keeps_its_split_when_others_come_or_go(
    dataset: Dataset, kaggle_folder: Path, tmp_path: Path
) -> None:
    for path in sorted(kaggle_folder.iterdir())[::2]:
        shutil.copy(path, tmp_path)
    fewer, all_of_them = pictures_by_split(read_dataset(tmp_path, TINY)), pictures_by_split(dataset)
    assert all(set(fewer[name]) <= set(all_of_them[name]) for name in SPLITS)


def test_copies_never_straddle_splits(kaggle_folder: Path, tmp_path: Path) -> None:
    for number, path in enumerate(sorted(kaggle_folder.iterdir())):
        for copy in range(3):
            shutil.copy(path, tmp_path / f"{path.name[:3]}.{3 * number + copy}.jpg")
    splits = pictures_by_split(read_dataset(tmp_path, TINY))
    assert sum(len(split) for split in splits.values()) == 360
    assert len(set.union(*(set(split) for split in splits.values()))) == 120
    assert sum(len(set(split)) for split in splits.values()) == 120


def test_other_seeds_deal_other_splits(dataset: Dataset, kaggle_folder: Path) -> None:
    other = read_dataset(kaggle_folder, TINY, seed=1)
    assert pictures_by_split(other) != pictures_by_split(dataset)
    assert pictures_by_split(read_dataset(kaggle_folder, TINY, seed=0)) == pictures_by_split(dataset)


def test_shares_are_about_80_10_and_10(tmp_path: Path) -> None:
    splits = read_dataset(write_kaggle(tmp_path, 500, seed=3), TINY).splits
    shares = [len(splits[name]) / 1000 for name in SPLITS]
    assert shares == pytest.approx([0.8, 0.1, 0.1], abs=0.04)


# Corrupt files and errors


@pytest.mark.parametrize("as_zip", [False, True])
def test_corrupt_files_are_skipped_and_named(as_zip: bool, kaggle_folder: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(kaggle_folder, tmp_path / "photos")
    (folder / "cat.1000.jpg").write_bytes(b"")
    (folder / "dog.1001.jpg").write_text("not a picture")
    (folder / "dog.1002.jpg").write_bytes((folder / "dog.1.jpg").read_bytes()[:200])
    dataset = read_dataset(zipped(folder, tmp_path / "photos.zip") if as_zip else folder, TINY)
    assert sorted(Path(name).name for name in dataset.skipped) == ["cat.1000.jpg", "dog.1001.jpg", "dog.1002.jpg"]
    reasons = {Path(name).name: reason for name, reason in dataset.skipped.items()}
    assert "empty" in reasons["cat.1000.jpg"]
    assert "text" in reasons["dog.1001.jpg"]
    assert sum(len(split) for split in dataset.splits.values()) == 120


def test_damaged_member_of_a_zip_is_skipped_and_named(kaggle_folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "photos.zip"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(kaggle_folder.iterdir()):
            archive.write(path, path.name)
        first, second = archive.infolist()[:2]
    content = bytearray(file.read_bytes())
    for place in range(first.header_offset + 60, second.header_offset):
        content[place] ^= 0x55
    file.write_bytes(content)
    assert list(map(Path, read_dataset(file, TINY).skipped)) == [file / "cat.0.jpg"]


def test_missing_folder_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no zip")
    for data in (tmp_path / "nowhere", tmp_path / "notes.txt"):
        with pytest.raises(DatasetError, match=r"No photographs at '.*': expected a folder or a zip file"):
            read_dataset(data, TINY)


@pytest.mark.parametrize("inside", ["", "cats", "train/cats"])
def test_empty_folder_is_an_error(inside: str, tmp_path: Path) -> None:
    (tmp_path / inside).mkdir(parents=True, exist_ok=True)
    with pytest.raises(DatasetError, match=r"No photographs in '.*': expected cat\.0\.jpg, dog\.0\.jpg"):
        read_dataset(tmp_path, TINY)


@pytest.mark.parametrize(("class_names", "num_classes"), [(["cats"], 1), (["cats", "dogs", "birds"], 3)])
def test_other_than_two_classes_are_an_error(class_names: list[str], num_classes: int, tmp_path: Path) -> None:
    for class_name in class_names:
        write_class(tmp_path / class_name, 4)
    message = rf"of two classes are needed: .* Received: \d+ file\(s\) of {num_classes} class\(es\) \['"
    with pytest.raises(DatasetError, match=message):
        read_dataset(tmp_path, TINY)


def test_split_without_a_class_is_an_error(tmp_path: Path) -> None:
    write_class(tmp_path / "cats", 60, seed=1)
    write_class(tmp_path / "dogs", 1, seed=2)
    (tmp_path / "dogs" / "broken.jpg").write_bytes(b"\0")
    with pytest.raises(
        DatasetError, match=r"split has no readable photograph of 'dog'\. .*1 file\(s\) could not be read"
    ):
        read_dataset(tmp_path, TINY)


# Batches


@pytest.fixture(scope="module")
def split() -> Split:
    """A hundred and three pictures that are dark on the left, whose first pixel is their number."""
    images = np.zeros((103, 4, 5, 3), np.uint8)
    images[:, :, -1] = 200
    images[:, 0, 2, 0] = np.arange(103)
    return Split(images, np.arange(103, dtype=np.int64) % 2)


def epoch(batches: Batches) -> tuple[np.ndarray, np.ndarray]:
    images, labels = zip(*(batches[index] for index in range(len(batches))), strict=True)
    return np.concatenate(images), np.concatenate(labels)


def numbers(images: np.ndarray) -> list[int]:
    return np.rint(images[:, 0, 2, 0] * 255).astype(int).tolist()


def is_mirrored(images: np.ndarray) -> np.ndarray:
    return images[:, -1, 0, 0] > 0


def test_every_photograph_comes_once_an_epoch_with_its_label(split: Split) -> None:
    images, labels = epoch(Batches(split, 20, TINY, seed=3))
    assert sorted(numbers(images)) == list(range(103))
    assert labels[:, 0].tolist() == [number % 2 for number in numbers(images)]


def test_last_batch_holds_the_rest(split: Split) -> None:
    batches = Batches(split, 20, TINY, seed=3)
    assert len(batches) == 6
    assert [len(batches[index][0]) for index in range(6)] == [20] * 5 + [3]
    assert [values.dtype for values in batches[5]] == [np.float32, np.float32]
    assert [values.shape for values in batches[5]] == [(3, 4, 5, 3), (3, 1)]


def test_about_half_are_mirrored_and_others_in_each_epoch(split: Split) -> None:
    batches = Batches(split, 20, TINY, seed=3)
    mirrored = []
    for _ in range(20):
        images, _ = epoch(batches)
        order = np.argsort(numbers(images))
        mirrored.append(is_mirrored(images)[order])
        batches.on_epoch_end()
    assert 0.45 < np.mean(mirrored) < 0.55
    assert len({row.tobytes() for row in mirrored}) == 20
    assert all(0 < share < 1 for share in np.mean(mirrored, axis=0))


def test_order_and_flips_follow_from_seed_and_epoch(split: Split) -> None:
    first, second, other = (Batches(split, 20, TINY, seed) for seed in (3, 3, 4))
    for batches in (first, second):
        batches.on_epoch_end()
    assert np.array_equal(epoch(first)[0], epoch(second)[0])
    assert not np.array_equal(epoch(first)[0], epoch(other)[0])
    later = epoch(first)[0]
    first.on_epoch_end()
    assert numbers(epoch(first)[0]) != numbers(later)


def test_without_a_seed_nothing_is_moved_or_mirrored(split: Split) -> None:
    batches = Batches(split, 20, TINY)
    batches.on_epoch_end()
    images, _ = epoch(batches)
    assert numbers(images) == list(range(103))
    assert not is_mirrored(images).any()


def test_batches_leave_the_photographs_as_they_are(split: Split) -> None:
    before = split.images.copy()
    epoch(Batches(split, 20, TINY, seed=3))
    assert np.array_equal(split.images, before)
