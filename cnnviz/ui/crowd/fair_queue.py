"""Gradio's queue, with lanes: who floods it harms nobody else, and what nobody waits for is dropped."""

import asyncio
import math
import time
import uuid
from collections.abc import Callable, Container, Iterator
from contextlib import contextmanager
from typing import Any, Literal, TypedDict

import gradio as gr
from gradio import route_utils
from gradio.block_function import BlockFunction
from gradio.context import LocalContext
from gradio.data_classes import PredictBodyInternal
from gradio.processing_utils import check_all_files_in_cache
from gradio.queueing import Event, EventQueue, Queue
from starlette.requests import Request

from cnnviz.ui.crowd import words
from cnnviz.ui.crowd.lane import Lane, caller_of, lane_name, lanes
from cnnviz.ui.crowd.plain import is_plain

UNHEARD_SECONDS = 10
"""Time after which a call is dropped for whose answer nobody listens."""

FORGOTTEN_SECONDS = 60
"""Time after which an answer that nobody fetches is forgotten: somebody may copy the call's name by hand."""

LOOK_SECONDS = 0.25
"""Time between two looks for such calls."""

MAX_SESSION = 64
"""Largest number of characters of a session's name; Gradio's own clients take 10 to 36."""


LIGHT = 2**18
"""A call with texts of so many characters together waits whatever else does."""

MAX_CHARACTERS = 2**27
"""What the texts of all calls that wait may have together, pictures mostly; those of one caller half of it."""


class LaneLength(TypedDict):
    """How many calls wait in a lane, and how many run."""

    waiting: int
    running: int


Pushed = tuple[bool, Any, Literal["success", "error", "queue_full", "validator_error"]]


class Messages(asyncio.Queue[Any]):
    """The messages to one caller's page or program, and whether anybody listens for them."""

    def __init__(self) -> None:
        """Begin without messages."""
        super().__init__()
        self._num_listeners = self._num_streams = 0
        self._heard = self._left = time.monotonic()
        self._settled = asyncio.Event()
        self._settled.set()

    def expect_listener(self) -> None:
        """Let whoever has asked something have a while to come and listen."""
        self._heard = time.monotonic()

    async def get(self) -> Any:
        """Wait for the next message, as `asyncio.Queue.get`."""
        self._num_listeners += 1
        try:
            return await super().get()
        finally:
            self._heard = self._left = time.monotonic()
            self._num_listeners -= 1

    @contextmanager
    def in_stream(self) -> Iterator[None]:
        """Keep them while a stream brings them to somebody, however slow the line is."""
        self._num_streams += 1
        try:
            yield
        finally:
            self._left = time.monotonic()
            self._num_streams -= 1

    def forget_old(self, going_on: Container[str | None]) -> set[str]:
        """Forget answers that came a minute ago, or earlier, if nobody has listened since.

        Args:
            going_on: Names of calls that wait or run.

        Returns:
            Names of the calls whose answers are forgotten.
        """
        end = time.monotonic() - FORGOTTEN_SECONDS
        if self._num_listeners or self._num_streams or self._left > end:
            return set()
        came = [super(Messages, self)._get() for _ in range(self.qsize())]
        kept = [(then, message) for then, message in came if then > end or message.event_id in going_on]
        for each in kept:
            super()._put(each)
        return {message.event_id for _, message in came} - {message.event_id for _, message in kept}

    def _put(self, item: Any) -> None:
        """Note when a message came."""
        super()._put((time.monotonic(), item))

    def _get(self) -> Any:
        return super()._get()[1]

    def begin_end(self) -> None:
        """Note that the stream which brings them ends, and that its listener does not know yet."""
        self._settled.clear()

    def end(self) -> None:
        """Note that the stream has ended, and that its listener knows."""
        self._settled.set()

    async def settled(self) -> None:
        """Wait until no stream is ending."""
        await self._settled.wait()

    @property
    def is_unheard(self) -> bool:
        """Whether nobody has listened for 10 seconds."""
        return not self._num_listeners and time.monotonic() - self._heard > UNHEARD_SECONDS

    @property
    def is_left(self) -> bool:
        """Whether nobody listens, nor has for a minute."""
        last = max(self._heard, self._left)
        return not (self._num_listeners or self._num_streams) and time.monotonic() - last > FORGOTTEN_SECONDS


