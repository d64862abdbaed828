"""Text files of web addresses, one file a class."""

from __future__ import annotations

import codecs
import re
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from ..dataset.layout import SUFFIXES as PICTURES

SUFFIXES = (".txt", ".csv", ".tsv", ".lst", ".list", ".urls")
MAX_BYTES = 100_000_000
COMMENTS = ("#", ";", "//")


class UrlListError(ValueError):
    """A file that is no list of addresses. The message names it and the remedy."""


def read(file: Path, name: str) -> tuple[list[str], list[str]]:
    """The addresses in a file, each once, and a sentence for each kind of fault. `name` is what the user calls it.

    One address a line. Blank lines, comments (#), a byte order mark, and what follows an address in a table are passed
    over. Raises UrlListError for a file without an address, and for what is no text.
    """
    text = _text(file, name)
    urls: dict[str, None] = {}
    odd = []
    for number, line in enumerate(re.split(r"\r\n|\r|\n", text), 1):
        line = line.strip()
        if not line or line.startswith(COMMENTS):
            continue
        url = _url(line)
        if url:
            urls[url] = None
        elif number > 1:  # the first may be a table's header
            odd.append(number)
    if not urls:
        raise UrlListError(f"{name} holds no web address. Write one a line, each beginning with https:// or http://")
    faults = []
    if odd:
        lines = ", ".join(map(str, odd[:10])) + (" …" if len(odd) > 10 else "")
        faults.append(f"{name}: {len(odd)} lines without a web address were passed over: {lines}")
    return list(urls), faults


def label(name: str) -> str:
    """The class that a list is of: "otter" for urls_otter.txt, otter_urls.txt and otter.txt.

    Raises UrlListError for a name that does not say it.
    """
    stem = PurePosixPath(unquote(urlsplit(name).path if "://" in name else Path(name).name)).stem
    word, gap = r"(?:urls?|links?|list)", r"[\s_.,-]+"
    bare = re.sub(rf"^{word}(?:{gap}|$)|(?:^|{gap}){word}$", "", stem, flags=re.IGNORECASE).strip()
    if not bare:
        raise UrlListError(f"{name} does not say which class it is of. Name it like urls_otter.txt, or add --label")
    return bare


def _text(file: Path, name: str) -> str:
    try:
        with file.open("rb") as content:
            data = content.read(MAX_BYTES + 1)
    except OSError as error:
        raise UrlListError(f"{name} can't be opened: {error.strerror}") from error
    if len(data) > MAX_BYTES:
        raise UrlListError(f"{name} has more than {MAX_BYTES // 10**6} MB, too many for a list of addresses. Split it")
    try:
        if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            text = data.decode("utf-16")  # Notepad's "Unicode"
        else:
            # Addresses are ASCII: a comment in another encoding does no harm.
            text = data.decode("utf-8-sig", "replace")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise UrlListError(f"{name} is no text, and so no list of web addresses. Save the list as plain text")
    return text


def _url(line: str) -> str | None:
    """The address at the beginning of a line."""
    line = line[1:].partition('"')[0] if line.startswith('"') else line.strip("<>'")
    line = "".join(line.split(maxsplit=1)[:1])
    if not re.match(r"https?://[^/]", line, re.IGNORECASE):
        return None
    # Addresses may hold commas and semicolons, and tables part their columns by them.
    for match in re.finditer(r"[,;]", line):
        before, after = line[: match.start()], line[match.end() :]
        if _is_picture(before) or not (_is_picture(line) or "/" in after):
            return before
    return line


def _is_picture(url: str) -> bool:
    return PurePosixPath(url.partition("?")[0]).suffix.lower() in PICTURES
