"""Layouts of photographs: what the places of files in a tree tell of classes and splits, and what they leave open."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice

from cnnviz.base.errors import DatasetError
from cnnviz.base.figures import count
from cnnviz.data.file_names import (
    ANNOTATIONS,
    TRAIN,
    classes_by_kaggle,
    classes_by_number,
    is_plain_role,
    role_of,
)
from cnnviz.data.photos import Photo, class_of
from cnnviz.data.seen import count_pictures, describe_tree, name_files, name_some, name_strays
from cnnviz.data.tree import Folder

MAX_ARCHIVES = 50
"""Largest number of zip files in a folder or in a zip file that are opened."""

NO_CLASS = "without a class"


@dataclass
class Layout:
    """The photographs of a folder or an archive.

    Args:
        photos: All of them, with the classes and splits that their places tell.
        left_out: Files and folders that are no photographs with a class, each with the reason.
        notes: Sentences on how the places were understood, where they can be understood in another way.
        stream: A function that makes the photographs readable, one after the other.
    """

    photos: list[Photo] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    stream: Callable[[list[Photo]], Iterator[Photo]] = field(default=iter)

    def __len__(self) -> int:
        """Return the number of photographs."""
        return len(self.photos)

    def __iter__(self) -> Iterator[Photo]:
        """Yield one photograph after the other."""
        return self.stream(self.photos)

    def after(self, number: int) -> Iterator[Photo]:
        """Yield one photograph after the other, without the first so many."""
        return iter(self.photos[number:]) if self.stream is iter else islice(self, number, None)

    @property
    def classes(self) -> set[str]:
        """The names of the classes."""
        return {photo.class_name for photo in self.photos if photo.class_name is not None}

    def add(self, other: "Layout") -> None:
        """Add what another part of the same tree holds."""
        self.photos += other.photos
        self.left_out |= other.left_out
        self.notes += other.notes

    def leave_out(self, folder: Folder, reason: str) -> None:
        """Name a folder whose pictures are not used, and say so."""
        self.left_out[folder.path] = f"{count_pictures(folder.num_pictures)} {reason}."
        self.notes.append(f"Left out: '{folder.path}': {self.left_out[folder.path]}")


def understand(tree: Folder, split: str | None = None, needs_classes: bool = True) -> Layout:
    """Find the photographs in a tree, and their classes and splits.

    These layouts are known, also within folders that hold nothing else:

    - one folder per class, with everything below it;
    - files named `cat.0.jpg`, `dog.0.jpg`, or numbered class by class: `Abyssinian_1.jpg`, `cat (1).jpg`;
    - one of both in folders that are named after splits, such as `train/`, `validation_set/`, `seg_test/`;
    - a folder or zip file of zip files with these.

    Args:
        tree: The folder. If it has no pictures but zip files, these are opened.
        split: The split of all photographs, if it is known.
        needs_classes: Whether a photograph needs a class. If not, and no class is found, all pictures count.

    Returns:
        The photographs. What has the name of a picture counts, even if it cannot be read.

    Raises:
        DatasetError: If there are none, or if two folders have one class in two spellings.
    """
    if not tree.num_pictures:
        tree = _opened(tree)
    if not tree.num_pictures:
        tree.count_bare()
    layout = _read(tree, split, None)
    if not layout.photos and not needs_classes:
        layout = Layout(list(_without_classes(tree, split)))
    if not layout.photos:
        raise DatasetError(
            f"No photographs in '{tree.path}': expected cat.0.jpg, dog.0.jpg, ..., or one folder per class. "
            f"{describe_tree(tree)}"
        )
    _leave_out_rest(tree, Counter(photo.name.rpartition("/")[0] for photo in layout.photos), layout)
    layout.left_out |= name_strays(tree) | tree.left_out
    return layout


def _without_classes(tree: Folder, split: str | None) -> Iterator[Photo]:
    """Yield all pictures of a tree, none of which has a class."""
    for folder in tree.walk():
        for name in folder.pictures:
            yield Photo(f"{folder.path}/{name}", None, split, folder.files[name])


def _leave_out_rest(folder: Folder, num_used: Mapping[str, int], layout: Layout) -> None:
    """Name the pictures below a folder that have no class; `num_used` are the photographs right in each folder."""
    if folder.path in layout.left_out or not folder.num_pictures:
        return
    if not any(num_used[part.path] for part in folder.walk()):
        layout.leave_out(folder, NO_CLASS)
        return
    if num_used[folder.path] < len(folder.pictures):
        used = {photo.name for photo in layout.photos}
        rest = [name for name in folder.pictures if f"{folder.path}/{name}" not in used]
        one, many = f"{count_pictures(1)} {NO_CLASS}", f"{count_pictures(len(rest))} {NO_CLASS}"
        layout.left_out |= name_files(folder, rest, one, many)
        layout.notes.append(f"Left out: {many} in '{folder.path}': {name_some(rest)}.")
    for inner in folder.with_pictures:
        _leave_out_rest(inner, num_used, layout)


def _opened(tree: Folder) -> Folder:
    """Open the zip files in a tree, each as a folder of its name."""
    opened = Folder(tree.path, left_out=dict(tree.left_out))
    archives = [open_it for folder in tree.walk() for _, open_it in sorted(folder.archives.items())]
    if len(archives) > MAX_ARCHIVES:
        raise DatasetError(f"'{tree.path}' has {count(len(archives))} zip files in it, and no picture. Unpack them.")
    for open_it in archives:
        inner = open_it()
        opened.folders[inner.path] = inner
        opened.left_out |= inner.left_out
    if not opened.num_pictures:
        return tree
    opened.files = {name: read for name, read in tree.files.items() if name not in tree.archives}
    return opened


def _read(folder: Folder, split: str | None, known: Collection[str] | None) -> Layout:
    """Find the photographs below one folder; `known` are the classes of the training photographs beside it."""
    inner = [each for each in folder.with_pictures if each.name.lower() not in ANNOTATIONS] or folder.with_pictures
    roles = {each.name: role_of(each.name) for each in inner if split is None and _has_classes(each)}
    if len(inner) > 1 and (TRAIN in roles.values() or (len(roles) == len(inner) and all(roles.values()))):
        layout = _read_splits(inner, roles)
    elif len(inner) == 1 and not _is_class(inner[0]):
        layout = _read(inner[0], split, known)
    else:
        layout = _read_classes(folder, inner, split) if inner else Layout()
    layout.add(_read_files(folder, split, known, layout))
    for each in folder.with_pictures:
        if each not in inner:
            layout.leave_out(each, "in a folder of annotations")
    if empty := [each for _, each in sorted(folder.folders.items()) if not each.num_pictures]:
        layout.left_out |= {each.path: "It holds no picture." for each in empty}
        layout.notes.append(f"Without pictures in '{folder.path}': {name_some([each.name for each in empty])}.")
    return layout


def _has_classes(folder: Folder) -> bool:
    """Tell whether a folder has photographs with classes, and not only pictures."""
    return bool(folder.with_pictures or _classes_by_name(folder))


def _is_class(folder: Folder) -> bool:
    """Tell whether a folder that stands alone is a class, and no folder around others."""
    return bool(folder.pictures) and not _classes_by_name(folder) and not is_plain_role(folder.name)


def _classes_by_name(folder: Folder) -> dict[str, str]:
    """Read the classes of the pictures right in a folder from their names."""
    return classes_by_kaggle(folder.pictures) or classes_by_number(folder.pictures)


def _read_splits(inner: list[Folder], roles: dict[str, str | None]) -> Layout:
    """Read folders that are named after splits; what else is beside them is left out."""
    layout = Layout()
    for each in inner:
        if roles.get(each.name) == TRAIN:
            layout.add(_read(each, None, None))
    known = layout.classes or None
    for each in inner:
        role = roles.get(each.name)
        part = _read(each, role, known) if role and role != TRAIN else Layout()
        if part.photos and (known is None or known & part.classes):
            layout.add(part)
        elif not role and _has_classes(each):
            layout.leave_out(each, "in a folder named after no split")
    return layout


def _read_classes(folder: Folder, inner: list[Folder], split: str | None) -> Layout:
    """Read one folder per class, among which there may be one of validation or test photographs."""
    layout = Layout()
    held_out = [each for each in inner if split is None and len(inner) > 1 and _is_held_out(each)]
    classes = [each for each in inner if each not in held_out]
    for each in [each for each in classes if _repeats(each, classes)]:
        layout.leave_out(each, "that repeat the folders beside it")
        classes.remove(each)
    if all(is_plain_role(each.name) for each in classes) and any(is_plain_role(each.name) for each in inner):
        return layout  # train/ and val/ with pictures, and no class anywhere
    _require_one_spelling(folder, classes)
    within = split is None and all(each.with_pictures and not each.pictures for each in classes)
    within = within and all(role_of(part.name) for each in classes for part in each.with_pictures)
    for each in classes:
        for part in each.walk():
            role = _role_below(each, part) if within else None
            own_split = split if role in (None, TRAIN) else role
            layout.photos += [_photo(part, name, each.name, own_split) for name in part.pictures]
    deep = [each.name for each in classes if each.with_pictures]
    if deep and not within:
        names, paths = name_some([each.name for each in classes]), name_some([each.path for each in classes], " ")
        layout.notes.append(
            f"The classes are the folders in '{folder.path}': {names}. The folders in {name_some(deep)} are not told "
            f"apart; if they are the classes, pass instead: {paths}."
        )
    known = layout.classes
    for each in held_out:
        part_layout = _read(each, role_of(each.name), known)
        if known & part_layout.classes:
            layout.add(part_layout)
    return layout


def _is_held_out(folder: Folder) -> bool:
    """Tell whether a folder beside those of classes is one of validation or test photographs."""
    return is_plain_role(folder.name) and role_of(folder.name) != TRAIN


def _role_below(class_folder: Folder, folder: Folder) -> str | None:
    """Return the split that the folder right below a class's is named after: `cats/train/` and `cats/test/`."""
    below = folder.path[len(class_folder.path) + 1 :]
    return role_of(below.partition("/")[0]) if below else None


