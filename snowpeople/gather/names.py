"""File and folder names that every system can have, made from whatever a stranger wrote."""

import re
import unicodedata
from functools import lru_cache

# Bytes of UTF-8. File systems stop at 255; room is left for a number, or a suffix, behind it.
LONGEST = 120

# Windows keeps these for devices, with any suffix.
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?=\.|$)", re.IGNORECASE)
_JOINERS = "\u200c\u200d"  # they hold emoji and some scripts together


def safe(name: str) -> str:
    """One part of a path: as `name` as it can be. "" where nothing of it is left.

    Slashes, other characters that Windows forbids, and unprintable ones become "_"; dots and spaces at its ends
    go. A long one keeps its suffix.
    """
    name = unicodedata.normalize("NFC", name)
    name = "".join(c if (c.isprintable() or c in _JOINERS) and c not in '<>:"/\\|?*' else "_" for c in name)
    name = name.strip(". ")
    if len(name.encode()) > LONGEST:
        stem, dot, suffix = name.rpartition(".")
        if not stem or len(suffix.encode()) > 8:
            stem, dot, suffix = name, "", ""
        room = LONGEST - len((dot + suffix).encode())
        name = stem.encode()[:room].decode(errors="ignore").rstrip(". ") + dot + suffix
    return _RESERVED.sub(r"\1_", name, count=1) if _RESERVED.match(name) else name


@lru_cache(1 << 14)
def room_name(label: str) -> str:
    """The folder of a label: its name, with "_" for spaces, and none before it, which would hide it from training."""
    return safe(safe("_".join(label.split())).lstrip("._ "))


def same(label: str) -> str:
    """Equal for labels whose folders some file systems can't tell apart."""
    return room_name(label).casefold()
