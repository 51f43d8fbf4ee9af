"""Fetching a model from the Hugging Face Hub: only the files that it needs, and each is checked by its hash."""

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from cnnviz.base.errors import FolderError, HubError, HubUnreachableError
from cnnviz.base.figures import count
from cnnviz.hub.client import COMMIT, Reference, attempt, connect, differs, git_hash
from cnnviz.model_folder.manifest import (
    CONFIG,
    KERAS_FILES,
    MANIFEST,
    MAX_JSON_BYTES,
    WEIGHTS,
    has_manifest,
    listed_files,
    read_manifest,
    sha256,
    verify_folder,
)

if TYPE_CHECKING:
    from huggingface_hub import HfApi

Answer = TypeVar("Answer")
LOGGER = logging.getLogger("cnnviz")
ANSWER_SECONDS = 10
"""Timeout of a request for the Hub's description of a model or file."""

KERAS_SUFFIX = ".keras"
NUM_TRIES = 2
MAX_BYTES = 2 * 2**30
"""Largest size of a model with all of its files, in bytes."""

NUM_NAMED = 5
"""Largest number of files that a message lists."""


@dataclass(frozen=True)
class Snapshot:
    """One version of a model of the Hub, in the cache and verified.

    Args:
        folder: Its model folder; or its .keras file, if that is all that there is.
        commit: The full hash of its commit.
    """

    folder: Path
    commit: str


def pull(reference: Reference) -> Snapshot:
    """Fetch a model, unless it is in the cache, and check the hash of every file.

    A model folder is one that train.py published, or one in Keras's own layout. A repository without one, which has a
    single .keras file, is opened by that. A commit whose folder is intact in the cache needs no request. All tools of
    the Hub share this cache (HF_HOME). A file with a wrong hash, in the cache or after the download, is downloaded once
    more.

    Args:
        reference: The model.

    Returns:
        The model in the cache.

    Raises:
        HubUnreachableError: If the Hub does not answer.
        HubError: If there is no such model, or the token may not read it.
        FolderError: If it is not a model folder of cnnviz, too large, or damaged.
    """
    if reference.is_commit:
        known = find_cached_revision(reference)
        if known and known.folder.is_dir():  # a file may not be all that the commit has
            return known
    api = connect()
    about = _ask(api, reference, files_metadata=True)
    commit = str(about.sha)
    remember(reference, commit)
    there = {each.rfilename: each for each in about.siblings or []}
    return Snapshot(_fetch(api, Reference(reference.repository, commit), there), commit)


def ask_commit(reference: Reference) -> str:
    """Ask for the commit of a branch or a tag, in one small request.

    Args:
        reference: The model.

    Returns:
        The full hash.

    Raises:
        HubUnreachableError: If the Hub does not answer.
        HubError: If there is no such model, or the token may not read it.
    """
    return reference.revision if reference.is_commit else str(_ask(connect(), reference).sha)


def find_cached(reference: Reference) -> Iterator[Snapshot]:
    """Find the intact versions of a model in the cache.

    Args:
        reference: The model.

    Yields:
        First the last known version of its branch or tag; then the others, the last fetched first. Each is verified
        just before it is yielded.
    """
    known = find_cached_revision(reference)
    if known:
        yield known
    commits = [
        each for each in _cache(reference.repository).glob("snapshots/*") if not known or each.name != known.commit
    ]
    found = {each: model for each in commits if (model := _model_in(each))}
    newest_first = sorted(found, key=lambda each: _weights_of(found[each]).lstat().st_mtime_ns, reverse=True)
    yield from (Snapshot(found[each], each.name) for each in newest_first if _is_intact(found[each]))


def find_cached_revision(reference: Reference) -> Snapshot | None:
    """Find the last known version of a branch or a tag.

    Args:
        reference: The model.

    Returns:
        The version, if it is in the cache and intact; else None.
    """
    note = _cache(reference.repository) / "refs" / reference.revision
    commit = note.read_text().strip() if note.is_file() else reference.revision
    model = _model_in(_cache(reference.repository) / "snapshots" / commit) if COMMIT.fullmatch(commit) else None
    return Snapshot(model, commit) if model and _is_intact(model) else None


