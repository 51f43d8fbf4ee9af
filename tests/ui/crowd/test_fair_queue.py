"""The queue under a flood: one caller asks for slow work, and never fetches an answer."""

from __future__ import annotations

import asyncio
import inspect
import math
import time
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

import gradio as gr
import httpx
import pytest
from gradio.data_classes import PredictBodyInternal
from gradio.queueing import Queue
from starlette.middleware import Middleware
from starlette.requests import Request

from cnnviz.explorer.explorer import Explorer
from cnnviz.ui.crowd import fair_queue, words
from cnnviz.ui.crowd.fair_queue import FairQueue, is_wanted
from cnnviz.ui.crowd.lane import LIVE_CORES
from cnnviz.ui.crowd.unknown_call import UnknownCall
from server import Server, serve_here

FLOODER, VISITOR = "127.0.0.2", "127.0.0.3"
UNHEARD_SECONDS = 1.0
PATIENCE_SECONDS = 300
Result = TypeVar("Result")


@contextmanager
def client(server: Server, address: str) -> Iterator[httpx.Client]:
    """Somebody with an address of their own."""
    transport = httpx.HTTPTransport(local_address=address)
    with httpx.Client(base_url=server.url, transport=transport, timeout=PATIENCE_SECONDS, trust_env=False) as http:
        yield http


def run(work: Coroutine[Any, Any, Result]) -> Result:
    """Run it in a thread of its own: where a browser has been started, this one has a loop already."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


def lengths(server: Server) -> dict[str, dict[str, int]]:
    return dict(server.http.get("/healthz").raise_for_status().json()["lanes"])


def wait_until(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_flood_of_slow_work_that_nobody_fetches_keeps_nobody_from_an_answer(
    explorer: Explorer, content: bytes, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fair_queue, "UNHEARD_SECONDS", PATIENCE_SECONDS)
    with serve_here(tmp_path, explorer) as server, client(server, FLOODER) as flood:
        path = server.upload(content)
        body = {"data": [{"path": path}, "integrated_gradients", None, None, True]}
        answers = [flood.post("/gradio_api/call/explain", json=body) for _ in range(40)]
        taken = [answer for answer in answers if answer.status_code == 200]
        refused = [answer for answer in answers if answer.status_code == 503]
        assert len(taken) + len(refused) == 40
        assert len(taken) >= 16  # half of the lane, and those that ran meanwhile
        assert lengths(server)["slow"]["waiting"] <= 16
        assert {answer.json()["detail"] for answer in refused} == {words.FULL}
        invented = [{"X-Forwarded-For": f"192.0.2.{number}"} for number in range(1, 6)]
        lies = [flood.post("/gradio_api/call/explain", json=body, headers=headers) for headers in invented]
        assert 503 in [answer.status_code for answer in lies]  # whoever were believed would have five callers' places
        behind = server.http.post("/gradio_api/call/explain", json=body, headers={"X-Forwarded-For": "192.0.2.9"})
        assert behind.status_code == 200  # a proxy on this machine is believed
        monkeypatch.setattr(fair_queue, "UNHEARD_SECONDS", UNHEARD_SECONDS)
        with client(server, VISITOR) as visitor:
            visited = Server(visitor, server.log_file)
            assert visited.call("explain", {"path": path}, "occlusion")[0] == "complete"  # it has its turn
            assert visited.predict(content)
        wait_until(lambda: lengths(server)["slow"] == {"waiting": 0, "running": 0})
        assert "Nobody waits for the answer any more." in server.log()
        assert server.call("explain", {"path": path}, "occlusion")[0] == "complete"


def request(host: str) -> Request:
    return Request({"type": "http", "method": "POST", "path": "/", "headers": [], "client": (host, 1)})


@pytest.fixture
def queue() -> FairQueue:
    """The queue of a page with one public endpoint, which nobody works off, and an event of the browser's own."""
    with gr.Blocks() as blocks:
        gr.Button().click(lambda: None, None, None, api_name="predict")
        gr.Button().click(None, None, None, js="() => []")
    blocks.queue()
    return FairQueue(blocks._queue, 8)


