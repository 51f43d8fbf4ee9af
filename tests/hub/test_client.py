"""The client of the Hub: every request has a time limit, and is otherwise as the Hub's own package makes it."""

from __future__ import annotations

import pytest
from huggingface_hub import close_session, constants, get_session
from huggingface_hub.errors import OfflineModeIsEnabled

from cnnviz.hub.client import TIMEOUT_SECONDS, connect
from hub_server import Hub


def test_every_request_has_a_time_limit_an_id_and_follows_redirects(hub: Hub) -> None:
    connect()
    for _ in range(2):
        client = get_session()
        assert set(client.timeout.as_dict().values()) == {TIMEOUT_SECONDS}
        assert client.follow_redirects
        answer = client.get(f"{hub.url}/api/whoami-v2", headers={"Authorization": "Bearer hf_writer"})
        assert answer.json()["name"] == "user"
        assert len(answer.request.headers["X-Amzn-Trace-Id"]) == 36
        close_session()  # as the package itself does where a connection breaks: the next client is the same


def test_nothing_is_asked_offline(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    connect()
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(OfflineModeIsEnabled):
        get_session().get(f"{hub.url}/api/whoami-v2")
    assert hub.requests == []
