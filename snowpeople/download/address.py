"""Web addresses in parts, read strictly: what is connected to is what was looked at."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import quote, urljoin, urlsplit

PORTS = {"http": 80, "https": 443}

_AUTHORITY = re.compile(r"(?:\[([0-9a-f:.]+)\]|([^\[\]:@/\\%\s]+))(?::([0-9]{0,5}))?", re.IGNORECASE)
# What a host name may be made of, once it is in ASCII.
_NAME = re.compile(r"[a-z0-9_][a-z0-9_-]{0,62}(\.[a-z0-9_][a-z0-9_-]{0,62})*")
# Not to be quoted in a path or a query: "%" is one of them, so that what is quoted already stays as it is.
_PLAIN = "%/:?#[]@!$&'()*+,;=~"


@dataclass(frozen=True)
class Place:
    """An http or https address, all in ASCII; ``host`` is in lower case and without brackets."""

    scheme: str
    host: str
    port: int
    target: str

    @classmethod
    def parse(cls, url: str) -> Place:
        """Read an address. What browsers forgive (spaces, other scripts) is quoted.

        Raises ValueError for another scheme, a user or password, a port that is not the web's, and a host that is
        neither a name nor an address in its usual spelling.
        """
        url = url.strip()
        parts = urlsplit(url)
        authority = _AUTHORITY.fullmatch(parts.netloc)
        if parts.scheme not in PORTS or authority is None or re.search(r"[\x00-\x1f\x7f]", url):
            raise ValueError("no http or https address")
        bracketed, name, digits = authority.groups()
        port = int(digits or PORTS[parts.scheme])
        # Lower ports speak other protocols, which a request could be made to abuse.
        if port not in PORTS.values() and not 1024 <= port <= 65535:
            raise ValueError(f"port {port} is not one of the web's")
        host = str(IPv6Address(bracketed)) if bracketed else _host(name)
        query = f"?{parts.query}" if parts.query else ""
        return cls(parts.scheme, host, port, quote((parts.path or "/") + query, safe=_PLAIN, errors="replace"))

    @property
    def authority(self) -> str:
        """Host and port as they are written in an address and in a Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"

    def joined(self, location: str) -> Place:
        """The place that a redirect from here leads to. Raises ValueError as parse does."""
        return self.parse(urljoin(str(self), location))

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}{self.target}"


def _host(name: str) -> str:
    """A host name as ASCII, or an IPv4 address. Raises ValueError for what is neither."""
    if len(name) > 253:
        raise ValueError("a longer name than names can be")
    # This makes plain digits and dots of their look-alikes in other scripts too.
    host = name.encode("idna").decode().lower().removesuffix(".")
    # Resolvers take 127.1, 0x7f.1, 0177.0.0.1 and 2130706433 for addresses; people write four plain numbers.
    if re.fullmatch(r"[0-9]+|0x[0-9a-f]*", host.rpartition(".")[2]):
        return str(IPv4Address(host))
    if not _NAME.fullmatch(host):
        raise ValueError("no host name")
    return host
