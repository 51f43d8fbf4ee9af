"""The process in which photos are decoded: `python -m cnnviz.serving.decoding SECONDS BYTES`, for `Decoder`.

It reads photos from its input, the length of each before it, and answers each by `answer`, until its input ends.
"""

import os
import signal
import struct
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from cnnviz.base.errors import ImageError
from cnnviz.picture.image import load_image

QUESTION = struct.Struct("!Q")
"""The number of bytes of a photo, which follow."""

ANSWER = struct.Struct("!IIQ")
"""Width and height of the picture, and the number of bytes that follow."""


def answer(content: bytes, max_seconds: float, max_bytes: int) -> tuple[bytes, bytes]:
    """Decode a photo within limits. The system ends this process if it takes too much time.

    Args:
        content: The bytes of its file.
        max_seconds: Processor time, in seconds.
        max_bytes: Additional memory, in bytes.

    Returns:
        An `ANSWER`, and what follows it: the picture's pixels as RGB bytes; or, of a picture of width 0, why there is
        none, as UTF-8, or nothing if it takes too much memory.

    Example:
        >>> head, why = answer(b"", 1, 2**20)
        >>> ANSWER.unpack(head)[:2], why.decode().split(":")[0]
        ((0, 0), 'The picture is empty')
    """
    size, body = (0, 0), b""
    with suppress(MemoryError), _limited(max_seconds, max_bytes):
        try:
            picture = load_image(content)
            size, body = picture.size, picture.tobytes()
        except ImageError as error:
            body = str(error).encode()
    return ANSWER.pack(*size, len(body)), body


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


def main() -> None:
    """Answer photos until there are no more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that asks; with it, the photos end
    max_seconds, max_bytes = float(sys.argv[1]), int(sys.argv[2])
    photos = sys.stdin.buffer
    with suppress(BrokenPipeError), os.fdopen(os.dup(sys.stdout.fileno()), "wb") as answers:
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what libraries print is no answer
        while len(question := photos.read(QUESTION.size)) == QUESTION.size:
            for part in answer(photos.read(*QUESTION.unpack(question)), max_seconds, max_bytes):
                answers.write(part)
            answers.flush()


if __name__ == "__main__":
    main()
