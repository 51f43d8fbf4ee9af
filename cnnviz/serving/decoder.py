"""Decoder of visitors' photos: processes of its own, which are stopped when a photo takes too much time or memory."""

import functools
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import TimeoutError as TooLate
from contextlib import contextmanager
from pathlib import Path

from pebble import ProcessExpired, ProcessPool
from PIL import Image

from cnnviz.base.errors import ImageError
from cnnviz.picture.image import load_image

MAX_SECONDS = 2.5
"""Processor time of one photo, all threads of its decoder together."""

MAX_BYTES = 350 * 2**20
"""Memory that decoding one photo may take in addition."""

WALL_SECONDS = 60 if hasattr(signal, "setitimer") else 10
"""Limit by the clock: on systems that cannot measure a process's own time, it is the only one."""

NUM_WORKERS = 2
"""Number of photos that are decoded at a time over all endpoints together; others wait."""

METHOD = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"


class Decoder:
    """Decodes photos in processes of its own; threads may share it.

    Whatever a file holds, its decoder takes at most 2.5 seconds of processor time and 350 MiB of memory: on Linux the
    operating system itself ends a process that takes more time, which no code of a decoder can prevent, and refuses it
    more memory. Its memory is freed, another process takes its place, and the visitor gets one sentence. At most two
    photos are decoded at once, so that few hostile ones take little of the machine. Where the system has no such
    limits (macOS: none of memory; Windows: neither), the checks of `cnnviz.load_image` and a limit by the clock remain.

    The processes are started with the first photo. They need neither TensorFlow nor Gradio, and end with this process.

    Args:
        max_seconds: Processor time of one photo, in seconds.
        max_bytes: Additional memory of one photo, in bytes.
    """

    def __init__(self, max_seconds: float = MAX_SECONDS, max_bytes: int = MAX_BYTES) -> None:
        """Start no process yet."""
        self.max_seconds, self.max_bytes = max_seconds, max_bytes
        self._pool: ProcessPool | None = None
        self._lock = threading.Lock()

    def __call__(self, content: bytes) -> Image.Image:
        """Decode a photo.

        Args:
            content: The bytes of its file.

        Returns:
            The picture that `cnnviz.load_image` makes of it.

        Raises:
            ImageError: If it cannot be read, or takes too long or too much memory.
        """
        arguments = (content, self.max_seconds, self.max_bytes)
        future = self._running_pool().schedule(_decode, args=arguments, timeout=WALL_SECONDS)
        try:
            size, pixels = future.result()
        except (ProcessExpired, TooLate, MemoryError) as error:
            raise ImageError(
                f"Decoding the picture takes more than {self.max_seconds:g} seconds or {self.max_bytes >> 20} MiB. "
                "Save it smaller, as an ordinary JPEG or PNG, and retry."
            ) from error
        return Image.frombytes("RGB", size, pixels)

    def close(self) -> None:
        """End the processes; the next photo starts others."""
        with self._lock:
            if self._pool is not None:
                self._pool.stop()  # type: ignore[no-untyped-call]
                self._pool.join()
                self._pool = None

    def _running_pool(self) -> ProcessPool:
        with self._lock:
            if self._pool is None or not self._pool.active:
                context = multiprocessing.get_context(METHOD)
                if METHOD == "forkserver":
                    context.set_forkserver_preload([__name__])
                self._pool = ProcessPool(NUM_WORKERS, context=context)
            return self._pool


@functools.cache
def shared_decoder() -> Decoder:
    """Return the decoder that all models and endpoints of this process share."""
    return Decoder()


def _decode(content: bytes, max_seconds: float, max_bytes: int) -> tuple[tuple[int, int], bytes]:
    """Decode a photo in a process of the pool: its size, and its pixels as RGB bytes."""
    with _limited(max_seconds, max_bytes):
        picture = load_image(content)
        return picture.size, picture.tobytes()


@contextmanager
def _limited(max_seconds: float, max_bytes: int) -> Iterator[None]:
    """Let the operating system limit the time and the memory of this process."""
    if sys.platform == "win32":
        yield
        return
    import resource

    before, hard = resource.getrlimit(resource.RLIMIT_DATA)
    pages = Path("/proc/self/statm")
    if pages.exists():
        held = int(pages.read_text(encoding="ascii").split()[5]) * os.sysconf("SC_PAGE_SIZE")
        resource.setrlimit(resource.RLIMIT_DATA, (held + max_bytes, hard))
    signal.setitimer(signal.ITIMER_PROF, max_seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        resource.setrlimit(resource.RLIMIT_DATA, (before, hard))