def _repeats(folder: Folder, beside: list[Folder]) -> bool:
    """Tell whether a folder holds the very folders that are beside it, as an archive in its own folder does."""
    others = {class_of(each.name) for each in beside if each is not folder}
    return len(others) > 1 and others <= {class_of(each.name) for each in folder.with_pictures}


def _require_one_spelling(folder: Folder, classes: list[Folder]) -> None:
    """Refuse folders side by side that may be one class or two."""
    spellings: dict[str, list[str]] = defaultdict(list)
    for each in classes:
        spellings[class_of(each.name).casefold()].append(each.name)
    for names in spellings.values():
        if len(names) > 1:
            raise DatasetError(
                f"Two spellings of one class in '{folder.path}': {' and '.join(names)}. Which one is meant? Put the "
                "photographs into one folder, or give the folders names that differ more."
            )


def _read_files(folder: Folder, split: str | None, known: Collection[str] | None, beside: Layout) -> Layout:
    """Read the pictures right in a folder by their names; beside folders of photographs, only such as `cat.0.jpg`."""
    layout = Layout()
    classes = classes_by_kaggle(folder.pictures) if beside.photos else _classes_by_name(folder)
    numbered = not classes_by_kaggle(folder.pictures)
    if numbered and known is not None and not set(map(class_of, classes.values())) <= set(known):
        classes = {}
    layout.photos = [_photo(folder, name, class_name, split) for name, class_name in classes.items()]
    if classes and numbered:
        layout.notes.append(
            f"The classes are what stands before the numbers of the files in '{folder.path}': "
            f"{name_some(sorted(set(classes.values())))}."
        )
    return layout


def _photo(folder: Folder, name: str, class_name: str, split: str | None) -> Photo:
    return Photo(f"{folder.path}/{name}", class_of(class_name), split, folder.files[name])