class FairQueue(Queue):
    """Gradio's queue, with lanes.

    A call waits in the lane that `lane_name` gives, where one caller takes at most half of the places. Callers take
    turns in each lane: next is a call of who had the fewest, and who comes in begins with as many as the last one had,
    so that neither old nor new callers go first. A call for whose answer nobody listens within 10 seconds is dropped;
    one that runs already is told so by `is_wanted`. An answer that nobody fetches is forgotten after a minute. A lane
    with a share of the processor rests after each call.

    Reference:
        Goyal et al., "Start-time fair queueing", 1996.

    Args:
        queue: Gradio's queue, which this one takes the place of.
        num_waiting: Calls that may wait in the lanes of the page and of programs.
    """

    def __init__(self, queue: Queue, num_waiting: int) -> None:
        """Take over what Gradio's queue has; nothing waits in it yet."""
        self.__dict__.update(queue.__dict__)
        self.max_size = None
        self.lanes = lanes(num_waiting)
        self._turns: dict[str, dict[str, int]] = {name: {} for name in self.lanes}
        self._turn = dict.fromkeys(self.lanes, 0)
        self._rested = dict.fromkeys(self.lanes, -math.inf)  # when a lane has paid for its last call
        self._looked = 0.0
        for lane in self.lanes.values():
            self.event_queue_per_concurrency_id[lane.name] = EventQueue(lane.name, lane.num_running)

    async def push(self, body: PredictBodyInternal, request: Request, username: str | None) -> Pushed:
        """Let a call wait in its lane, or turn it away.

        Args:
            body: What is asked.
            request: By whom.
            username: Not needed.

        Returns:
            As Gradio's: whether it waits; its name, or a sentence; and what became of it.
        """
        try:
            function = route_utils.get_fn(self.blocks, None, body)
        except (KeyError, route_utils.FnIndexInferError):
            return False, words.NO_SUCH_CALL, "error"
        refusal = _refusal(function, body)
        if refusal:
            return False, refusal, "error"
        caller = caller_of(request.client.host if request.client else "")
        lane = self._lane(function, body)
        self._drop_unheard()
        if not (self._has_room(lane, caller) and self._may_hold(body, caller)):
            return False, words.FULL, "queue_full"
        body.session_hash = body.session_hash or uuid.uuid4().hex
        messages = self.pending_messages_per_session.get(body.session_hash) or Messages()
        self.pending_messages_per_session[body.session_hash] = messages
        messages.expect_listener()
        is_in, name, state = await super().push(body, request, username)
        event = self.event_ids_to_events.get(str(name)) if is_in else None
        if event is not None:
            self._move(event, lane)
            turns = self._turns[lane.name]
            turns[caller] = max(turns.get(caller, 0), self._turn[lane.name])
        await messages.settled()  # before that, the page would not open another stream for it
        return is_in, name, state

    def get_events(self) -> tuple[list[Event], bool, str] | None:
        """Choose the call that runs next, as Gradio's: of the caller who had the fewest turns."""
        if time.monotonic() - self._looked > LOOK_SECONDS:
            self._looked = time.monotonic()
            self._drop_unheard()
            self._forget_left()
        for name, lane in self.lanes.items():
            queue, turns = self.event_queue_per_concurrency_id[name], self._turns[name]
            queue.concurrency_limit = lane.num_running if self._may_run(lane) else 0
            if queue.queue and queue.current_concurrency < queue.concurrency_limit:
                next_one = min(queue.queue, key=lambda event, turns=turns: turns[_caller(event)])  # type: ignore[misc]
                queue.queue.remove(next_one)
                queue.queue.insert(0, next_one)
        chosen = super().get_events()
        if chosen and chosen[2] in self.lanes:
            self._count_turn(chosen[2], _caller(chosen[0][0]))
        return chosen

    async def process_events(self, events: list[Event], batch: bool, begin_time: float, fn: BlockFunction) -> None:
        """Run calls, as Gradio's; a lane with a share of the processor pays for what they took."""
        lane = self.lanes.get(str(events[0].concurrency_id))
        if lane is None or lane.cores == math.inf:
            await super().process_events(events, batch, begin_time, fn)
            return
        start, busy = time.monotonic(), time.process_time()
        self._rested[lane.name] = math.inf  # Gradio takes it for free before all is done
        try:
            await super().process_events(events, batch, begin_time, fn)
        finally:
            seconds = max(time.monotonic() - start, time.process_time() - busy)
            self._rested[lane.name] = start + seconds / lane.cores

    def _may_run(self, lane: Lane) -> bool:
        """Tell whether a lane has paid for its last call, and is in nobody's way."""
        page = self.event_queue_per_concurrency_id["page"]
        is_busy = lane.gives_way and (page.queue or page.current_concurrency)
        return time.monotonic() >= self._rested[lane.name] and not is_busy

    def _count_turn(self, name: str, caller: str) -> None:
        """Note that a caller had a turn in a lane; who waits in none is forgotten when it is empty."""
        self._turn[name] = self._turns[name][caller]
        self._turns[name][caller] += 1
        if not self.event_queue_per_concurrency_id[name].queue:
            self._turns[name].clear()
            self._turn[name] = 0

    def lengths(self) -> dict[str, LaneLength]:
        """Count the calls.

        Returns:
            For each lane, how many wait and how many run.
        """
        queues = {name: self.event_queue_per_concurrency_id[name] for name in self.lanes}
        return {
            name: {"waiting": len(queue.queue), "running": queue.current_concurrency} for name, queue in queues.items()
        }

    def messages_to(self, session: str) -> Messages | None:
        """Find the messages to a session; None if nothing was asked in it, or all was fetched and forgotten."""
        messages: Messages | None = self.pending_messages_per_session.get(session)
        return messages

    def messages_of(self, call: str) -> Messages | None:
        """Find the messages that a call's are among; None if it neither waits nor runs, nor has an answer to fetch."""
        for session, names in self.pending_event_ids_session.items():
            if call in names:
                return self.messages_to(session)
        return None

    def _lane(self, function: BlockFunction, body: PredictBodyInternal) -> Lane:
        asked = body.event_data if isinstance(body.event_data, dict) else {}
        is_public = function.api_visibility == "public"
        return self.lanes[lane_name(str(function.api_name), is_public, body.data or [], asked)]

    def _has_room(self, lane: Lane, caller: str) -> bool:
        waiting = self.event_queue_per_concurrency_id[lane.name].queue
        own = sum(_caller(event) == caller for event in waiting)
        return len(waiting) < lane.num_waiting and own < lane.num_waiting_of_one

    def _may_hold(self, body: PredictBodyInternal, caller: str) -> bool:
        """Tell whether what a call brings can be kept until its turn, beside what the others have brought."""
        length = _num_characters(body.data)
        if length <= LIGHT:
            return True
        waiting = [event for name in self.lanes for event in self.event_queue_per_concurrency_id[name].queue]
        held = [(_caller(event), _num_characters(event.data and event.data.data)) for event in waiting]
        own = sum(each for name, each in held if name == caller)
        return own + length <= MAX_CHARACTERS / 2 and sum(each for _, each in held) + length <= MAX_CHARACTERS

    def _move(self, event: Event, lane: Lane) -> None:
        """Move a call from the end of Gradio's own queue for its function to that of its lane."""
        self.event_queue_per_concurrency_id[event.concurrency_id].queue.remove(event)
        event.concurrency_id = lane.name
        self.event_queue_per_concurrency_id[lane.name].queue.append(event)

    def _drop_unheard(self) -> None:
        """Drop what waits and nobody listens for, and tell what runs."""
        for lane in self.lanes:
            waiting = self.event_queue_per_concurrency_id[lane].queue
            for event in [event for event in waiting if self._is_unheard(event)]:
                waiting.remove(event)
                self._forget(event)
        for event in self._running():
            if self._is_unheard(event):
                event.alive = False

    def _forget_left(self) -> None:
        """Forget answers that nobody fetched, and sessions in which nothing waits, runs or is listened to."""
        going_on = self.event_ids_to_events
        for session, messages in self.pending_messages_per_session.items():
            if isinstance(messages, Messages):
                self.pending_event_ids_session.get(session, set()).difference_update(messages.forget_old(going_on))
        known = {*self.pending_messages_per_session, *self.pending_event_ids_session}
        for session in known - {event.session_hash for event in going_on.values()}:
            messages = self.messages_to(session)
            if messages is None or messages.is_left:
                self.pending_event_ids_session.pop(session, None)
                self.pending_messages_per_session.pop(session, None)

    def _is_unheard(self, event: Event) -> bool:
        messages = self.pending_messages_per_session.get(event.session_hash)
        return not isinstance(messages, Messages) or messages.is_unheard

    def _forget(self, event: Event) -> None:
        self.event_ids_to_events.pop(event._id, None)
        names = self.pending_event_ids_session.get(event.session_hash, set())
        names.discard(event._id)
        if not names:
            self.pending_event_ids_session.pop(event.session_hash, None)
            self.pending_messages_per_session.pop(event.session_hash, None)

    def _running(self) -> Iterator[Event]:
        for job in self.active_jobs:
            yield from job or ()