def push(queue: FairQueue, *hosts: str) -> list[tuple[bool, Any, str]]:
    async def all_of_them() -> list[tuple[bool, Any, str]]:
        return [await queue.push(PredictBodyInternal(fn_index=0, data=[]), request(host), None) for host in hosts]

    return run(all_of_them())


def next_hosts(queue: FairQueue, number: int) -> list[str]:
    found = []
    for _ in range(number):
        chosen = queue.get_events()
        assert chosen is not None
        (event,) = chosen[0]
        assert event.request.client is not None
        found.append(event.request.client.host)
    return found


def test_callers_take_turns(queue: FairQueue) -> None:
    push(queue, "a", "a", "a", "b", "c")
    assert next_hosts(queue, 5) == ["a", "b", "c", "a", "a"]
    assert queue.get_events() is None


def test_who_came_often_goes_no_later_than_who_comes_in(queue: FairQueue) -> None:
    push(queue, "a", "a", "a", "b", "b", "b")
    assert next_hosts(queue, 4) == ["a", "b", "a", "b"]
    push(queue, "c", "c", "c")
    assert next_hosts(queue, 5) == ["c", "a", "b", "c", "c"]


def test_nothing_of_callers_is_kept_when_nobody_waits(queue: FairQueue) -> None:
    push(queue, "a", "a", "b")
    next_hosts(queue, 3)
    assert not any(queue._turns.values())


def test_one_caller_fills_half_of_a_lane_and_all_together_fill_it(queue: FairQueue) -> None:
    told = push(queue, *"aaaaabbbbbc")
    assert [is_in for is_in, *_ in told] == [True] * 4 + [False] + [True] * 4 + [False] * 2
    assert {(text, state) for is_in, text, state in told if not is_in} == {(words.FULL, "queue_full")}
    assert queue.lengths()["programs"] == {"waiting": 8, "running": 0}


def test_pictures_within_waiting_calls_are_bounded_together_and_for_each_caller(
    queue: FairQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fair_queue, "MAX_CHARACTERS", 4 * 10**6)
    heavy, light = [{"url": "data:" + "a" * 10**6}], ["a" * 10**5]

    async def all_of_them() -> list[bool]:
        return [
            (await queue.push(PredictBodyInternal(fn_index=0, data=data), request(host), None))[0]
            for host, data in [("a", heavy), ("a", heavy), ("a", light), ("b", heavy), ("b", [heavy]), ("c", heavy)]
        ]

    assert run(all_of_them()) == [True, False, True, True, False, True]  # each has a few characters more than a million
    assert next_hosts(queue, 4) == ["a", "b", "c", "a"]
    assert run(all_of_them()) == [True, False, True, True, False, True]


def test_a_call_that_is_unknown_is_refused_in_a_sentence(queue: FairQueue) -> None:
    for number in (1, 99):
        body = PredictBodyInternal(fn_index=number, data=[])
        assert run(queue.push(body, request("a"), None)) == (False, words.NO_SUCH_CALL, "error")


def test_what_nobody_listens_for_is_dropped_and_what_is_listened_for_is_kept(
    queue: FairQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fair_queue, "UNHEARD_SECONDS", 0.05)

    async def listen_to_the_second() -> None:
        for host in "ab":
            await queue.push(PredictBodyInternal(fn_index=0, data=[], session_hash=host), request(host), None)
        messages = queue.pending_messages_per_session["b"]
        while not messages.empty():
            messages.get_nowait()
        listener = asyncio.create_task(messages.get())
        await asyncio.sleep(0.1)
        assert next_hosts(queue, 1) == ["b"]
        listener.cancel()

    run(listen_to_the_second())
    assert len(queue) == 0
    assert set(queue.pending_messages_per_session) == {"b"}


