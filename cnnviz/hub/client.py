"""References to models on the Hugging Face Hub, and a client whose calls have a time limit and clear errors."""

import functools
import hashlib
import logging
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from cnnviz.base.errors import HubError, HubUnreachableError
from cnnviz.model_folder.manifest import sha256

if TYPE_CHECKING:
    from huggingface_hub import HfApi

LOGGER = logging.getLogger("cnnviz")
Answer = TypeVar("Answer")

REPOSITORY = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}")
REVISION = re.compile(r"[A-Za-z0-9][\w./-]{0,199}")
ADDRESS = re.compile(r"(?:hf://|https?://(?:www\.)?(?:huggingface\.co|hf\.co)/)(?:models/)?")
"""How an address of the Hub begins: Keras's own way to write one, or that of a web page."""

REVISION_IN_PAGE = re.compile(r"/(?:tree|blob|resolve|commit)/")
FILE_SUFFIXES = (".keras", ".h5", ".hdf5", ".json", ".zip", ".pb", ".pt", ".pth", ".onnx", ".tflite", ".safetensors")
"""Suffixes of files with models: two plain parts that end so are a path."""

COMMIT = re.compile(r"[0-9a-f]{40}")
BRANCH = "main"
"""The branch that is used if a reference names no revision."""

ATTRIBUTES = ".gitattributes"
"""The Hub's own file, which lists the files that it stores as large files."""

SIGNATURE = re.compile(r"(https?://[^\s?]+)\?\S+")
TOKENS = "https://huggingface.co/settings/tokens"
TIMEOUT_SECONDS = 60
"""Timeout of one Hub request; by default the client has none."""

NUM_TRIES, FIRST_WAIT_SECONDS = 5, 1.0
PASSING = frozenset({408, 409, 412, 429, 500, 502, 503, 504})
"""HTTP status codes after which another try may succeed: the Hub is busy, or another commit came first."""

MAX_RECEIVED = 300

BROKEN = frozenset({408, 429, 500, 502, 503, 504})
"""HTTP status codes that mean that the Hub is busy or broken: they say nothing about the request."""


@dataclass(frozen=True)
class Reference:
    """Reference to one model on the Hub.

    Args:
        repository: "user/name".
        revision: A branch, a tag or a commit.

    Example:
        >>> from cnnviz.hub.client import read_reference
        >>> read_reference("alice/cats-and-dogs@v2")
        Reference(repository='alice/cats-and-dogs', revision='v2')
    """

    repository: str
    revision: str = BRANCH

    @property
    def is_commit(self) -> bool:
        """Whether it is a commit, so that its files never change."""
        return COMMIT.fullmatch(self.revision) is not None

    def __str__(self) -> str:
        """Return the text that `read_reference` reads."""
        return f"{self.repository}@{self.revision}"


def read_reference(text: str) -> Reference | None:
    """Read the reference to a model on the Hub from a text.

    Args:
        text: "user/name" or "user/name@revision", without a suffix of files; "hf://user/name", with or without a
            revision; or the address of the model's web page.

    Returns:
        The reference; None if the text has another form.

    Example:
        >>> str(read_reference("https://huggingface.co/alice/cats-and-dogs/tree/v2"))
        'alice/cats-and-dogs@v2'
    """
    plain = ADDRESS.sub("", text, count=1)
    is_address = plain != text
    if is_address:
        plain = REVISION_IN_PAGE.sub("@", plain.partition("?")[0], count=1)
    repository, at, revision = plain.rstrip("/").partition("@")
    if not is_repository(repository) or (at and not is_revision(revision)):
        return None
    if not is_address and plain.endswith(FILE_SUFFIXES):
        return None
    return Reference(repository, revision if at else BRANCH)


def is_address(text: str) -> bool:
    """Tell whether a text is an address of the Hub, well-formed or not, and so no path.

    Args:
        text: The user's text.

    Returns:
        True if it begins with hf:// or as the Hub's web pages do.
    """
    return ADDRESS.match(text) is not None


def is_repository(name: str) -> bool:
    """Tell whether a text is a possible name of a repository.

    Args:
        name: The user's text.

    Returns:
        True if it is a "user/name" of characters that the Hub allows.
    """
    return bool(REPOSITORY.fullmatch(name)) and ".." not in name and not name.endswith((".git", ".ipynb"))


def is_revision(name: str) -> bool:
    """Tell whether a text is a possible name of a branch, a tag or a commit.

    Args:
        name: The user's text.

    Returns:
        True if it consists of allowed characters.
    """
    return bool(REVISION.fullmatch(name)) and ".." not in name


def connect() -> "HfApi":
    """Return a client whose calls have a time limit. It uses the token that the Hub's own tools store, if any."""
    from huggingface_hub import HfApi

    _limit_waiting()
    return HfApi()


def commit_files(
    api: "HfApi",
    repository: str,
    files: Mapping[str, Path],
    message: str,
    branch: str = BRANCH,
    kind: str = "model",
    alone: bool = False,
) -> tuple[str, bool]:
    """Make one commit with all files, unless the branch already has them (for example if an answer was lost).

    Args:
        api: A client from `connect`.
        repository: "user/name".
        files: The files to commit, by their names in the repository.
        message: The message of the commit.
        branch: The branch to commit to.
        kind: "model" or "space".
        alone: Whether to delete all other files of the repository.

    Returns:
        The commit's full hash, and whether it was made by this call.

    Raises:
        HubUnreachableError: If the Hub does not answer.
        HubError: If the Hub refuses.
    """
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete

    def action() -> tuple[str, bool]:
        ask = api.space_info if kind == "space" else api.model_info
        about: Any = ask(repository, revision=branch, files_metadata=True, timeout=TIMEOUT_SECONDS)
        there = {each.rfilename: each for each in about.siblings or []}
        others = [name for name in there if alone and name not in files and name != ATTRIBUTES]
        if not others and holds(about, files):
            return str(about.sha), False
        operations = [CommitOperationAdd(name, file) for name, file in files.items()]
        made = api.create_commit(
            repository,
            [*operations, *map(CommitOperationDelete, others)],
            commit_message=message,
            repo_type=kind,
            revision=branch,
            parent_commit=about.sha,
        )
        return str(made.oid), True

    return attempt("commit", action)


