"""The disk space of all uploads together, and what becomes of an upload that is no picture."""

import shutil
from collections import OrderedDict
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from threading import Lock

from cnnviz.base.errors import ImageError
from cnnviz.picture.image import require_picture

FOLDER_BYTES = 8192
"""What an upload takes besides its content: a folder, and the rest of a block."""


class UploadQuota:
    """Keeps all uploads together within a number of bytes; the oldest go first.

    Args:
        max_bytes: The number of bytes.
    """

    def __init__(self, max_bytes: int) -> None:
        """Begin without uploads."""
        self.max_bytes = max_bytes
        self._sizes: OrderedDict[Path, int] = OrderedDict()  # of the folders, the oldest first
        self._lock = Lock()

    def add(self, paths: Iterable[Path]) -> None:
        """Count uploads; keep of one that can never be used only the reason.

        Args:
            paths: The files, each in a folder that is named after its content, as Gradio has it.
        """
        for path in paths:
            with suppress(FileNotFoundError):  # deleted meanwhile, as others came
                _keep_reason(path)
                self._count(path.parent)
        for folder in self._take_oldest():
            shutil.rmtree(folder, ignore_errors=True)
            _note(folder / "file").unlink(missing_ok=True)

    def _count(self, folder: Path) -> None:
        size = sum(path.stat().st_size for path in folder.iterdir()) + FOLDER_BYTES
        with self._lock:
            self._sizes[folder] = size
            self._sizes.move_to_end(folder)

    def _take_oldest(self) -> list[Path]:
        """Forget the oldest until the others are few enough; those deleted by age meanwhile are among them."""
        taken = []
        with self._lock:
            total = sum(self._sizes.values())
            while total > self.max_bytes:
                folder, size = self._sizes.popitem(last=False)
                taken.append(folder)
                total -= size
        return taken


def _keep_reason(path: Path) -> None:
    """Keep of what is no picture only why it is none."""
    if not path.is_file():
        return
    try:
        require_picture(path)
    except ImageError as error:
        _note(path).write_text(str(error), encoding="utf-8")
        path.write_bytes(b"")  # and not deleted: the page asks for it, to show it


def read_reason(path: Path) -> str:
    """Tell why an upload can never be used.

    Args:
        path: Its file.

    Returns:
        The sentence; "" if it may be a picture.
    """
    note = _note(path)
    return note.read_text(encoding="utf-8") if note.is_file() else ""


def _note(path: Path) -> Path:
    """Name the file with the reason, in a place where no upload can be."""
    return path.parent.with_name(f"{path.parent.name}.reason")