@contextmanager
def quick_page() -> Iterator[tuple[httpx.Client, FairQueue]]:
    """A page with one endpoint, which answers at once, and its queue."""
    with gr.Blocks() as blocks:
        gr.Button().click(lambda: None, None, None, api_name="predict")
    blocks.queue()
    blocks._queue = queue = FairQueue(blocks._queue, 64)
    watched = {"middleware": [Middleware(UnknownCall, queue=queue)]}
    _, url, _ = blocks.launch(prevent_thread_lock=True, quiet=True, app_kwargs=watched)
    with httpx.Client(base_url=url, timeout=PATIENCE_SECONDS, trust_env=False) as http:
        yield http, queue
    blocks.close()


def call(http: httpx.Client, session: str | None = None) -> str:
    """Call the endpoint, and give the call's name."""
    body = {"data": [], "session_hash": session}
    return str(http.post("/gradio_api/call/predict", json=body).raise_for_status().json()["event_id"])


def fetch(http: httpx.Client, name: str) -> str:
    return http.get(f"/gradio_api/call/predict/{name}").raise_for_status().text


def kept(queue: FairQueue) -> int:
    return len({*queue.pending_event_ids_session, *queue.pending_messages_per_session})


@pytest.mark.parametrize("is_fetched", [True, False])
def test_of_calls_that_are_over_nothing_is_kept(is_fetched: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fair_queue, "UNHEARD_SECONDS", PATIENCE_SECONDS)
    monkeypatch.setattr(fair_queue, "FORGOTTEN_SECONDS", PATIENCE_SECONDS)
    monkeypatch.setattr(fair_queue, "LOOK_SECONDS", 0.0)
    with quick_page() as (http, queue):
        for _ in range(5):
            name = call(http)
            if is_fetched:
                assert fetch(http, name).startswith("event: complete")
        wait_until(lambda: not queue.event_ids_to_events)
        assert kept(queue) == 5
        for messages in queue.pending_messages_per_session.values():
            wait_until(lambda messages=messages: not (messages._num_streams or messages._num_listeners))  # type: ignore[misc]
            messages._heard = messages._left = -math.inf
        name = call(http)
        wait_until(lambda: kept(queue) == 1)
        assert fetch(http, name).startswith("event: complete")


def test_asking_again_keeps_no_answers_that_nobody_fetches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fair_queue, "FORGOTTEN_SECONDS", 2.0)
    with quick_page() as (http, queue):
        first = call(http, "page")
        for _ in range(4):
            time.sleep(0.8)
            last = call(http, "page")
        wait_until(lambda: not queue.event_ids_to_events)
        assert words.UNKNOWN in fetch(http, first)
        assert "event: complete" in fetch(http, last)


def test_what_a_slow_line_has_not_brought_yet_is_kept(queue: FairQueue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fair_queue, "FORGOTTEN_SECONDS", 0.05)
    monkeypatch.setattr(fair_queue, "LOOK_SECONDS", 0.0)
    push(queue, "a")
    (name,) = queue.event_ids_to_events
    next_hosts(queue, 1)
    queue.event_ids_to_events.clear()  # it is answered
    messages = queue.messages_of(name)
    assert messages is not None
    with messages.in_stream():
        time.sleep(0.1)
        assert queue.get_events() is None and queue.messages_of(name) is messages
        assert not messages.empty()
    time.sleep(0.1)
    assert queue.get_events() is None and queue.messages_of(name) is None and kept(queue) == 0


@pytest.mark.parametrize(("length", "is_taken"), [(64, True), (65, False)])
def test_a_session_with_a_long_name_is_refused_in_a_sentence(length: int, is_taken: bool, queue: FairQueue) -> None:
    body = PredictBodyInternal(fn_index=0, data=[], session_hash="a" * length)
    is_in, text, _ = run(queue.push(body, request("a"), None))
    assert is_in == is_taken and (text == words.LONG_SESSION) != is_taken
    assert kept(queue) == is_taken


