"""Decoder of visitors' photos: processes of its own, which are stopped when a photo takes too much time or memory."""

import functools
import queue
import signal
import subprocess
import threading
from contextlib import suppress
from multiprocessing.spawn import get_executable

from PIL import Image

from cnnviz.base.errors import ImageError
from cnnviz.base.package import importing_environment
from cnnviz.serving.decoding import ANSWER, QUESTION

MAX_SECONDS = 2.5
"""Processor time of one photo, all threads of its decoder together."""

MAX_BYTES = 350 * 2**20
"""Memory that decoding one photo may take in addition."""

WALL_SECONDS = 60 if hasattr(signal, "setitimer") else 10
"""Limit by the clock: on systems that cannot measure a process's own time, it is the only one."""

NUM_WORKERS = 2
"""Number of photos that are decoded at a time over all endpoints together; others wait."""

MODULE = "cnnviz.serving.decoding"
FAILED = 1
"""Exit status of a process after a traceback."""


class Decoder:
    """Decodes photos in processes of its own; threads may share it.

    Whatever a file holds, its decoder takes at most 2.5 seconds of processor time and 350 MiB of memory: on Linux the
    operating system itself ends a process that takes more time, which no code of a decoder can prevent, and refuses it
    more memory. Its memory is freed, another process takes its place, and the visitor gets one sentence. At most two
    photos are decoded at once, so that few hostile ones take little of the machine. Where the system has no such
    limits (macOS: none of memory; Windows: neither), the checks of `cnnviz.load_image` and a limit by the clock remain.

    Each process is started with the first photo that it gets. It needs neither TensorFlow nor Gradio, knows nothing of
    the program that started it, and ends with it. All that it gives back are pixels or a sentence.

    Args:
        max_seconds: Processor time of one photo, in seconds.
        max_bytes: Additional memory of one photo, in bytes.
    """

    def __init__(self, max_seconds: float = MAX_SECONDS, max_bytes: int = MAX_BYTES) -> None:
        """Start no process yet."""
        self.max_seconds, self.max_bytes = max_seconds, max_bytes
        self._idle: queue.LifoQueue[_Worker] = queue.LifoQueue()
        for _ in range(NUM_WORKERS):
            self._idle.put(_Worker(max_seconds, max_bytes))

    def __call__(self, content: bytes) -> Image.Image:
        """Decode a photo.

        Args:
            content: The bytes of its file.

        Returns:
            The picture that `cnnviz.load_image` makes of it.

        Raises:
            ImageError: If it cannot be read, or takes too long or too much memory.
        """
        worker = self._idle.get()
        try:
            size, body = worker.ask(content)
        finally:
            self._idle.put(worker)
        if all(size):
            return Image.frombytes("RGB", size, body)
        raise ImageError(
            body.decode()
            or f"Decoding the picture takes more than {self.max_seconds:g} seconds or {self.max_bytes >> 20} MiB. "
            "Save it smaller, as an ordinary JPEG or PNG, and retry."
        )

    def close(self) -> None:
        """End the processes, when they are done; the next photo starts others."""
        for worker in [self._idle.get() for _ in range(NUM_WORKERS)]:
            worker.end()
            self._idle.put(worker)


@functools.cache
def shared_decoder() -> Decoder:
    """Return the decoder that all models and endpoints of this process share."""
    return Decoder()


class _Worker:
    """Decodes one photo at a time in a process, which it starts when there is none."""

    def __init__(self, max_seconds: float, max_bytes: int) -> None:
        """Start no process yet."""
        self._limits = str(max_seconds), str(max_bytes)
        self._process: subprocess.Popen[bytes] | None = None

    def ask(self, content: bytes) -> tuple[tuple[int, int], bytes]:
        """Return the picture's size and pixels; or no size, and why not, or nothing if it takes too much."""
        if self._process is None or self._process.poll() is not None:
            self.end()
            self._process = self._start()
        process = self._process
        timer = threading.Timer(WALL_SECONDS, process.kill)
        timer.start()
        try:
            return _ask(process, content)
        except (OSError, EOFError):
            if process.wait() == FAILED and timer.is_alive():
                raise RuntimeError("The process that decodes photos has failed. Its traceback is above.") from None
            return (0, 0), b""
        except BaseException:  # as Ctrl-C
            process.kill()
            raise
        finally:
            timer.cancel()

    def end(self) -> None:
        """End the process, if there is one."""
        if self._process is not None:
            self._process.kill()
            with suppress(BrokenPipeError):  # of what it has not read
                self._process.__exit__(None, None, None)
            self._process = None

    def _start(self) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            [get_executable(), "-P", "-m", MODULE, *self._limits],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=importing_environment(),
            start_new_session=True,
        )


def _ask(process: "subprocess.Popen[bytes]", content: bytes) -> tuple[tuple[int, int], bytes]:
    """Ask a process. An OSError or an EOFError says that it has ended."""
    if process.stdin is None or process.stdout is None:
        raise EOFError
    process.stdin.write(QUESTION.pack(len(content)))
    process.stdin.write(content)
    process.stdin.flush()
    head = process.stdout.read(ANSWER.size)
    if len(head) < ANSWER.size:
        raise EOFError
    width, height, length = ANSWER.unpack(head)
    body = process.stdout.read(length)
    if len(body) < length:
        raise EOFError
    return (width, height), body
