"""How many pictures a client may ask about in a minute."""

import math
import time
from collections import OrderedDict
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address

# Clients that are remembered; of more, those that were not seen for longest start anew.
MAX_CLIENTS = 10_000


class Rate:
    """A bucket for each client, that holds a minute's pictures and fills up evenly."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        """``clock`` gives seconds."""
        self._per_minute = per_minute
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, address: str) -> int:
        """The whole seconds that a client has to wait for its next picture: 0 where it may ask now."""
        content = self._content(client(address))
        return 0 if content >= 1 else math.ceil((1 - content) * 60 / self._per_minute - 1e-6)

    def spend(self, address: str, pictures: int) -> None:
        """Count pictures. A request that is larger than what is left is answered, and the next one waits longer."""
        name = client(address)
        self._buckets[name] = self._content(name) - pictures, self._clock()
        self._buckets.move_to_end(name)
        if len(self._buckets) > MAX_CLIENTS:
            self._buckets.popitem(last=False)

    def _content(self, name: str) -> float:
        content, at = self._buckets.get(name, (float(self._per_minute), 0.0))
        return min(self._per_minute, content + (self._clock() - at) * self._per_minute / 60)


def client(address: str) -> str:
    """Who is behind an address. One of IPv6 stands for its network: who has one there has 2^64."""
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if not isinstance(parsed, IPv6Address):
        return str(parsed)
    return str(parsed.ipv4_mapped or IPv6Address(int(parsed) >> 64 << 64))
