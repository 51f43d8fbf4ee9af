"""What a running page tells whoever watches over it."""

from __future__ import annotations

from cnnviz.ui.crowd.health import memory_megabytes
from memory import resident_bytes
from server import Server


def test_health_tells_model_lanes_and_memory(server: Server) -> None:
    health = server.http.get("/healthz").raise_for_status().json()
    assert health["model"]["kind"] == "folder"
    assert health["lanes"] == {name: {"waiting": 0, "running": 0} for name in ("page", "programs", "slow", "live")}
    assert 100 < health["memory_megabytes"] < 20_000


def test_memory_is_what_the_system_says() -> None:
    told, expected = memory_megabytes(), resident_bytes() / 1e6
    assert told is not None
    assert abs(told - expected) < 0.1 * expected