def remember(reference: Reference, commit: str) -> None:
    """Record the commit of a branch or a tag in the cache, for times when the Hub does not answer.

    The record has the same form as that of the Hub's client.

    Args:
        reference: The branch or tag; for a commit, nothing is recorded.
        commit: The full hash.
    """
    if reference.is_commit:
        return
    note = _cache(reference.repository) / "refs" / reference.revision
    try:
        note.parent.mkdir(parents=True, exist_ok=True)
        staged = note.with_name(f"{note.name}.{commit}")
        staged.write_text(commit)
        staged.replace(note)
    except OSError as error:  # a cache that cannot be written can still be read
        LOGGER.info("Cannot note that %s is at %s. Received: %s.", reference, commit, error)


def _cache(repository: str) -> Path:
    """Return the folder in which the Hub's client stores a repository."""
    from huggingface_hub import constants

    return Path(constants.HF_HUB_CACHE) / f"models--{repository.replace('/', '--')}"


def _model_in(folder: Path) -> Path | None:
    """Find the model among what is there of a commit in the cache: the folder itself, or its only .keras file."""
    if (folder / WEIGHTS).is_file():
        return folder
    files = [each for each in folder.glob(f"*{KERAS_SUFFIX}") if each.is_file()]
    return files[0] if len(files) == 1 and not has_manifest(folder) else None


def _weights_of(model: Path) -> Path:
    return model / WEIGHTS if model.is_dir() else model


def _is_intact(folder: Path) -> bool:
    try:
        if folder.is_file():
            return _has_its_hash(folder)
        if has_manifest(folder):
            verify_folder(folder)
            return True
        return all(_has_its_hash(folder / name) for name in (CONFIG, WEIGHTS))
    except (FolderError, OSError):
        return False


def _has_its_hash(file: Path) -> bool:
    """Tell whether a file of the cache is intact: the Hub's client names what a link leads to by its hash."""
    name = file.resolve().name
    return name == (git_hash(file) if COMMIT.fullmatch(name) else sha256(file))


def _ask(api: "HfApi", reference: Reference, files_metadata: bool = False) -> Any:
    """Ask for the Hub's description of a revision."""

    def action() -> Any:
        try:
            return api.model_info(
                reference.repository,
                revision=reference.revision,
                files_metadata=files_metadata,
                timeout=ANSWER_SECONDS,
            )
        except (
            ValueError,
            KeyError,
            TypeError,
            AttributeError,
        ) as error:  # for example the sign-in page of a hotel's network
            raise HubUnreachableError(f"Cannot ask for '{reference}': the answer is not from the Hub.") from error

    return attempt(f"ask the Hub for '{reference}'", lambda: _explained(reference, action), NUM_TRIES)


def _explained(reference: Reference, action: Callable[[], Answer]) -> Answer:
    """Call the Hub for a model, with a clear error if the model does not exist or access is refused."""
    from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError, RevisionNotFoundError

    name = reference.repository
    try:
        return action()
    except GatedRepoError as error:
        raise HubError(
            f"'{name}' needs the permission of its owner. Request access there, and sign in with `hf auth login`."
        ) from error
    except RepositoryNotFoundError as error:
        raise HubError(
            f"No model at '{name}' on the Hub, and no folder of that name here. Check the name, or sign in with "
            "`hf auth login` if it is private."
        ) from error
    except RevisionNotFoundError as error:
        raise HubError(f"The model '{name}' has no branch, tag or commit '{reference.revision}'.") from error