def _refusal(function: BlockFunction, body: PredictBodyInternal) -> str:
    """Say in a sentence why a call is refused, whoever asks; nothing if it is not."""
    asked: Any = body.event_data
    if function.fn is None:  # the browser does it alone
        return words.NO_SUCH_CALL
    if len(body.session_hash or "") > MAX_SESSION:
        return words.LONG_SESSION
    if not is_plain(asked):
        return words.NOT_PLAIN
    try:
        check_all_files_in_cache(asked)  # as Gradio does, which prints a traceback where it fails
    except gr.Error:
        return words.NOT_UPLOADED
    return ""


def _num_characters(value: Any) -> int:
    """Count the characters of all texts in a value."""
    found, left = 0, [value]
    while left:
        each = left.pop()
        if isinstance(each, str):
            found += len(each)
        elif isinstance(each, list | tuple):
            left += each
        elif isinstance(each, dict):
            left += [*each, *each.values()]
    return found


def _caller(event: Event) -> str:
    return caller_of(event.request.client.host if event.request.client else "")


def is_wanted() -> Callable[[], bool]:
    """Find out who waits for the call that runs in this thread.

    Returns:
        A function that tells, in any thread, whether anybody still listens for the answer; always true outside a call.
    """
    blocks, name = LocalContext.blocks.get(None), LocalContext.event_id.get(None)
    event = blocks._queue.event_ids_to_events.get(name) if blocks is not None and name is not None else None
    return lambda: event is None or event.alive
