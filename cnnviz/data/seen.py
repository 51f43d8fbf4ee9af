"""What is in a tree of files, in words: names as examples, numbers, and what to do where no photographs were found."""

from collections import defaultdict
from collections.abc import Sequence

from cnnviz.base.figures import count
from cnnviz.data.file_names import ending
from cnnviz.data.tree import Folder

NUM_NAMED = 3
"""How many names are given as examples."""

ARCHIVES = frozenset({".zip", ".tar", ".tgz", ".gz", ".bz2", ".xz", ".7z", ".rar"})
TABLES = frozenset({".csv", ".tsv", ".mat"})


def count_pictures(number: int) -> str:
    """Write a number of pictures.

    Example:
        >>> count_pictures(1), count_pictures(1200)
        ('1 picture', '1,200 pictures')
    """
    return f"{count(number)} picture{'' if number == 1 else 's'}"


def name_some(names: Sequence[str], between: str = ", ") -> str:
    """Write a few names, and say if there are more.

    Example:
        >>> name_some(["ant", "bee"]), name_some(["ant", "bee", "cow", "doe"])
        ('ant, bee', 'ant, bee, cow, ...')
    """
    return between.join([*names[:NUM_NAMED], *["..."] * (len(names) > NUM_NAMED)])


def name_files(folder: Folder, names: Sequence[str], one: str, many: str) -> dict[str, str]:
    """Name files of a folder that are left out.

    Args:
        folder: The folder.
        names: The names of the files.
        one: The reason for one file.
        many: The reason for more than three files, with their number.

    Returns:
        The reason by each file's path; of more than three, by a pattern for all, with examples.
    """
    if len(names) <= NUM_NAMED:
        return {f"{folder.path}/{name}": f"{one}." for name in names}
    endings = {ending(name) for name in names}
    pattern = f"{folder.path}/*{endings.pop() if len(endings) == 1 else ''}"
    return {pattern: f"{many}, such as {', '.join(names[:NUM_NAMED])}."}


def name_strays(tree: Folder) -> dict[str, str]:
    """Name the files of a tree that are no pictures by their names.

    Args:
        tree: The folder at the top.

    Returns:
        The reason by the path of each; those of one folder and ending together, if they are many.
    """
    strays: dict[str, str] = {}
    for folder in tree.walk():
        kinds: dict[str, list[str]] = defaultdict(list)
        for name in sorted(folder.files.keys() - set(folder.pictures)):
            kinds[ending(name)].append(name)
        for names in kinds.values():
            many = f"{count(len(names))} files that are no pictures by their names"
            strays |= name_files(folder, names, "No picture by its name", many)
    return strays


def describe_tree(tree: Folder) -> str:
    """Say what is in a tree in which no photographs with classes were found, and what to do.

    Args:
        tree: The folder at the top.

    Returns:
        The numbers of folders, pictures and other files with names as examples, and an advice.
    """
    folders = [folder.path[len(tree.path) + 1 :] for folder in tree.walk()][1:]
    pictures = [name for folder in tree.walk() for name in folder.pictures]
    others = [name for folder in tree.walk() for name in sorted(folder.files.keys() - set(folder.pictures))]
    seen = "; ".join(
        f"{count(len(names))} {kind}{f' ({name_some(names)})' if names else ''}"
        for kind, names in (("folder(s)", folders), ("picture(s)", pictures), ("other file(s)", others))
    )
    endings = set(map(ending, others))
    if pictures and endings & TABLES:
        advice = "Labels in tables are not read: put the pictures of each class into a folder, and pass the one around."
    elif pictures:
        advice = "Put the pictures of each class into a folder of its own, and pass the folder around these."
    elif endings & ARCHIVES:
        advice = "Unpack the archive with the photographs, or pass it alone if it is a zip or tar file."
    else:
        advice = "Pass the folder, or the zip or tar file, in which the photographs are."
    return f"Seen: {seen}. {advice}"
