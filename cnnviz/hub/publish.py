"""Publishing a model folder on the Hugging Face Hub: checked first, complete or not at all, and never twice."""

import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnnviz.base.errors import HubError
from cnnviz.hub.client import (
    BRANCH,
    TIMEOUT_SECONDS,
    TOKENS,
    attempt,
    commit_files,
    connect,
    holds,
    is_repository,
    is_revision,
)
from cnnviz.hub.replacement import require_replaceable
from cnnviz.model_folder.card import address_card
from cnnviz.model_folder.folder import add_files, read_folder
from cnnviz.model_folder.manifest import CARD, MANIFEST, listed_files, sha256, verify_folder

if TYPE_CHECKING:
    from huggingface_hub import HfApi

VERSION = re.compile(r"v(\d+)")
WRITE = "repo.write"
READER = "read"
"""The Hub's name for the role of a token, or of a member of an organization, that may not write."""


@dataclass(frozen=True)
class Published:
    """The place of a published model folder.

    Args:
        repository: The repository's id.
        commit: The commit that holds it.
        tag: The tag on that commit.
        is_new: Whether a commit was made; False if exactly this folder was already there.
    """

    repository: str
    commit: str
    tag: str
    is_new: bool


def list_files(folder: Path, repository: str) -> dict[str, dict[str, Any]]:
    """List the files that would be published.

    Args:
        folder: A model folder.
        repository: "user/name"; "" if it is not known yet.

    Returns:
        The name of each file, with its sha256 and size.

    Raises:
        FolderError: If it is no intact model folder.
    """
    with addressed(folder, repository) as copy:
        manifest = copy / MANIFEST
        own = {"sha256": sha256(manifest), "size": manifest.stat().st_size}
        return {**verify_folder(copy)["files"], MANIFEST: own}


@contextmanager
def addressed(folder: Path, repository: str) -> Iterator[Path]:
    """Copy a model folder, and change the code in the copy's card so that it opens the published model.

    Args:
        folder: A model folder; it is not changed.
        repository: "user/name"; "" if it is not known yet.

    Yields:
        The copy; it is deleted afterwards.

    Raises:
        FolderError: If it is no intact model folder.
    """
    manifest = verify_folder(folder)
    with tempfile.TemporaryDirectory(prefix="cnnviz-") as parent:
        copy = Path(parent) / "model"
        copy.mkdir()
        for name in (MANIFEST, *listed_files(manifest)):
            shutil.copyfile(folder / name, copy / name)
        card = (copy / CARD).read_text(encoding="utf-8", errors="replace")
        ours = address_card(card, repository)
        if repository and ours != card:
            add_files(copy, {CARD: ours.encode()})
        yield copy


def publish(
    folder: Path, repository: str, private: bool = False, branch: str = BRANCH, tag: str = "", force: bool = False
) -> Published:
    """Publish a model folder: one commit with all of its files, and a tag on it.

    Before anything is sent, the token is checked, and the folder is read back and its model tried. The token is the one
    of the Hub's own tools (HF_TOKEN, or `hf auth login`). A repository that does not exist is created. The code in the
    published card opens the model from the Hub.

    Args:
        folder: The model folder.
        repository: "user/name".
        private: Whether only its owner can see the repository, if it is created now.
        branch: The branch to commit to; it is created if it does not exist.
        tag: The name of the version; "" for the next of v1, v2 and so on.
        force: Whether to publish over a model of other classes, or over a much better one.

    Returns:
        The place of the published folder.

    Raises:
        FolderError: If it is not an intact model folder.
        HubError: If the name or the token is not valid, the connection fails, the Hub refuses, or the model that is
            there is of other classes or much better. The folder is not changed.
    """
    api = require_access(repository, tag)
    with addressed(folder, repository) as copy:
        files = require_working(copy)
        if not force:
            require_replaceable(api, repository, branch, copy)
        attempt("make the repository", lambda: api.create_repo(repository, private=private, exist_ok=True))
        if branch != BRANCH:
            attempt("make the branch", lambda: api.create_branch(repository, branch=branch, exist_ok=True))
        ours = {name: copy / name for name in [*files, MANIFEST]}
        if tag:
            attempt("look for the tag", lambda: _require_fitting(api, repository, branch, tag, ours))
        commit, is_new = commit_files(api, repository, ours, "Publish a model of cnnviz", branch)
    return Published(repository, commit, _tag(api, repository, commit, tag), is_new)


def require_access(repository: str, tag: str = "") -> "HfApi":
    """Check, before long work, that publishing a model would be possible.

    Args:
        repository: "user/name".
        tag: The tag of the version; "" if it is chosen later.

    Returns:
        A client with the user's token; its calls have a time limit.

    Raises:
        HubError: If the name or the token is not valid, or the connection fails.
    """
    from huggingface_hub import get_token

    require_repository(repository)
    if tag and not is_revision(tag):
        raise HubError(f"A tag is made of letters, digits, '-', '_', '.' and '/'. Received: '{tag[:200]}'.")
    api = connect()
    if not attempt("get the token", get_token):
        raise HubError(
            f"Publishing needs a token that may write. Sign in with `hf auth login`, or set HF_TOKEN; see {TOKENS}."
        )
    _require_writer(api, repository)
    return api


