"""What whoever watches over a running page wants to know: `GET /healthz`."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypedDict

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from cnnviz.base.source import Source
from cnnviz.ui.crowd.fair_queue import FairQueue, LaneLength

STATUS = Path("/proc/self/status")
RESIDENT = "VmRSS:"


class Health(TypedDict):
    """Where the model comes from that answers; the lanes; and memory, None where it is not known."""

    model: dict[str, Any]
    lanes: dict[str, LaneLength]
    memory_megabytes: int | None


def health_route(source: Callable[[], Source], queue: FairQueue) -> Route:
    """Let a page that is served tell how it is.

    Args:
        source: Returns where the model comes from that answers now.
        queue: The page's queue.

    Returns:
        The route `/healthz`.
    """

    async def tell(request: Request) -> JSONResponse:
        lanes, megabytes = queue.lengths(), memory_megabytes()
        health: Health = {"model": source().to_dict(), "lanes": lanes, "memory_megabytes": megabytes}
        return JSONResponse(health)

    return Route("/healthz", tell)


def memory_megabytes() -> int | None:
    """Read how much memory this process has.

    Returns:
        Megabytes; None where the system does not say so.
    """
    if not STATUS.exists():
        return None
    lines = (line.split() for line in STATUS.read_text().splitlines())
    return next((int(line[1]) * 1024 // 10**6 for line in lines if line[0] == RESIDENT), None)
