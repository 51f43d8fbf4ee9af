"""Following a model on the Hugging Face Hub: what is served at the start, and each new version from then on."""

import gc
import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from typing import Generic, TypeVar

from cnnviz.base.errors import CnnvizError, HubError
from cnnviz.explorer.explorer import Explorer
from cnnviz.explorer.loading import load, open_snapshot
from cnnviz.hub.client import Reference
from cnnviz.hub.pull import Snapshot, ask_commit, find_cached, pull, remember

LOGGER = logging.getLogger("cnnviz")
RETRY_SECONDS = 30
"""Between two looks while something else stands in for a model that cannot be had."""

Prepared = TypeVar("Prepared")


class Follower(Generic[Prepared]):
    """Has the model that was asked for, or what can stand in for it, and later what it becomes.

    Args:
        reference: The model that was asked for. A commit never changes; a branch and a tag may.
        interval: Seconds between two looks for a new commit; 0 for none.
        prepare: Makes of a loaded model what is served; it raises a CnnvizError if the model does not work.

    Example:
        >>> from cnnviz.serving.follow import Follower
        >>> from cnnviz.hub.client import Reference
        >>> follower = Follower(Reference("alice/cats-and-dogs"), interval=300, prepare=lambda explorer: explorer)
    """

    def __init__(self, reference: Reference, interval: float, prepare: Callable[[Explorer], Prepared]) -> None:
        """Ask nothing yet."""
        self.reference = reference
        self.interval = interval
        self._prepare = prepare
        self._late: Future[Snapshot] | None = None
        self._stand_in: Explorer | None = None
        self._serving = ""  # the commit; "" while something stands in
        self._head = ""  # the commit that the Hub named last
        self._doubtful = ""
        self._served: set[str] = set()
        self._refused: set[str] = set()
        self._is_silent = False

    def start(self, wait: float, strict: bool = False) -> Prepared:
        """Give what is to be served first. What the Hub is waited for is bounded.

        Args:
            wait: Seconds that the Hub may take; after that it is waited for in the background.
            strict: Whether nothing may stand in; then the Hub is waited for until its client gives up.

        Returns:
            What was made of the model that was asked for; or else of what it was when the Hub was asked last, of
            another intact version that was fetched before, or of the embedded model, whichever works first. The
            source says why.

        Raises:
            CnnvizError: If it is strict and the model cannot be had.
        """
        first: Future[Snapshot] = Future()
        threading.Thread(target=self._begin, args=(first,), name="cnnviz-first-look", daemon=True).start()
        try:
            snapshot = first.result(None if strict else wait)
            explorer = open_snapshot(self.reference, snapshot)
            prepared = self._prepare(explorer)
        except TimeoutError:
            self._late = first
            return self._begin_with_another(f"'{self.reference}' was not here within {wait:g} seconds.")
        except CnnvizError as error:
            if strict:
                raise
            return self._begin_with_another(str(error))
        self._note(snapshot.commit)
        LOGGER.info("Serving %s.", explorer.source)
        return prepared

    def follow(self, swap: Callable[[Prepared], None]) -> None:
        """Look for what the model becomes from now on, in the background, as long as anything can come.

        Args:
            swap: Has something else served.
        """
        threading.Thread(target=self._follow, args=(swap,), name="cnnviz-follow", daemon=True).start()

    @property
    def is_done(self) -> bool:
        """Whether nothing else can come."""
        if self.reference.is_commit:
            return bool(self._serving) or self.reference.revision in self._refused
        return bool(self._serving) and not self.interval

    def look(self, swap: Callable[[Prepared], None]) -> None:
        """Look once whether the model has become another, and if so, have that served.

        Args:
            swap: As for `follow`.
        """
        try:
            self._head = ask_commit(self.reference)
            if self._is_news(self._head):
                self._take(self._head, swap)
        except HubError as error:  # of the Hub, so that it may do later what it cannot do now
            if not self._is_silent:
                LOGGER.warning("%s It is asked again every %g seconds.", error, self._pause)
            self._is_silent = True
            return
        except CnnvizError as error:
            self._refuse(str(error), swap)
        if self._is_silent:
            LOGGER.info("The Hub answers again.")
        self._is_silent = False

    def _begin(self, first: "Future[Snapshot]") -> None:
        """Get the model, or the reason why not."""
        try:
            first.set_result(pull(self.reference))
        except Exception as error:  # goes to whoever waits for it
            first.set_exception(error)

    def _begin_with_another(self, reason: str) -> Prepared:
        """Serve the first that works of what can stand in for the model."""
        for snapshot in find_cached(self.reference):
            try:
                self._stand_in = open_snapshot(self.reference, snapshot, reason)
                prepared = self._prepare(self._stand_in)
                break
            except CnnvizError as error:  # intact, but it was refused for what it is
                LOGGER.warning("Commit %s in the cache is not served: %s", snapshot.commit, error)
        else:
            self._stand_in = _because(load(), reason)
            prepared = self._prepare(self._stand_in)
        LOGGER.warning("%s Serving instead: %s.", reason, self._stand_in.source)
        return prepared

    def _take(self, commit: str, swap: Callable[[Prepared], None]) -> None:
        """Fetch a version, verify it, try it, and have it served."""
        explorer = open_snapshot(self.reference, pull(replace(self.reference, revision=commit)))
        swap(self._prepare(explorer))
        remember(self.reference, commit)
        self._note(commit)
        LOGGER.info("Serving %s from now on.", explorer.source)
        gc.collect()  # networks refer to themselves: old ones would stay until the collector happens to run

    def _refuse(self, reason: str, swap: Callable[[Prepared], None]) -> None:
        """Keep out the version that the Hub named, and have what stands in for it say why."""
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
        """Tell whether a commit is to be served. One that was served before is believed only at the second look.

        The Hub answers from several machines, of which one may know for a moment less than another.
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
        """Seconds until the next look."""
        if self._serving or self._head in self._refused:
            return self.interval or RETRY_SECONDS
        return min(self.interval or RETRY_SECONDS, RETRY_SECONDS)

    def _follow(self, swap: Callable[[Prepared], None]) -> None:
        pause = threading.Event()
        is_late = self._late is not None
        if self._late:  # the first look still goes on, perhaps through a long download
            self._late.exception()
            self._late = None
        while not self.is_done:
            if not is_late:
                pause.wait(self._pause)
            is_late = False
            try:
                self.look(swap)
            except Exception:  # a bug: it belongs into the log, once for each version, and must not end the looks
                self._refused.add(self._head)
                LOGGER.exception("Looking for a new version of '%s' failed.", self.reference)


def _because(explorer: Explorer, reason: str) -> Explorer:
    """Give an explorer as what stands in for another."""
    return replace(explorer, source=explorer.source.because(reason))
