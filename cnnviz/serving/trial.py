"""The trial of a model: a process of its own, with limits, opens it up to its first page before anybody else does."""

import hashlib
import json
import math
import os
import queue
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

from cnnviz.base.errors import NetworkError
from cnnviz.base.failures import failing_as
from cnnviz.base.figures import count
from cnnviz.base.package import importing_environment
from cnnviz.base.storage import cache_root, write_atomically
from cnnviz.base.version import __version__
from cnnviz.model_folder.keras_file import fingerprint

READY = "ready"
"""What the process says when it has its libraries."""

START_SECONDS = 180
"""Longest time until a process has its libraries."""

LOOK_SECONDS = 0.05
"""Time between two looks at the memory of the process."""

TRIED = "tried"
"""Folder in the cache with one empty file for each model that passed."""

ON_PROCESSOR = {"CUDA_VISIBLE_DEVICES": "-1", "JAX_PLATFORMS": "cpu"}
"""Keeps the process off a GPU, whose memory the model that is served may fill."""

BY_THE_CLOCK = 3
"""Seconds by the clock for each second of processor time that a model may take."""

MEBIBYTE = 2**20
STAT = "/proc/{}/stat"
USER_TICKS, SYSTEM_TICKS, PAGES = 11, 12, 21
"""Places of these numbers after the name of the process; `man proc_pid_stat`."""


@dataclass
class Trial:
    """Tries models, each version once.

    Args:
        command: Starts the process. It says READY; reads one line, a JSON list of the model's path and what is said of
            it; and answers with one line, a JSON text: why the model cannot be shown, or "" if it can. It has a folder
            for files of its own in GRADIO_TEMP_DIR.
        seconds: Longest time of one processor that a model may take, watched on Linux; or three times as long by the
            clock, so that a machine that is busy with other things refuses no model.
        mebibytes: Largest memory that a model may take, watched on Linux.
        niceness: How far the process steps back behind others, from 0 to 19.
        said: What the user says of each model, plain JSON values; part of what has to pass.
    """

    command: Sequence[str]
    seconds: float = 60
    mebibytes: int = 4096
    niceness: int = 0
    said: Mapping[str, Any] = field(default_factory=dict)
    _waiting: "_Process | None" = field(default=None, init=False, repr=False)

    def begin(self, folder: Path | None) -> None:
        """Start the process, so that it gets ready while this one does; not if the model has passed before.

        Args:
            folder: The model folder or file that will be asked for, if it is known already.

        Raises:
            NetworkError: If no process can be started.
        """
        if self._waiting is None and not (folder and self._has_passed(folder)):
            self._waiting = self._start()

    def require(self, folder: Path) -> None:
        """Try a model, unless it has passed before.

        Args:
            folder: Its folder or file.

        Raises:
            NetworkError: If it cannot be shown, or takes too much time or memory, or ends the process.
        """
        if self._has_passed(folder):
            return
        process, self._waiting = self._waiting or self._start(), None
        try:
            refusal = process.ask([str(folder), dict(self.said)], self.seconds, self.mebibytes * MEBIBYTE)
        finally:
            process.end()
        if refusal:
            raise NetworkError(refusal)
        mark = self._mark(folder)
        with suppress(OSError):  # if the cache cannot be written, it is tried again at the next start
            mark.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(mark, b"")

    def close(self) -> None:
        """End a process that waits for a model."""
        if self._waiting:
            self._waiting.end()
            self._waiting = None

    def _has_passed(self, folder: Path) -> bool:
        return os.path.isfile(self._mark(folder))  # noqa: PTH113  # it raises no error for a folder that cannot be read

    def _mark(self, folder: Path) -> Path:
        """Name the file that says that a model has passed: by the hashes of its files, and by what tried it."""
        digest = hashlib.sha256(fingerprint(folder).encode())
        versions = [__version__, sys.version, os.environ.get("KERAS_BACKEND", "")]
        for name in ("keras", "tensorflow", "jax", "torch", "gradio"):
            try:
                versions.append(metadata.version(name))
            except metadata.PackageNotFoundError:
                versions.append("")
        digest.update(json.dumps([versions, self.said]).encode())
        return cache_root() / TRIED / digest.hexdigest()

    def _start(self) -> "_Process":
        with failing_as(NetworkError, "The model cannot be tried: no process can be started for it."):
            return _Process(self.command, self.niceness)


class _Process:
    """One process, for one model."""

    def __init__(self, command: Sequence[str], niceness: int) -> None:
        """Start it."""
        self._folder = tempfile.mkdtemp(prefix="cnnviz-trial-")
        try:
            self._process = subprocess.Popen(
                [*command, str(niceness)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={**importing_environment(), **ON_PROCESSOR, "GRADIO_TEMP_DIR": self._folder},
                text=True,
                encoding="utf-8",
            )
        except OSError:
            shutil.rmtree(self._folder, ignore_errors=True)
            raise
        self._lines: queue.Queue[str | None] = queue.Queue()
        threading.Thread(target=self._read, name="cnnviz-trial", daemon=True).start()

    def ask(self, question: Sequence[Any], seconds: float, max_bytes: int) -> str:
        """Return why a model cannot be shown; "" if it can."""
        try:
            while self._next_line(START_SECONDS) != READY:
                pass
            print(json.dumps(question), file=self._process.stdin, flush=True)
        except (EOFError, OSError, TimeoutError):
            return f"The model cannot be tried: the process for it does not start. {self._status()}"
        used, held = self._usage()
        try:
            return str(json.loads(self._next_line(seconds * BY_THE_CLOCK, used + seconds, held + max_bytes)))
        except TimeoutError:
            return f"The model is not shown: its first page takes longer than {seconds:g} seconds."
        except MemoryError:
            return (
                f"The model is not shown: its first page takes more than {count(max_bytes // MEBIBYTE)} MiB of memory."
            )
        except (EOFError, ValueError):
            return f"The model is not shown: it ended the process in which it was tried. {self._status()}"

    def end(self) -> None:
        """End it, whatever it does, and delete its files."""
        self._process.kill()
        self._process.wait()
        if self._process.stdin:
            self._process.stdin.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _next_line(self, seconds: float, max_used: float = math.inf, max_bytes: float = math.inf) -> str:
        """Wait for a line. An EOFError says that the process has ended."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                line = self._lines.get(timeout=LOOK_SECONDS)
            except queue.Empty:
                used, held = self._usage()
                if held > max_bytes:
                    raise MemoryError from None
                if used > max_used or time.monotonic() > deadline:
                    raise TimeoutError from None
            else:
                if line is None:
                    raise EOFError
                return line

    def _read(self) -> None:
        """Read what it says; in a thread, as a pipe can only be waited for."""
        if self._process.stdout:
            with self._process.stdout as stream:
                for line in stream:
                    self._lines.put(line.strip())
        self._lines.put(None)

    def _usage(self) -> tuple[float, int]:
        """Return its seconds of processor time and bytes of memory so far; zeros if the system does not say."""
        try:
            fields = Path(STAT.format(self._process.pid)).read_text().rpartition(")")[2].split()
        except OSError:
            return 0, 0
        ticks, pages = int(fields[USER_TICKS]) + int(fields[SYSTEM_TICKS]), int(fields[PAGES])
        return ticks / os.sysconf("SC_CLK_TCK"), pages * os.sysconf("SC_PAGE_SIZE")

    def _status(self) -> str:
        try:
            return f"Received: exit status {self._process.wait(1)}."
        except subprocess.TimeoutExpired:
            return "Received: no answer."
