"""Lanes in which calls wait: the page's, that of programs, that of slow work, and that of live pictures."""

import ipaddress
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from cnnviz.result.channel_scores import EFFECTS
from cnnviz.why.attribution import SLOW_METHODS

METHOD, TRUST = 1, 4
"""Places of two parameters of `/explain`."""

SLOW = ("trace", "why_examine", "learned_follow", "channels_film")
"""Endpoints whose calls all take many passes, or may take many steps."""

LIVE_CORES = 0.4
"""Cores for live pictures: half a core, with what a call costs before and after it runs."""

V6_PREFIX = 64
"""Bits of an IPv6 address that one caller shares; the rest can be chosen freely."""


@dataclass(frozen=True)
class Lane:
    """A lane.

    Args:
        name: Of the lane.
        num_running: Calls that run at the same time.
        num_waiting: Calls that may wait; more are turned away.
        cores: Processor cores that its calls may keep busy, in the long run.
        gives_way: Whether its calls wait while any of the page's does, or runs.
    """

    name: str
    num_running: int
    num_waiting: int
    cores: float = math.inf
    gives_way: bool = False

    @property
    def num_waiting_of_one(self) -> int:
        """Calls of one caller that may wait: half of the lane stays for others."""
        return max(self.num_waiting // 2, 1)


def lanes(num_waiting: int) -> dict[str, Lane]:
    """Make the lanes.

    Args:
        num_waiting: Calls that may wait in the lanes of the page and of programs, at least 1.

    Returns:
        The lanes by name. Slow work runs one at a time, so that a photo never waits for a processor for long; pictures
        of cameras and brushes, which never end, keep half a core busy at most.
    """
    return {
        lane.name: lane
        for lane in (
            Lane("page", 4, num_waiting),
            Lane("programs", 2, num_waiting),
            Lane("slow", 1, max(num_waiting // 2, 1)),
            Lane("live", 1, num_waiting, LIVE_CORES, gives_way=True),
        )
    }


def lane_name(endpoint: str, is_public: bool, values: Sequence[Any], asked: Mapping[str, Any]) -> str:
    """Choose the lane of a call.

    Args:
        endpoint: Its name.
        is_public: Whether programs are told of the endpoint.
        values: Its values by position; anything, if a program sent them.
        asked: What a part of the page asks; anything, if a program sent it.

    Returns:
        "live", "slow", "programs" or "page".

    Example:
        >>> lane_name("explain", True, [None, "integrated_gradients"], {})
        'slow'
    """
    if endpoint == "live_look":
        return "live"
    if _is_slow(endpoint, values, asked):
        return "slow"
    return "programs" if is_public else "page"


def _is_slow(endpoint: str, values: Sequence[Any], asked: Mapping[str, Any]) -> bool:
    """Tell whether a call takes many passes, or may take many steps."""
    if endpoint == "explain":
        return values[METHOD : METHOD + 1] in [[name] for name in SLOW_METHODS] or values[TRUST : TRUST + 1] == [True]
    if endpoint == "why_explain":
        return asked.get("method") in SLOW_METHODS
    return endpoint in SLOW or (endpoint == "channels_rank" and asked.get("by") == EFFECTS)


@lru_cache(4096)
def caller_of(host: str) -> str:
    """Name who calls.

    Args:
        host: The address of the connection, or the one that a trusted proxy reports.

    Returns:
        The address; of an IPv6 address the network, whose other addresses the same caller may have, unless it is an
        IPv4 address in that form.

    Example:
        >>> caller_of("192.0.2.7"), caller_of("::ffff:192.0.2.7"), caller_of("2001:db8::1:2:3:4")
        ('192.0.2.7', '192.0.2.7', '2001:db8::/64')
    """
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if isinstance(address, ipaddress.IPv6Address):
        address = address.ipv4_mapped or address
    if address.version == 4:
        return str(address)
    return str(ipaddress.ip_network((address, V6_PREFIX), strict=False))
