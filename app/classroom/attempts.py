"""Wrong codes, counted by address: the more there were, the longer an address waits."""

from __future__ import annotations

import ipaddress
import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

FREE = 5
"""Wrong codes without any wait: people mistype, and a whole class may sit behind one address."""

LONGEST = 60.0
"""Seconds that an address waits at most.

A code of `fer app` is one of 31^8 = 8.5e11. One try a minute from each of a thousand addresses finds it within a
ten-hour day with a probability of 1000 * 600 / 8.5e11 = 7e-7.
"""

QUIET = 900.0
"""Seconds without a wrong code after which an address is forgotten."""

MOST = 4096
"""Addresses that are remembered; the one that was quiet longest makes room."""


@dataclass
class _Record:
    wrong: int
    last: float


class Attempts:
    """Who gave how many wrong codes in a row."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._records: OrderedDict[str, _Record] = OrderedDict()

    def __len__(self) -> int:
        """Addresses that are remembered."""
        return len(self._records)

    def wait(self, address: str | None) -> int:
        """Whole seconds until an address may try again; 0 where it may now.

        Args:
            address: Of the visitor; None where the server does not know it.
        """
        record = self._records.get(_place(address))
        if record is None or record.wrong < FREE:
            return 0
        # 2, 4, 8, ... seconds; the exponent is bounded because a float's is.
        pause = min(LONGEST, 2.0 ** min(record.wrong - FREE + 1, 16))
        return max(0, math.ceil(record.last + pause - self._clock()))

    def wrong(self, address: str | None) -> int:
        """Counts one more wrong code; returns how many there were in a row.

        Args:
            address: Of the visitor; None where the server does not know it.
        """
        now, place = self._clock(), _place(address)
        record = self._records.pop(place, None)
        count = 1 if record is None or now - record.last > QUIET else record.wrong + 1
        self._records[place] = _Record(count, now)
        # Oldest first: whoever was quiet for long, then whoever is too many.
        while self._records:
            oldest = next(iter(self._records.values()))
            if len(self._records) <= MOST and now - oldest.last <= QUIET:
                break
            self._records.popitem(last=False)
        return count

    def right(self, address: str | None) -> None:
        """Forgets the wrong codes of an address that knows the right one.

        Args:
            address: Of the visitor; None where the server does not know it.
        """
        self._records.pop(_place(address), None)


def _place(address: str | None) -> str:
    """What is counted as one: an IPv4 address, or the /64 that one IPv6 computer may choose its addresses from."""
    try:
        found = ipaddress.ip_address((address or "").partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    return str(found.ipv4_mapped or ipaddress.ip_network((found, 64), strict=False))