def test_who_has_listened_long_ago_has_a_while_to_listen_again(
    queue: FairQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fair_queue, "UNHEARD_SECONDS", 0.2)

    async def ask_twice() -> None:
        body = PredictBodyInternal(fn_index=0, data=[], session_hash="page")
        await queue.push(body.model_copy(), request("a"), None)
        await asyncio.wait_for(queue.pending_messages_per_session["page"].get(), 1)
        assert next_hosts(queue, 1) == ["a"]
        await asyncio.sleep(0.4)
        await queue.push(body.model_copy(), request("a"), None)
        await asyncio.sleep(0.1)
        assert next_hosts(queue, 1) == ["a"]

    monkeypatch.setattr(fair_queue, "LOOK_SECONDS", 0.0)
    run(ask_twice())


def test_outside_a_call_work_is_wanted() -> None:
    assert is_wanted()() is True


def test_gradio_still_has_what_is_built_upon() -> None:
    """If this fails, Gradio has changed: read its queueing.py again before you go on."""
    assert list(inspect.signature(Queue.push).parameters) == ["self", "body", "request", "username"]
    assert list(inspect.signature(Queue.get_events).parameters) == ["self"]
    own = set(gr.Blocks().queue()._queue.__dict__)
    assert own >= {"event_queue_per_concurrency_id", "event_ids_to_events", "active_jobs", "blocks", "max_size"}
    assert own >= {"pending_messages_per_session", "pending_event_ids_session"}


LOOK_SECONDS, LONG_SECONDS = 0.05, 1.0


@contextmanager
def page_with_a_camera() -> Iterator[tuple[httpx.Client, list[str]]]:
    """A page that looks at live pictures, and at photos for longer; and what it begins and ends, in order."""
    noted: list[str] = []

    def work(name: str, seconds: float) -> None:
        noted.append(f"{name} begins")
        time.sleep(seconds)
        noted.append(f"{name} ends")

    with gr.Blocks() as blocks:
        private: dict[str, Any] = {"api_visibility": "private", "concurrency_limit": 4}
        gr.Button().click(lambda: work("picture", LOOK_SECONDS), None, None, api_name="live_look", **private)
        gr.Button().click(lambda: work("photo", LONG_SECONDS), None, None, api_name="show", **private)
    blocks.queue()
    blocks._queue = FairQueue(blocks._queue, 64)
    _, url, _ = blocks.launch(prevent_thread_lock=True, quiet=True)
    with httpx.Client(base_url=url, timeout=PATIENCE_SECONDS, trust_env=False) as http:
        yield http, noted
    blocks.close()


def ask(http: httpx.Client, function: int, session: str) -> None:
    """Ask, and wait for the answer."""
    body = {"fn_index": function, "data": [], "session_hash": session}
    http.post("/gradio_api/queue/join", json=body).raise_for_status()
    answer = http.get("/gradio_api/queue/data", params={"session_hash": session}).raise_for_status()
    assert "process_completed" in answer.text


def test_live_pictures_keep_half_a_core_busy_at_most_and_all_get_their_turn() -> None:
    with page_with_a_camera() as (http, noted), ThreadPoolExecutor(5) as pool:
        start = time.monotonic()
        list(pool.map(lambda number: ask(http, 0, f"camera-{number}"), range(10)))
        assert noted == ["picture begins", "picture ends"] * 10  # one at a time
        assert time.monotonic() - start >= 9 * LOOK_SECONDS / LIVE_CORES


def test_a_live_picture_waits_while_a_photo_is_looked_at() -> None:
    with page_with_a_camera() as (http, noted), ThreadPoolExecutor(2) as pool:
        photo = pool.submit(ask, http, 1, "photo")
        wait_until(lambda: noted == ["photo begins"])
        picture = pool.submit(ask, http, 0, "camera")
        photo.result()
        picture.result()
    assert noted == ["photo begins", "photo ends", "picture begins", "picture ends"]
