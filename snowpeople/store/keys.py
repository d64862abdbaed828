"""Names of files on this disk for the keys of remote objects, which may be anything."""

import hashlib
import os
import sys
import unicodedata
from collections.abc import Iterable

WINDOWS = os.name == "nt"
# Whether names that differ in case only, or in how an accent is written, are one name here.
FOLDING = sys.platform in ("win32", "darwin")
LONGEST = 200  # bytes; most file systems allow 255

_RESERVED = {"con", "prn", "aux", "nul", *(f"{name}{i}" for name in ("com", "lpt") for i in range(10))}


def file_name(part: str, windows: bool = WINDOWS) -> str:
    """One part of a key as the name of a file or folder: never a path, "..", or a name that the system can't have.

    What had to be changed is marked with a digest of what it was, so that different parts stay different.
    """
    forbidden = '/\\<>:"|?*' if windows else "/\\"
    name = "".join(
        "_" if c in forbidden or ord(c) < 32 or 0xD800 <= ord(c) < 0xE000 or c == "\x7f" else c for c in part
    )
    if windows:
        name = name.rstrip(". ")
        if name.split(".")[0].rstrip().lower() in _RESERVED:
            name = f"_{name}"
    if not name.strip("."):
        name = "_"
    return name if name == part and len(name.encode()) <= LONGEST else _marked(name, part)


def file_names(keys: Iterable[str], windows: bool = WINDOWS, folding: bool = FOLDING) -> dict[str, str]:
    """For each key its name below a folder, with "/" between folders: no two alike, and no file named like a folder."""

    def same(name: str) -> str:
        return unicodedata.normalize("NFC", name).casefold() if folding else name

    names = {key: "/".join(file_name(part, windows) for part in key.split("/")) for key in sorted(keys)}
    taken = set()
    for name in names.values():
        while "/" in name:
            name = name.rpartition("/")[0]
            taken.add(same(name))
    for key, name in names.items():
        if same(name) in taken:
            folder, slash, last = name.rpartition("/")
            names[key] = folder + slash + _marked(last, key)
        taken.add(same(names[key]))
    return names


def _marked(name: str, origin: str) -> str:
    mark = "~" + hashlib.sha256(origin.encode(errors="surrogatepass")).hexdigest()[:12]
    stem, suffix = os.path.splitext(name)
    if len(suffix) > 10:
        stem, suffix = name, ""
    while len((stem + mark + suffix).encode()) > LONGEST:
        stem = stem[:-1]
    return stem + mark + suffix
