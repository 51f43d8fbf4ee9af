"""Following a model on the Hugging Face Hub: what is served at the start, and each new version from then on."""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace

from cnnviz.errors import CnnvizError, HubError
from cnnviz.explorer import Explorer, load, open_snapshot
from cnnviz.hub import Reference
from cnnviz.pull import ask_commit, find_cached, pull

LOGGER = logging.getLogger("cnnviz")
RETRY_SECONDS = 30
"""Between two looks while something else stands in for the model."""


class Follower:
    """Has the model that was asked for, or what can stand in for it, and later what it becomes.

    Args:
        reference: The model that was asked for. A commit never changes; a branch and a tag may.
        interval: Seconds between two looks for a new commit; 0 for none.

    Example:
        >>> from cnnviz.follow import Follower
        >>> from cnnviz.hub import Reference
        >>> follower = Follower(Reference("alice/cats-and-dogs"), interval=300)
    """

    def __init__(self, reference: Reference, interval: float) -> None:
        """Ask nothing yet."""
        self.reference = reference
        self.interval = interval
        self._late: Future[Explorer] | None = None
        self._serving = ""  # the commit; "" while something stands in
        self._served: set[str] = set()
        self._doubtful = ""
        self._refused: set[str] = set()
        self._is_silent = False

    def start(self, wait: float, strict: bool = False) -> Explorer:
        """Give what is to be served first, after a bounded time.

        Args:
            wait: Seconds that the Hub may take; after that it is waited for in the background.
            strict: Whether nothing may stand in; then the model is waited for, until the client gives up.

        Returns:
            The model that was asked for; or the newest intact version of it that was fetched before; or the embedded
            model. The source says why.

        Raises:
            CnnvizError: If it is strict and the model cannot be had.
        """
        first: Future[Explorer] = Future()
        threading.Thread(target=self._begin, args=(first,), name="cnnviz-first-look", daemon=True).start()
        try:
            explorer = first.result(None if strict else wait)
        except TimeoutError:
            self._late = first
            reason = f"'{self.reference}' was not here within {wait:g} seconds."
        except CnnvizError as error:
            if strict:
                raise
            reason = str(error)
        else:
            self._note(explorer)
            LOGGER.info("Serving %s.", explorer.source)
            return explorer
        explorer = self._stand_in(reason)
        LOGGER.warning("%s Serving instead: %s.", reason, explorer.source)
        return explorer

    def follow(self, swap: Callable[[Explorer], None]) -> None:
        """Look for what the model becomes from now on, in the background, as long as the process runs.

        Args:
            swap: Has another model served; it raises a CnnvizError if that one does not work.
        """
        threading.Thread(target=self._follow, args=(swap,), name="cnnviz-follow", daemon=True).start()

    def look(self, swap: Callable[[Explorer], None]) -> None:
        """Look once whether the model has become another, and if so, have that served.

        Args:
            swap: As for `follow`.
        """
        commit = ""
        try:
            commit = ask_commit(self.reference)
            if self._is_news(commit):
                explorer = open_snapshot(self.reference, pull(replace(self.reference, revision=commit)))
                swap(explorer)
                self._note(explorer)
                LOGGER.info("Serving %s from now on.", explorer.source)
        except HubError as error:  # of the Hub, so that it may do later what it cannot do now
            if not self._is_silent:
                LOGGER.warning("%s It is asked again every %g seconds.", error, self._pause)
            self._is_silent = True
            return
        except CnnvizError as error:
            self._refused.add(commit)
            LOGGER.warning("Commit %s of '%s' is not served: %s", commit, self.reference, error)
        if self._is_silent:
            LOGGER.info("The Hub answers again.")
        self._is_silent = False

    def _begin(self, first: "Future[Explorer]") -> None:
        """Get the model, or the reason why not."""
        try:
            first.set_result(open_snapshot(self.reference, pull(self.reference)))
        except Exception as error:  # goes to whoever waits for it
            first.set_exception(error)

    def _stand_in(self, reason: str) -> Explorer:
        for snapshot in find_cached(self.reference.repository):
            try:
                return open_snapshot(self.reference, snapshot, reason)
            except CnnvizError as error:  # intact, but it was refused for what it is
                LOGGER.warning("Commit %s in the cache is not served: %s", snapshot.commit, error)
        embedded = load()
        return replace(embedded, source=embedded.source.because(reason))

    def _note(self, explorer: Explorer) -> None:
        self._serving = explorer.source.commit
        self._served.add(self._serving)

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
        return self.interval if self._serving else min(self.interval or RETRY_SECONDS, RETRY_SECONDS)

    @property
    def _is_done(self) -> bool:
        """Whether no other model can come."""
        if self.reference.is_commit:
            return bool(self._serving) or self.reference.revision in self._refused
        return bool(self._serving) and not self.interval

    def _follow(self, swap: Callable[[Explorer], None]) -> None:
        pause = threading.Event()
        is_late = self._late is not None
        if self._late:  # the first look still goes on, perhaps through a long download
            self._late.exception()
            self._late = None
        while not self._is_done:
            if not is_late:
                pause.wait(self._pause)
            is_late = False
            try:
                self.look(swap)
            except Exception:  # a bug: it belongs into the log, and must not end the looks
                LOGGER.exception("Looking for a new version of '%s' failed.", self.reference)
