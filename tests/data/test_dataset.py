"""Photographs on disk, in every form, dealt to the same splits whatever they are called."""

import shutil
import subprocess
import sys
import time
import zipfile
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from threading import Thread

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from cnnviz.base.errors import DatasetError
from cnnviz.data.dataset import Dataset, Split, look_at, read_dataset, read_photos
from cnnviz.data.pixel_cache import STAGED, PhotoCache
from cnnviz.data.splits import SPLITS
from cnnviz.picture.preprocessing import Preprocessing
from pictures import draw, encode, write_class, write_kaggle
from server import ROOT
from tables import write_parquet

TINY = Preprocessing(4, 5)  # which keeps the drawn pictures' tiles apart


@pytest.fixture(scope="module", autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder of this file's own for the decoded photographs."""
    with pytest.MonkeyPatch.context() as patch:
        path = tmp_path_factory.mktemp("cache")
        patch.setenv("CNNVIZ_CACHE", str(path))
        yield path


def pictures_by_split(dataset: Dataset) -> dict[str, list[tuple[bytes, int]]]:
    """Give each split's photographs and labels without their order."""
    return {
        name: sorted((image.tobytes(), int(label)) for image, label in zip(split[:], split.labels, strict=True))
        for name, split in dataset.splits.items()
    }


def zipped(folder: Path, file: Path, prefix: str = "") -> Path:
    with zipfile.ZipFile(file, "w") as archive:
        for path in sorted(folder.rglob("*")):
            archive.write(path, prefix + str(path.relative_to(folder)))
    return file


def noted(text: str) -> PngInfo:
    """A note for a PNG file, which changes its bytes and no pixel."""
    info = PngInfo()
    info.add_text("note", text)
    return info


def by_class(folder: Path, kaggle_folder: Path, names: tuple[str, str] = ("cats", "dogs")) -> Path:
    """Copy Kaggle's files to one folder per class, under other file names."""
    for old, new in zip(("cat", "dog"), names, strict=True):
        (folder / new).mkdir(parents=True)
        for number, path in enumerate(sorted(kaggle_folder.glob(f"{old}.*"), reverse=True)):
            shutil.copy(path, folder / new / f"photo-{number}.jpeg")
    return folder


@pytest.fixture(scope="module")
def dataset(kaggle_folder: Path, cache: Path) -> Dataset:
    """Kaggle's folder, read."""
    return read_dataset(kaggle_folder, TINY)


# Every form


def test_kaggle_folder_has_the_classes_of_its_file_names(dataset: Dataset) -> None:
    assert dataset.class_names == ("cat", "dog")
    assert sum(len(split) for split in dataset.splits.values()) == 120
    assert Counter(int(label) for split in dataset.splits.values() for label in split.labels) == {0: 60, 1: 60}
    assert dataset.skipped == {}
    for split in dataset.splits.values():
        assert (split[:].shape, split[:].dtype) == ((len(split), 4, 5, 3), np.uint8)


@pytest.mark.parametrize(
    "form", ["in train", "zip", "zip in train", "tar", "per class", "per class in train", "wrapped", "zip wrapped"]
)
def test_every_form_gives_the_same_photographs_in_the_same_splits(
    form: str, kaggle_folder: Path, dataset: Dataset, tmp_path: Path
) -> None:
    if form == "in train":
        data = shutil.copytree(kaggle_folder, tmp_path / "train").parent
    elif form == "tar":
        data = Path(shutil.make_archive(str(tmp_path / "photos"), "gztar", kaggle_folder))
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
    splits = read_dataset(tmp_path, TINY).splits
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
    evened = f"80% train, 10% validation, 10% test, {dealt}, evened out for cat, dog"
    assert read_dataset(rest, TINY).split_rule == evened
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
    for path in sorted(kaggle_folder.iterdir())[1:]:
        shutil.copy(path, tmp_path)
    fewer, all_of_them = pictures_by_split(read_dataset(tmp_path, TINY)), pictures_by_split(dataset)
    assert sum(len(set(all_of_them[name]) - set(fewer[name])) for name in SPLITS) <= 1 + 3


def test_ten_photographs_of_each_of_five_classes_are_in_every_split(tmp_path: Path) -> None:
    names = ("ant", "bee", "cow", "doe", "eel")
    for seed, name in enumerate(names):
        write_class(tmp_path / name, 10, seed=seed)
    for split_seed in range(5):
        dataset = read_dataset(tmp_path, TINY, split_seed)
        assert (dataset.class_names, dataset.split_seed) == (names, split_seed)
        for name, size in (("train", 8), ("validation", 1), ("test", 1)):
            assert Counter(dataset.splits[name].labels.tolist()) == dict.fromkeys(range(5), size)


def test_photographs_of_equal_pixels_are_copies_whatever_their_bytes(kaggle_folder: Path, tmp_path: Path) -> None:
    paths = sorted(kaggle_folder.iterdir())
    for number, path in enumerate(paths):
        with Image.open(path) as picture:
            for copy in range(3):
                picture.save(tmp_path / f"{path.name[:3]}.{3 * number + copy}.png", pnginfo=noted(str(copy)))
    splits = pictures_by_split(read_dataset(by_class(tmp_path / "c", tmp_path), TINY))
    assert sum(len(split) for split in splits.values()) == 3 * len(paths)
    assert sum(len(set(split)) for split in splits.values()) == len(paths)


def test_copies_never_straddle_splits(kaggle_folder: Path, tmp_path: Path) -> None:
    for number, path in enumerate(sorted(kaggle_folder.iterdir())):
        for copy in range(3):
            shutil.copy(path, tmp_path / f"{path.name[:3]}.{3 * number + copy}.jpg")
    splits = pictures_by_split(read_dataset(tmp_path, TINY))
    assert sum(len(split) for split in splits.values()) == 360
    assert len(set.union(*(set(split) for split in splits.values()))) == 120
    assert sum(len(set(split)) for split in splits.values()) == 120


def test_photographs_that_are_in_two_classes_are_counted_with_an_example(tmp_path: Path, dataset: Dataset) -> None:
    for seed, name in enumerate(("cat", "dog")):
        write_class(tmp_path / name, 10, seed=seed)
    for number in (3, 4):
        for copy in (tmp_path / "dog" / f"copy-{number}.jpg", tmp_path / "cat" / f"copy-{number}.jpg"):
            shutil.copy(tmp_path / "cat" / f"{number}.jpg", copy)
    assert read_dataset(tmp_path, TINY).notes == (
        f"2 photograph(s) are in two classes, such as '{tmp_path}/cat/3.jpg' (cat), which is "
        f"'{tmp_path}/dog/copy-3.jpg' (dog). Delete the wrong ones.",
    )
    assert dataset.notes == ()


def test_other_seeds_deal_other_splits(dataset: Dataset, kaggle_folder: Path) -> None:
    other = read_dataset(kaggle_folder, TINY, seed=1)
    assert pictures_by_split(other) != pictures_by_split(dataset)
    assert pictures_by_split(read_dataset(kaggle_folder, TINY, seed=0)) == pictures_by_split(dataset)


def test_shares_are_about_80_10_and_10(tmp_path: Path) -> None:
    splits = read_dataset(write_kaggle(tmp_path, 500, seed=3), TINY).splits
    shares = [len(splits[name]) / 1000 for name in SPLITS]
    assert shares == pytest.approx([0.8, 0.1, 0.1], abs=0.04)


# Several sources


def test_several_sources_are_one_data_set_whose_classes_are_joined_by_name(
    dataset: Dataset, kaggle_folder: Path, tmp_path: Path
) -> None:
    paths = sorted(kaggle_folder.iterdir())
    for folder, chosen in (("kaggle", paths[:40]), ("more/Cats", paths[40:60]), ("zipped/dogs", paths[60:90])):
        (tmp_path / folder).mkdir(parents=True)
        for path in chosen:
            shutil.copy(path, tmp_path / folder)
    table = write_parquet(tmp_path / "rest.parquet", paths[90:], [1] * 30, ("cat", "dog"))
    data = [tmp_path / "kaggle", tmp_path / "more", zipped(tmp_path / "zipped", tmp_path / "photos.zip"), str(table)]
    read = read_dataset(data, TINY)
    assert read.class_names == ("cat", "dog")
    assert pictures_by_split(read) == pictures_by_split(dataset)


def test_copies_in_two_sources_never_straddle_splits(kaggle_folder: Path, tmp_path: Path) -> None:
    splits = pictures_by_split(read_dataset([kaggle_folder, by_class(tmp_path, kaggle_folder)], TINY))
    assert sum(len(split) for split in splits.values()) == 240
    assert sum(len(set(split)) for split in splits.values()) == 120


def test_copy_of_a_given_test_photograph_is_left_out_of_the_rest_and_named(kaggle_folder: Path, tmp_path: Path) -> None:
    given = [path for path in kaggle_folder.iterdir() if path.name.split(".")[1] in ("3", "4", "5")]
    test = tmp_path / "test"
    test.mkdir()
    for path in given:
        shutil.copy(path, test)
    dataset = read_dataset([kaggle_folder, test], TINY)
    reason = "The same photograph is in the given test split."
    assert dataset.skipped == {str(path): reason for path in given}
    assert len(dataset.splits["test"]) == 6
    assert sum(len(split) for split in dataset.splits.values()) == 120


# The cache


def test_split_gives_photographs_by_slice_and_by_numbers(dataset: Dataset) -> None:
    split = dataset.splits["train"]
    images, chosen = split[:], np.array([7, 0, 7])
    assert isinstance(split.images, PhotoCache)
    assert np.array_equal(split[chosen], images[[7, 0, 7]])
    assert np.array_equal(split[3:9:2], images[3:9:2])
    assert np.array_equal(Split(images, split.labels)[chosen], images[[7, 0, 7]])


def test_photographs_are_decoded_once_whatever_their_names_seed_and_form(
    kaggle_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cache = tmp_path / "cache"
    first = read_dataset(kaggle_folder, TINY, cache=cache)
    assert "120/120" in capsys.readouterr().err.partition("Decoding")[2]
    again = read_dataset(by_class(tmp_path / "other", kaggle_folder), TINY, cache=cache)
    read_dataset(zipped(kaggle_folder, tmp_path / "photos.zip"), TINY, seed=3, cache=cache)
    assert "Decoding" not in capsys.readouterr().err
    assert len(list(cache.iterdir())) == 1
    assert pictures_by_split(first) == pictures_by_split(again)


def test_photograph_that_changes_is_decoded_again(kaggle_folder: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(kaggle_folder, tmp_path / "photos")
    before = read_dataset(folder, TINY)
    shutil.copy(write_class(tmp_path, 1, seed=99)[0], folder / "cat.0.jpg")
    after = read_dataset(folder, TINY)
    old, new = (set.union(*map(set, pictures_by_split(read).values())) for read in (before, after))
    assert (len(old), len(new), len(old & new)) == (120, 120, 119)


def test_folder_that_changes_while_it_is_read_is_an_error_and_leaves_no_cache(tmp_path: Path) -> None:
    content, folder, cache = encode(draw(2400, 1800), "JPEG"), tmp_path / "photos", tmp_path / "cache"
    folder.mkdir()
    for number in range(100):
        (folder / f"{'cat' if number % 2 else 'dog'}.{number}.jpg").write_bytes(content + bytes([number]))

    def remove() -> None:
        while not list(cache.glob(f"{STAGED}*")):
            time.sleep(0.001)
        for path in sorted(folder.iterdir(), reverse=True):
            path.unlink()

    remover = Thread(target=remove, daemon=True)
    remover.start()
    with pytest.raises(DatasetError, match=r"^The photographs changed while they were read: '.*\.jpg' is gone\. Start"):
        read_dataset(folder, TINY, cache=cache)
    remover.join()
    assert list(cache.iterdir()) == []


def test_import_needs_none_of_the_large_libraries() -> None:
    script = (
        "import sys, cnnviz.data.dataset\n"
        "assert not {'keras', 'tensorflow', 'jax', 'pyarrow', 'datasets', 'gradio', 'matplotlib'} & set(sys.modules)"
    )
    root = ROOT
    assert subprocess.run([sys.executable, "-c", script], cwd=root, timeout=300, check=False).returncode == 0


# Corrupt files and errors


@pytest.mark.parametrize("as_zip", [False, True])
def test_corrupt_files_are_skipped_and_named(as_zip: bool, kaggle_folder: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(kaggle_folder, tmp_path / "photos")
    (folder / "cat.1000.jpg").write_bytes(b"")
    (folder / "dog.1001.jpg").write_text("not a picture")
    (folder / "dog.1002.jpg").write_bytes((folder / "dog.1.jpg").read_bytes()[:200])
    data = zipped(folder, tmp_path / "photos.zip") if as_zip else folder
    dataset = read_dataset(data, TINY, allow_corrupt=True)
    assert sorted(Path(name).name for name in dataset.skipped) == ["cat.1000.jpg", "dog.1001.jpg", "dog.1002.jpg"]
    reasons = {Path(name).name: reason for name, reason in dataset.skipped.items()}
    assert "empty" in reasons["cat.1000.jpg"]
    assert "text" in reasons["dog.1001.jpg"]
    assert sum(len(split) for split in dataset.splits.values()) == 120


@pytest.mark.parametrize("num_corrupt", [2, 3])
def test_more_than_one_percent_of_corrupt_files_stops(num_corrupt: int, tmp_path: Path) -> None:
    photos, skipped_list = write_kaggle(tmp_path / "photos", 100, seed=4), tmp_path / "skipped.txt"
    for path in sorted(photos.iterdir())[:num_corrupt]:
        path.write_text("not a picture")
    if num_corrupt > 2:
        message = (
            r"^3 of 200 files cannot be read .*, more than 1%\. All are listed in '.*skipped\.txt'\. "
            r".*--allow-corrupt\. 3 such as '.*cat\.0\.jpg': .*text"
        )
        with pytest.raises(DatasetError, match=message):
            read_dataset(photos, TINY, skipped_list=skipped_list)
        assert len(skipped_list.read_text(encoding="utf-8").splitlines()) == num_corrupt
        with pytest.raises(DatasetError, match=r"more than 1%\. Check them"):
            read_dataset(photos, TINY)
    dataset = read_dataset(photos, TINY, allow_corrupt=num_corrupt > 2, skipped_list=skipped_list)
    assert len(skipped_list.read_text(encoding="utf-8").splitlines()) == num_corrupt
    assert len(dataset.skipped) == num_corrupt
    assert sum(len(split) for split in dataset.splits.values()) == 200 - num_corrupt


def test_photographs_to_measure_come_with_those_to_probe_with_where_they_can(kaggle_folder: Path) -> None:
    names = ("cat", "dog")
    dealt = read_dataset(kaggle_folder, TINY, seed=3).splits
    splits = read_photos(kaggle_folder, TINY, names, "test", seed=3)
    assert {name: len(split) for name, split in splits.items()} == {name: len(split) for name, split in dealt.items()}
    assert {name: len(split) for name, split in read_photos(kaggle_folder, TINY, names, "all").items()} == {"all": 120}


def test_photographs_without_a_class_to_probe_with_are_only_measured(tmp_path: Path) -> None:
    for name in ("train/cat", "test/cat", "test/dog"):
        write_class(tmp_path / name, 3, seed=len(name))
    assert read_photos(tmp_path, TINY, ("cat", "dog"), "test").keys() == {"test"}


def test_photographs_of_other_classes_are_not_measured(kaggle_folder: Path) -> None:
    with pytest.raises(DatasetError, match=r"The network knows cat and cow only\. Received: photographs of dog\."):
        read_photos(kaggle_folder, TINY, ("cat", "cow"), "all")


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


def test_a_single_class_is_an_error(tmp_path: Path) -> None:
    write_class(tmp_path / "cats", 4)
    message = r"of two or more classes are needed: .* Received: 4 file\(s\) of 1 class\(es\) \['cat'\]"
    look_at(tmp_path)
    for read in (partial(read_dataset, preprocessing=TINY), partial(look_at, min_classes=2)):
        with pytest.raises(DatasetError, match=message):
            read(tmp_path)


def test_what_is_no_photograph_by_its_place_is_listed_and_told_but_no_fault(tmp_path: Path) -> None:
    for seed, name in enumerate(("train/cat", "train/dog", "test")):
        write_class(tmp_path / name, 10, seed=seed)
    (tmp_path / "notes.txt").write_text("notes")
    listed = tmp_path / "skipped.txt"
    dataset = read_dataset(tmp_path, TINY, skipped_list=listed)
    assert dataset.skipped == {}
    assert sorted(listed.read_text(encoding="utf-8").splitlines()) == [
        f"{tmp_path}/notes.txt: No picture by its name.",
        f"{tmp_path}/test: 10 pictures without a class.",
    ]
    listed.unlink()
    assert look_at(tmp_path) == [f"Left out: '{tmp_path}/test': 10 pictures without a class."]


def test_two_spellings_of_a_class_in_two_sources_are_refused(tmp_path: Path) -> None:
    for name in ("a/rose", "a/tulip", "b/Rose"):
        write_class(tmp_path / name, 1)
    with pytest.raises(DatasetError, match=r"^Two spellings of one class: Rose and rose\. Give both"):
        look_at([tmp_path / "a", tmp_path / "b"])


def test_a_look_at_photographs_reads_none_and_asks_nothing_of_the_hub(tmp_path: Path) -> None:
    (tmp_path / "cat").mkdir()
    (tmp_path / "cat" / "0.jpg").write_text("not a picture")
    look_at([tmp_path, "nobody/nothing"], min_classes=2)
    with pytest.raises(DatasetError, match=r"No photographs at 'nowhere'"):
        look_at([tmp_path, "nowhere"])


def test_split_without_a_class_is_an_error(tmp_path: Path) -> None:
    write_class(tmp_path / "cats", 60, seed=1)
    write_class(tmp_path / "dogs", 1, seed=2)
    (tmp_path / "dogs" / "broken.jpg").write_bytes(b"\0")
    message = r"no readable photograph of 'dog'\. About ten or more .*1 file\(s\) could not be read"
    with pytest.raises(DatasetError, match=message):
        read_dataset(tmp_path, TINY, allow_corrupt=True)
