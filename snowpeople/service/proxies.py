"""Who asks, where proxies stand between."""

from __future__ import annotations

import os
from ipaddress import ip_address

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

HEADER = "x-forwarded-for"
LONGEST = 64  # characters of an entry: an address, in brackets and with a port


class Proxies:
    """Takes for the client who asked the outermost of so many proxies.

    Each of them appends the address of who asked it to X-Forwarded-For, so that the entries are counted from the right:
    what a client has written there itself is left of them.
    """

    def __init__(self, app: ASGIApp, count: int) -> None:
        """``count`` proxies, at least one, which nobody can get around."""
        self._app = app
        self._count = count

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""
        if scope["type"] == "http" and (found := client(Headers(scope=scope).getlist(HEADER), self._count)):
            scope = {**scope, "client": (found, 0)}
        await self._app(scope, receive, send)


def named() -> bool:
    """Whether FORWARDED_ALLOW_IPS, which is uvicorn's, names addresses of proxies, beside which others may ask. Of "*"
    it would make that any client is believed.
    """
    return os.environ.get("FORWARDED_ALLOW_IPS", "").strip() not in {"", "*"}


def client(lines: list[str], count: int) -> str:
    """The address in the entry that is ``count`` from the right of all lines, or leftmost where there are fewer; ""
    where it is none, which stands for the nearest proxy.
    """
    entries = ",".join(lines).rsplit(",", count)[-count:]
    return _address(entries[0].strip(" \t"))


def _address(entry: str) -> str:
    if len(entry) > LONGEST:
        return ""
    if entry.startswith("["):  # as [2001:db8::1]:443
        host = entry[1:].partition("]")[0]
    elif entry.count(":") == 1:  # as 192.0.2.1:443
        host = entry.partition(":")[0]
    else:
        host = entry
    try:
        return str(ip_address(host.partition("%")[0]))  # without the name of an interface
    except ValueError:
        return ""