def holds(about: Any, files: Mapping[str, Path]) -> bool:
    """Tell whether a revision has the same files as this machine.

    Args:
        about: The Hub's description of the revision, with `siblings`.
        files: The files, by their names in the repository.

    Returns:
        True if the revision has all of them with the same content.
    """
    there = {each.rfilename: each for each in about.siblings or []}
    return all(name in there and not differs(file, there[name]) for name, file in files.items())


def differs(file: Path, there: Any) -> str:
    """Compare a file with a file of a repository, by the hash that the Hub has for its content.

    Args:
        file: The file.
        there: The Hub's description of a file, with `lfs` or `blob_id`.

    Returns:
        A description of the difference; "" if they are equal.
    """
    if there.lfs:
        kind, expected, received = "sha256", there.lfs.sha256, sha256(file)
    else:
        kind, expected, received = "git's sha1", there.blob_id, git_hash(file)
    return f"expected {kind} {expected}. Received: {received}." if received != expected else ""


def git_hash(file: Path) -> str:
    """Compute the hash that git, and the Hub, have for a small file.

    Args:
        file: The file.

    Returns:
        40 hexadecimal digits.
    """
    content = file.read_bytes()
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


@functools.cache
def _limit_waiting() -> None:
    """Limit the time of every call of the client; done once, because it closes connections in use."""
    import httpx2
    from huggingface_hub import get_session, set_client_factory

    usual = get_session()
    hooks = usual.event_hooks  # they forbid requests where HF_HUB_OFFLINE is set, and give each request an id

    def make_client() -> httpx2.Client:
        return httpx2.Client(
            event_hooks=hooks, follow_redirects=usual.follow_redirects, timeout=httpx2.Timeout(TIMEOUT_SECONDS)
        )

    set_client_factory(make_client)


def attempt(what: str, action: Callable[[], Answer], num_tries: int | None = None) -> Answer:
    """Call the Hub, try again if that may help, and raise an error with a clear message if it fails.

    Args:
        what: The name of the action in messages, such as "commit".
        action: The function that does it; it may be called several times.
        num_tries: Largest number of tries; None for the usual number.

    Returns:
        The result of `action`.

    Raises:
        HubUnreachableError: If the Hub does not answer, or is busy or broken.
        HubError: If the Hub refuses.
    """
    import httpx2
    from huggingface_hub.errors import OIDCError

    wait = FIRST_WAIT_SECONDS
    last = num_tries or NUM_TRIES
    for number in range(1, last + 1):
        try:
            return _unwrapped(action)
        except (OSError, ValueError, RuntimeError, httpx2.HTTPError, OIDCError) as error:  # what the client raises
            reason, may_pass = _explain(what, error)
            if not may_pass or number == last:
                raise reason from error
        LOGGER.info("Could not %s; try %d of %d follows.", what, number + 1, last)
        time.sleep(wait)
        wait *= 2
    raise AssertionError("unreachable")


def _explain(what: str, error: BaseException) -> tuple[HubError, bool]:
    """Turn an error into one with a clear message, and tell whether another try may succeed."""
    import httpx2
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError, OfflineModeIsEnabled

    if isinstance(error, LocalEntryNotFoundError) and error.__cause__:  # the client has tried several times
        return _explain(what, error.__cause__)[0], False
    if isinstance(error, HfHubHTTPError):
        status = getattr(error.response, "status_code", 0)
        kind = HubUnreachableError if status in BROKEN else HubError
        return kind(_reason(what, status, str(error.server_message or error))), status in PASSING
    if isinstance(error, OfflineModeIsEnabled):
        return HubUnreachableError(f"Cannot {what}: HF_HUB_OFFLINE forbids to ask the Hub."), False
    name = type(error).__name__
    if isinstance(error, httpx2.HTTPError | ConnectionError | TimeoutError):
        text = f"Cannot {what}: the Hub does not answer. Check the connection. Received: {name}."
        return HubUnreachableError(text), True
    is_incomplete = isinstance(error, OSError) and error.errno is None  # a file came with another size than announced
    return HubError(f"Cannot {what}. Received: {name}, {_short(str(error))}."), is_incomplete


def _unwrapped(action: Callable[[], Answer]) -> Answer:
    """Call a function. If its error only says that an upload failed, raise the cause instead."""
    try:
        return action()
    except RuntimeError as error:
        raise error.__cause__ or error from error


def _reason(what: str, status: int, message: str) -> str:
    """Explain an error status of the Hub."""
    advice = {
        401: f"The token is not valid. Sign in with `hf auth login`, or set HF_TOKEN; see {TOKENS}",
        402: "The account's plan does not include this",
        403: f"The token may not do this. Make one that may at {TOKENS}",
        404: "There is no such repository, branch or version",
    }.get(status, "The Hub refused")
    return f"Cannot {what}. {advice}. Received: HTTP {status}, {_short(message)}."


def _short(text: str) -> str:
    """Shorten a message to one line for use in a sentence, and remove signatures from its addresses."""
    return " ".join(SIGNATURE.sub(r"\1", text).split())[:MAX_RECEIVED].rstrip(".")