def require_repository(repository: str) -> None:
    """Check a repository's name.

    Args:
        repository: The user's text.

    Raises:
        HubError: If it is not a "user/name".
    """
    if not is_repository(repository):
        raise HubError(
            f"A model is published as USER/NAME, of letters, digits, '-', '_' and '.'. Received: '{repository[:200]}'."
        )


def require_working(folder: Path) -> dict[str, dict[str, Any]]:
    """Read a model folder back, and check that its network answers.

    Args:
        folder: The model folder.

    Returns:
        The files, as in `list_files`.

    Raises:
        FolderError: If it is not an intact model folder.
        HubError: If its answers are infinite or NaN.
    """
    import numpy as np

    network = read_folder(folder)
    pictures = np.random.default_rng(0).random((2, *network.preprocessing.shape), np.float32)
    if not np.isfinite(network.logits(network.preprocessing.affine.numbers(pictures))).all():
        raise HubError(f"The model in '{folder}' answers with infinite values or NaN: it is not published.")
    return dict(network.manifest["files"])


def _require_writer(api: "HfApi", repository: str) -> None:
    """Check that the token may write, before anything is sent."""
    about = attempt("ask who the token belongs to", api.whoami)
    token = about.get("auth", {}).get("accessToken", {})
    scopes = (token.get("fineGrained") or {}).get("scoped")
    permissions = [each for scope in scopes or [] for each in scope.get("permissions", [])]
    if token.get("role") == READER or (scopes is not None and WRITE not in permissions):
        raise HubError(f"The token may only read. Make one that may write at {TOKENS}, and sign in with it.")
    owner, name = repository.split("/")[0], str(about.get("name", ""))
    writable = [each.get("name", "") for each in about.get("orgs") or [] if each.get("roleInOrg") != READER]
    if owner.lower() not in (each.lower() for each in (name, *writable)):
        raise HubError(
            f"The token belongs to '{name}', who may not write to '{repository}'. Publish as '{name}/...', or sign in "
            f"as somebody of '{owner}'."
        )


def require_publishable(repository: str, tag: str = "") -> None:
    """Check, before long work, that a model could be published as a version that is not there yet.

    Args:
        repository: "user/name"; it need not be there yet.
        tag: Of the version; "" if it is chosen later.

    Raises:
        HubError: If the name, the token or the connection does not do, or a version has the tag.
    """
    require_access(repository, tag)
    if tag:
        require_free_tag(repository, tag)


def require_free_tag(repository: str, tag: str) -> None:
    """Check, before long work, that a tag is not in use.

    Args:
        repository: "user/name"; it does not need to exist yet.
        tag: The tag.

    Raises:
        HubError: If a version has the tag already.
    """
    from huggingface_hub.errors import RepositoryNotFoundError

    api = connect()
    try:
        tags = attempt("look for the tag", lambda: _tags(api, repository))
    except HubError as error:
        if isinstance(error.__cause__, RepositoryNotFoundError):
            return
        raise
    if tag in tags:
        raise _taken(repository, tag)


def _tags(api: "HfApi", repository: str) -> dict[str, str]:
    """Ask for all tags, each with its commit."""
    return {each.name: each.target_commit for each in api.list_repo_refs(repository).tags}


def _require_fitting(api: "HfApi", repository: str, branch: str, tag: str, files: Mapping[str, Path]) -> None:
    """Refuse a tag that is in use, unless it is on the branch's last commit and that has the same files."""
    tagged = _tags(api, repository).get(tag)
    if tagged is None:
        return
    about = api.model_info(repository, revision=branch, files_metadata=True, timeout=TIMEOUT_SECONDS)
    if about.sha != tagged or not holds(about, files):
        raise _taken(repository, tag)


def _taken(repository: str, tag: str) -> HubError:
    return HubError(f"The tag '{tag}' of '{repository}' is on another version. Choose another --tag.")


def _tag(api: "HfApi", repository: str, commit: str, tag: str) -> str:
    """Tag a commit and return the tag. If no tag is given, a commit keeps its version tag or gets the next one."""

    def action() -> str:
        tags = _tags(api, repository)
        versions = {name: int(match[1]) for name in tags if (match := VERSION.fullmatch(name))}
        own = [name for name in (versions if not tag else [tag]) if tags.get(name) == commit]
        if own:
            return own[-1]
        if tag in tags:
            raise _taken(repository, tag)
        chosen = tag or f"v{max(versions.values(), default=0) + 1}"
        api.create_tag(repository, tag=chosen, revision=commit)
        return chosen

    return attempt("tag it", action)
