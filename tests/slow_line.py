"""A line between browser and server, on which some answers come late."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass

import httpx
from anyio.from_thread import start_blocking_portal

SIZE = 2**16


@dataclass
class SlowLine:
    """Passes bytes on, both ways.

    Args:
        host: Where the server is.
        port: Its port.
        late: What requests begin with whose answers come late.
        seconds: How late.
    """

    host: str
    port: int
    late: bytes
    seconds: float = 0

    async def connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass on what a browser says and what it is answered, until either hangs up."""
        server, to_server = await asyncio.open_connection(self.host, self.port)
        is_late = False
        answers: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        now = asyncio.get_running_loop().time

        async def up() -> None:
            nonlocal is_late
            while content := await reader.read(SIZE):
                is_late = content.startswith(self.late) or (is_late and not content.startswith((b"GET", b"POST")))
                to_server.write(content)
                await to_server.drain()

        async def down() -> None:
            while content := await server.read(SIZE):
                answers.put_nowait((now() + self.seconds * is_late, content))
            answers.put_nowait((now(), b""))

        async def arrive() -> None:
            due, content = await answers.get()
            while content:
                await asyncio.sleep(due - now())
                writer.write(content)
                await writer.drain()
                due, content = await answers.get()

        tasks = [asyncio.ensure_future(each()) for each in (up, down, arrive)]
        try:
            await asyncio.wait([tasks[0], tasks[2]], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            for each in (writer, to_server):
                each.close()
                with suppress(OSError):
                    await each.wait_closed()


@contextmanager
def slow_line(url: str, late: str) -> Iterator[tuple[str, SlowLine]]:
    """Lay such a line to a server, and give its address and the line."""
    address = httpx.URL(url)
    line = SlowLine(address.host, address.port or 80, late.encode())
    with start_blocking_portal() as portal, closing(socket.create_server(("127.0.0.1", 0))) as listening:

        async def listen() -> None:
            async with await asyncio.start_server(line.connect, sock=listening) as server:
                await server.serve_forever()

        serving = portal.start_task_soon(listen)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}", line
        serving.cancel()
