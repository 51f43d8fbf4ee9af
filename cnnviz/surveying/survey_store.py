"""The folder of a survey while it is made: what is done so far, and what is finished."""

import io
import zipfile
from dataclasses import replace
from pathlib import Path

from cnnviz.base.errors import FolderError
from cnnviz.base.storage import write_atomically
from cnnviz.data.skipped import write_skipped
from cnnviz.network.network import Network
from cnnviz.surveys.survey import Survey
from cnnviz.surveys.survey_folder import ABOUT, ARRAYS, PICTURES, read_survey, survey_files
from cnnviz.surveys.tally import Tally

PARTIAL, UNREADABLE, NAMES = "survey.partial", "unreadable.txt", "photos.txt"
IDENTITY, DONE, TALLY = "identity.txt", "done.txt", "tally.npz"
"""What is in the file of a survey that is not finished."""

OWN = (ABOUT, ARRAYS, PICTURES, PARTIAL, UNREADABLE, NAMES, IDENTITY)
"""All files of a survey's folder."""


class SurveyStore:
    """The folder of a survey, if there is one: what is in it, and what is to be written into it."""

    def __init__(self, folder: Path | None, identity: str) -> None:
        """Refuse a folder of something else."""
        self.folder, self.identity = folder, identity
        if folder is None:
            return
        try:
            names = sorted(each.name for each in folder.iterdir()) if folder.exists() else []
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise FolderError(f"Cannot write in '{folder}'. Received: {error}.") from error
        others = [name for name in names if name not in OWN and not name.startswith(".")]
        if others or (names and not {ABOUT, PARTIAL} & set(names)):
            raise FolderError(f"'{folder}' holds something else than a survey: {', '.join(others[:3])}. Name another.")

    def finished(self, network: Network, licence: str) -> Survey | None:
        """Read a survey that is finished, with photographs under this licence, or without any."""
        if self.folder is None or not (self.folder / ABOUT).is_file():
            return None
        self._require_same((self.folder / IDENTITY).read_text() if (self.folder / IDENTITY).is_file() else "")
        found = read_survey(self.folder, network, with_pictures=(self.folder / PICTURES).is_file())
        if found.licence != licence:
            raise self._of_another()
        try:
            names = (self.folder / NAMES).read_text(encoding="utf-8", errors="replace").splitlines()
            photos = tuple(p._replace(name=name) for p, name in zip(found.photos, names, strict=True))
        except (OSError, ValueError) as error:
            raise FolderError(f"'{self.folder / NAMES}' is missing or damaged: delete the folder.") from error
        return replace(found, photos=photos)

    def resume(self, tally: Tally) -> int:
        """Take over what was begun; return how many photographs are done."""
        if self.folder is None or not (self.folder / PARTIAL).is_file():
            return 0
        try:
            with zipfile.ZipFile(self.folder / PARTIAL) as archive:
                self._require_same(archive.read(IDENTITY).decode())
                tally.unpack(archive.read(TALLY))
                return int(archive.read(DONE))
        except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
            raise FolderError(f"'{self.folder / PARTIAL}' is damaged: delete it to begin again.") from error

    def save(self, tally: Tally, done: int) -> None:
        """Keep what is done."""
        if self.folder is None:
            return
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w") as archive:
            for name, content in ((IDENTITY, self.identity), (DONE, str(done)), (TALLY, tally.pack())):
                archive.writestr(name, content)
        self._write(PARTIAL, stream.getvalue())

    def write(self, found: Survey, tally: Tally) -> None:
        """Write a finished survey; what was begun goes."""
        if self.folder is None:
            return
        write_skipped(self.folder / UNREADABLE, tally.skipped)
        names = (" ".join(photo.name.split()) + "\n" for photo in found.photos)
        files = survey_files(found)
        about = files.pop(ABOUT)
        files |= {NAMES: "".join(names).encode("utf-8", "backslashreplace"), IDENTITY: self.identity.encode()}
        for name, content in {**files, ABOUT: about}.items():  # the last one says that all are there
            self._write(name, content)
        (self.folder / PARTIAL).unlink(missing_ok=True)

    def _write(self, name: str, content: bytes) -> None:
        try:
            write_atomically(Path(self.folder or "") / name, content)
        except OSError as error:
            raise FolderError(f"Cannot write in '{self.folder}'. Received: {error}.") from error

    def _require_same(self, identity: str) -> None:
        if identity != self.identity:
            raise self._of_another()

    def _of_another(self) -> FolderError:
        return FolderError(
            f"'{self.folder}' holds a survey of another model, of other photographs or with other settings. "
            "Name another folder, or delete it."
        )
