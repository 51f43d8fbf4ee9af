"""What the names of files and folders tell: what is a picture, of which class, and for which split."""

import os
import re
from collections import Counter
from collections.abc import Iterable

SPLIT_NAMES: dict[str, str | None] = {
    **dict.fromkeys(("train", "training"), None),
    **dict.fromkeys(("validation", "valid", "val", "dev"), "validation"),
    **dict.fromkeys(("test", "testing", "eval", "evaluation"), "test"),
}
"""The split for each known name of a folder, a file or a split on the Hub; None means that cnnviz splits it."""

FILLERS = frozenset({"set", "data", "dataset", "image", "images", "photo", "photos", "picture", "pictures", "zip"})
"""Words that say nothing beside the name of a split, as in training_set."""

TRAIN = "train"
PICTURES = frozenset(
    {
        *(".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".png", ".webp", ".gif", ".avif", ".bmp", ".dib", ".tif", ".tiff"),
        *(".heic", ".heif", ".ppm", ".pgm", ".jp2"),
    }
)
"""Endings of pictures' names; some of these kinds cannot be read, which is said of each such file."""

DOCUMENTS = frozenset({"license", "licence", "readme", "copying", "authors", "makefile", "attribution", "checksums"})
"""Names of files without an ending that are no pictures."""

ANNOTATIONS = frozenset(
    {"annotation", "annotations", "labels", "trimaps", "ground_truth", "groundtruth", "segmentation", "segmentations"}
)
"""Names of folders whose pictures, if there are any, are drawn over photographs and are none."""

IGNORED = frozenset({"__macosx", "thumbs.db", "ehthumbs.db", "desktop.ini", "_ds_store", "icon\r"})
"""Names that operating systems leave in folders."""

CAMERAS = frozenset(
    {
        *("img", "image", "images", "photo", "photos", "pic", "picture", "pictures", "dsc", "dscn", "dscf", "dcim"),
        *("pxl", "mvimg", "p", "gopr", "frame", "sample", "file", "scan", "screenshot", "download", "downloads"),
        *("unnamed", "whatsappimage", "test", "train", "val"),
    }
)
"""Names before a number that cameras and programs give, and which are no class."""

KAGGLE_NAME = re.compile(r"(.+)\.\d+\.\w+")
NUMBERED_NAME = re.compile(r"(.*?)[\s_.-]*\(?\d+\)?\.\w+")


def is_ignored(name: str) -> bool:
    """Tell whether a file or folder is one that an operating system or a program put there, or is hidden."""
    return name.startswith(".") or name.lower() in IGNORED


def ending(name: str) -> str:
    """Return the ending of a file's name, with its dot and in small letters; "" if it has none.

    Example:
        >>> ending("IMG_1.JPG"), ending("README")
        ('.jpg', '')
    """
    return os.path.splitext(name)[1].lower()  # noqa: PTH122  # a name, perhaps of another system, is no path here


def pictures_among(names: Iterable[str], bare: bool = False) -> list[str]:
    """Choose the pictures among the files of one folder.

    Args:
        names: The names of the files.
        bare: Whether files without an ending count as pictures, as in some data sets.

    Returns:
        Those that end like pictures, sorted.
    """
    bare_names = (name for name in names if bare and not ending(name) and name.lower() not in DOCUMENTS)
    return sorted({*bare_names, *(name for name in names if ending(name) in PICTURES)})


def split_of(path: str | os.PathLike[str]) -> str | None:
    """Return the split that a path is named after, as the Hub reads names; None if cnnviz chooses it.

    Example:
        >>> split_of("data/test-00000-of-00001.parquet"), split_of("val/0.parquet"), split_of("train.parquet")
        ('test', 'validation', None)
    """
    words = re.split("[^a-z]+", os.fspath(path).lower())
    return next((SPLIT_NAMES[word] for word in reversed(words) if word in SPLIT_NAMES), None)


def role_of(name: str) -> str | None:
    """Return the split that a folder is named after.

    Args:
        name: The folder's name.

    Returns:
        "train", "validation" or "test"; None if it is named after none, or after several.

    Example:
        >>> role_of("training_set"), role_of("seg_test"), role_of("test1"), role_of("cats")
        ('train', 'test', 'test', None)
    """
    roles = {SPLIT_NAMES[word] or TRAIN for word in _words(name) if word in SPLIT_NAMES}
    return roles.pop() if len(roles) == 1 else None


def is_plain_role(name: str) -> bool:
    """Tell whether a folder's name says nothing but a split.

    Example:
        >>> is_plain_role("test_set"), is_plain_role("seg_test")
        (True, False)
    """
    return role_of(name) is not None and all(word in SPLIT_NAMES or word in FILLERS for word in _words(name))


def _words(name: str) -> list[str]:
    """Split a folder's name into words of small letters; trainset is train."""
    return [re.sub("(?<=.)(set|data)$", "", word) for word in re.split("[^a-z]+", name.lower()) if word]


def classes_by_kaggle(names: Iterable[str]) -> dict[str, str]:
    """Read the classes of pictures that are named like Kaggle's `cat.0.jpg`.

    Args:
        names: The names of pictures.

    Returns:
        The class of each picture that has such a name.
    """
    matches = {name: KAGGLE_NAME.fullmatch(name) for name in names}
    return {name: match[1] for name, match in matches.items() if match}


def classes_by_number(names: Iterable[str]) -> dict[str, str]:
    """Read the classes of pictures that are numbered class by class, such as `Abyssinian_1.jpg` and `cat (1).jpg`.

    Args:
        names: The names of all pictures of a folder.

    Returns:
        The class of each numbered picture: what stands before its number. Empty if these are no classes: if there is
        only one, one of a single picture, or one that a camera gives, or if less than half of the pictures have any.
    """
    matches = {name: NUMBERED_NAME.fullmatch(name) for name in names}
    classes = {name: match[1] for name, match in matches.items() if match and re.search(r"[^\W\d_]", match[1])}
    sizes = Counter(classes.values())
    by_camera = any(re.sub(r"[\W\d_]", "", each.lower()) in CAMERAS for each in sizes)
    usable = len(sizes) > 1 and min(sizes.values()) > 1 and 2 * len(classes) >= len(matches)
    return classes if usable and not by_camera else {}
