"""Following a model on the Hugging Face Hub: the choice of the model at the start, and updates to new versions."""

import gc
import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import Generic, TypeVar

from cnnviz.base.errors import CnnvizError, HubError
from cnnviz.explorer.explorer import Explorer
from cnnviz.explorer.interpretation import Interpretation
from cnnviz.explorer.loading import NOTHING_SAID, load, open_snapshot
from cnnviz.hub.client import Reference
from cnnviz.hub.pull import Snapshot, ask_commit, find_cached, pull, remember

LOGGER = logging.getLogger("cnnviz")
RETRY_SECONDS = 30
"""Longest time between two requests for the model while a fallback is served."""

Prepared = TypeVar("Prepared")


class Follower(Generic[Prepared]):
    """Serves the requested model, or a fallback, and swaps in new versions.

    Args:
        reference: The requested model. A commit never changes; a branch and a tag may.
        interval: Seconds between two checks for a new commit; 0 for no checks.
        prepare: A function that turns a loaded model into what is served. It raises a CnnvizError if the model does not
            work.
        require: A check of a model folder before the model is loaded. It raises a CnnvizError if it does not work.
        interpretation: What the user says of the requested model.

    Example:
        >>> from cnnviz.serving.follow import Follower
        >>> from cnnviz.hub.client import Reference
        >>> follower = Follower(Reference("alice/cats-and-dogs"), interval=300, prepare=lambda explorer: explorer)
    """

    def __init__(
        self,
        reference: Reference,
        interval: float,
        prepare: Callable[[Explorer], Prepared],
        require: Callable[[Path], None] = lambda _: None,
        interpretation: Interpretation = NOTHING_SAID,
    ) -> None:
        """Set up the follower; the Hub is not asked yet."""
        self._interpretation = interpretation
        self._require = require
        self.reference = reference
        self.interval = interval
        self._prepare = prepare
        self._late: Future[Snapshot] | None = None
        self._stand_in: Explorer | None = None
        self._serving = ""  # the commit that is served; "" for a fallback
        self._head = ""  # the last commit that the Hub reported
        self._doubtful = ""
        self._served: set[str] = set()
        self._refused: set[str] = set()
        self._is_silent = False

    def start(self, wait: float, strict: bool = False) -> Prepared:
        """Return the first model to serve, within a limited time.

        Args:
            wait: Seconds to wait for the Hub; after that, a fallback is served, and the wait goes on in the background.
            strict: Whether to refuse a fallback; then the wait lasts until the Hub's client gives up.

        Returns:
            The prepared model: the requested one; or the first that works of these: the last known version, another
            intact version from the cache, the embedded model. For a fallback, the model's source states the reason.

        Raises:
            CnnvizError: If `strict` is true and the requested model is not available.
        """
        first: Future[Snapshot] = Future()
        threading.Thread(target=self._begin, args=(first,), name="cnnviz-first-look", daemon=True).start()
        try:
            snapshot = first.result(None if strict else wait)
            explorer = self._open(snapshot)
            prepared = self._prepare(explorer)
        except TimeoutError:
            self._late = first
            return self._begin_with_another(f"'{self.reference}' did not arrive within {wait:g} seconds.")
        except CnnvizError as error:
            if strict:
                raise
            return self._begin_with_another(str(error))
        self._note(snapshot.commit)
        LOGGER.info("Serving %s.", explorer.source)
        return prepared

    def follow(self, swap: Callable[[Prepared], None]) -> None:
        """Check for new versions in the background, as long as there can be any.

        Args:
            swap: A function that replaces the model that is served.
        """
        threading.Thread(target=self._follow, args=(swap,), name="cnnviz-follow", daemon=True).start()

    @property
    def is_done(self) -> bool:
        """Whether no new version can come any more."""
        if self.reference.is_commit:
            return bool(self._serving) or self.reference.revision in self._refused
        return bool(self._serving) and not self.interval

    def look(self, swap: Callable[[Prepared], None]) -> None:
        """Check once for a new version, and serve it if there is one.

        Args:
            swap: As for `follow`.
        """
        try:
            self._head = ask_commit(self.reference)
            if self._is_news(self._head):
                self._take(self._head, swap)
        except HubError as error:  # an error of the Hub: a later check may succeed
            if not self._is_silent:
                LOGGER.warning("%s The next tries follow every %g seconds.", error, self._pause)
            self._is_silent = True
            return
        except CnnvizError as error:
            self._refuse(str(error), swap)
        if self._is_silent:
            LOGGER.info("The Hub answers again.")
        self._is_silent = False

    def _begin(self, first: "Future[Snapshot]") -> None:
        """Fetch the model, and pass it, or the error, to the waiting thread."""
        try:
            first.set_result(pull(self.reference))
        except Exception as error:  # the waiting thread raises it
            first.set_exception(error)

    def _open(self, snapshot: Snapshot, fallback: str = "") -> Explorer:
        """Check a version, and load it."""
        return open_snapshot(self.reference, snapshot, fallback, self._require, self._interpretation)

    def _begin_with_another(self, reason: str) -> Prepared:
        """Return the first fallback that works."""
        for snapshot in find_cached(self.reference):
            try:
                self._stand_in = self._open(snapshot, reason)
                prepared = self._prepare(self._stand_in)
                break
            except CnnvizError as error:  # the folder is intact, but the model is refused
                LOGGER.warning("Commit %s in the cache is not served: %s", snapshot.commit, error)
        else:
            self._stand_in = _because(load(), reason)
            prepared = self._prepare(self._stand_in)
        LOGGER.warning("%s Serving instead: %s.", reason, self._stand_in.source)
        return prepared

    def _take(self, commit: str, swap: Callable[[Prepared], None]) -> None:
        """Fetch a version, verify it, try it, and serve it."""
        explorer = self._open(pull(replace(self.reference, revision=commit)))
        swap(self._prepare(explorer))
        remember(self.reference, commit)
        self._note(commit)
        LOGGER.info("Serving %s from now on.", explorer.source)
        _collect()

    def _refuse(self, reason: str, swap: Callable[[Prepared], None]) -> None:
        """Refuse the version that the Hub reported; if a fallback is served, its source states the reason."""
        self._refused.add(self._head)
        LOGGER.warning("Commit %s of '%s' is not served: %s", self._head, self.reference, reason)
        if self._stand_in:
            self._stand_in = _because(self._stand_in, reason)
            swap(self._prepare(self._stand_in))

    def _note(self, commit: str) -> None:
        self._serving = commit
        self._served.add(commit)
        self._stand_in = None

    def _is_news(self, commit: str) -> bool:
        """Tell whether a commit is new. A commit that was served before counts only at the second check in a row.

        The Hub answers from several machines, and one of them may be out of date for a moment.
        """
        if commit == self._serving or commit in self._refused:
            self._doubtful = ""
            return False
        if commit in self._served and commit != self._doubtful:
            self._doubtful = commit
            return False
        return True

    @property
    def _pause(self) -> float:
        """Seconds until the next check."""
        if self._serving or self._head in self._refused:
            return self.interval or RETRY_SECONDS
        return min(self.interval or RETRY_SECONDS, RETRY_SECONDS)

    def _follow(self, swap: Callable[[Prepared], None]) -> None:
        pause = threading.Event()
        is_late = self._late is not None
        if self._late:  # the first check still goes on, perhaps with a long download
            self._late.exception()
            self._late = None
        while not self.is_done:
            if not is_late:
                pause.wait(self._pause)
            is_late = False
            try:
                self.look(swap)
            except Exception:  # a bug: log it once for each version, and go on checking
                self._refused.add(self._head)
                LOGGER.exception("Looking for a new version of '%s' failed.", self.reference)


def _collect() -> None:
    """Free the old model: networks refer to themselves, and what `gc.freeze` was told of would stay for ever."""
    is_frozen = gc.get_freeze_count() > 0
    gc.unfreeze()
    gc.collect()
    if is_frozen:
        gc.freeze()


def _because(explorer: Explorer, reason: str) -> Explorer:
    """Return an explorer whose source says that it is a fallback, and why."""
    return replace(explorer, source=explorer.source.because(reason))