def _fetch(api: "HfApi", pinned: Reference, there: Mapping[str, Any]) -> Path:
    """Download all of a model's files into the cache, make sure that they are intact, and return where it is."""
    first = MANIFEST if MANIFEST in there else CONFIG
    if first == MANIFEST or {CONFIG, WEIGHTS} <= there.keys():
        return _fetch_folder(api, pinned, there, first)
    files = [name for name in there if name.endswith(KERAS_SUFFIX) and "/" not in name]
    if len(files) == 1:
        _require_bounded(pinned, {files[0]: {"size": there[files[0]].size}}, there)
        file = _download(api, pinned, files[0])
        _mend(api, pinned, file.parent, {files[0]: {}}, there)
        return file
    names = ", ".join(sorted(there)[:NUM_NAMED]) or "nothing"
    raise FolderError(
        f"'{pinned}' is no model that can be opened: expected {MANIFEST}, as train.py publishes it, {CONFIG} and "
        f"{WEIGHTS}, as Keras saves it, or a single {KERAS_SUFFIX} file. Received: {names}."
    )


def _fetch_folder(api: "HfApi", pinned: Reference, there: Mapping[str, Any], first: str) -> Path:
    """Download a model folder, beginning with the file that describes it."""
    from huggingface_hub import snapshot_download

    if (there[first].size or 0) > MAX_JSON_BYTES:
        raise FolderError(f"'{pinned}' is refused: its {first} has {count(there[first].size)} bytes.")
    folder = _download(api, pinned, first).parent
    _mend(api, pinned, folder, {first: {}}, there)

    if first == MANIFEST:
        manifest = read_manifest(folder)
        expected = {name: manifest["files"][name] for name in listed_files(manifest)}
    else:
        expected = {name: {"size": there[name].size} for name in KERAS_FILES if name in there}
    _require_bounded(pinned, expected, there)
    if not all((folder / name).is_file() for name in expected):
        attempt(
            f"download '{pinned}'",
            lambda: snapshot_download(
                pinned.repository,
                revision=pinned.revision,
                allow_patterns=list(expected),
                endpoint=api.endpoint,
                etag_timeout=ANSWER_SECONDS,
            ),
        )
    _mend(api, pinned, folder, expected, there)
    return folder


def _require_bounded(pinned: Reference, expected: Mapping[str, Any], there: Mapping[str, Any]) -> None:
    """Refuse, before the large download, a model with missing files, files of another size, or too many bytes."""
    for name, about in expected.items():
        size = there[name].size if name in there else None
        if size != about["size"]:
            raise FolderError(
                f"'{pinned}' is damaged: {MANIFEST} lists {name} with {about['size']} bytes. "
                f"Received: {'no such file' if size is None else f'{size} bytes'}."
            )
    total = sum(about["size"] for about in expected.values())
    if total > MAX_BYTES:
        raise FolderError(f"'{pinned}' is refused: it has {count(total)} bytes, at most {count(MAX_BYTES)} are opened.")


def _mend(api: "HfApi", pinned: Reference, folder: Path, expected: Mapping[str, Any], there: Mapping[str, Any]) -> None:
    """Download damaged files once more, and refuse the model if one is still damaged."""
    for name, about in expected.items():
        difference = _difference(folder / name, about, there[name])
        if difference:
            LOGGER.warning("%s of '%s' is damaged in the cache: it is downloaded once more.", name, pinned)
            _download(api, pinned, name, again=True)
            difference = _difference(folder / name, about, there[name])
        if difference:
            raise FolderError(f"{name} of '{pinned}' is damaged, also when it is downloaded again: {difference}")


def _difference(file: Path, about: Mapping[str, Any], there: Any) -> str:
    """Describe how a file differs from the hash in the manifest, or on the Hub; "" if it does not."""
    expected = about.get("sha256")
    if there.lfs and expected in (None, there.lfs.sha256):  # the Hub's hash is then the same as the manifest's
        return differs(file, there)
    received = sha256(file)
    if expected and received != expected:
        return f"expected sha256 {expected}. Received: {received}."
    return differs(file, there)


def _download(api: "HfApi", pinned: Reference, name: str, again: bool = False) -> Path:
    """Return a file in the cache; it is downloaded if it is not there."""

    def action() -> Path:
        return Path(
            api.hf_hub_download(
                pinned.repository,
                name,
                revision=pinned.revision,
                force_download=again,
                etag_timeout=ANSWER_SECONDS,
            )
        )

    return attempt(f"download {name} of '{pinned}'", lambda: _explained(pinned, action))
