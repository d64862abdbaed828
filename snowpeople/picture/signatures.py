"""What a file is, by its first bytes."""

import re
from typing import Any

# What the longest pattern below may look at.
HEAD = 1024

_PICTURES = (
    (rb"\xff\xd8\xff", "JPEG"),
    (rb"\x89PNG\r\n\x1a\n", "PNG"),
    (rb"RIFF....WEBP", "WebP"),
    (rb"GIF8[79]a", "GIF"),
    (rb"BM.{12}[\x0c\x10\x28\x34\x38\x40\x6c\x7c]\x00\x00\x00", "BMP"),
    (rb"II[\x2a\x2b]\x00|MM\x00[\x2a\x2b]", "TIFF"),
)

# A file shorter than its kind's mark is cut off, not of another kind.
_MARKS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a", b"II\x2a\x00", b"MM\x00\x2a")

# AVIF, HEIC and most videos share one container, ISO 14496-12; its brands tell them apart.
_AVIF = {b"avif", b"avis"}
_HEIF = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"mif2", b"msf1"}

_TEXT = rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml.{0,400}?\?>\s*)?(?:<!--.{0,400}?-->\s*)?"
_OTHERS = (
    (rb"%PDF-", "a PDF, not a picture"),
    (rb"%!PS|\xc5\xd0\xd3\xc6", "a PostScript drawing, not a photo"),
    (rb"PK\x03\x04|PK\x05\x06|\x1f\x8b|7z\xbc\xaf|Rar!", "a packed archive or a document, not a picture"),
    (_TEXT + rb"(?:<!doctype svg.{0,400}?>\s*)?<svg", "an SVG drawing, not a photo"),
    (_TEXT + rb"(?:<!doctype html|<html)", "a web page, not a picture"),
    (rb"RIFF....AVI |\x1aE\xdf\xa3|\x00\x00\x01[\xb3\xba]|FLV\x01|....(?:moov|mdat|wide)", "a video, not a picture"),
    (rb"ID3|RIFF....WAVE|OggS|fLaC", "a sound, not a picture"),
    (rb"8BPS", "a Photoshop file"),
    (rb"\xff\x0a|\x00\x00\x00\x0cJXL ", "a JPEG XL picture, which can't be opened here"),
    (rb"\x00\x00\x00\x0cjP  |\xff\x4f\xff\x51", "a JPEG 2000 picture, which can't be opened here"),
    (rb"\x00\x00[\x01\x02]\x00[^\x00]", "an icon"),
    (rb"FUJIFILMCCD-RAW|IIRO|IIU\x00", "a camera's raw file"),
)


def picture_kind(data: bytes) -> str | None:
    """JPEG, PNG, WebP, GIF, BMP, TIFF, AVIF or HEIC; None for anything else."""
    brand = _brand(data)
    if brand:
        return "AVIF" if brand in _AVIF else "HEIC" if brand in _HEIF else None
    return _find(_PICTURES, data)


def patterns() -> dict[str, list[Any]]:
    """All the above as texts, one character a byte: for ``decode.js``, which has patterns of the same kind."""

    def text(table: tuple[tuple[bytes, str], ...]) -> list[list[str]]:
        return [[start.decode("latin-1"), kind] for start, kind in table]

    marks = [mark.decode("latin-1") for mark in _MARKS]
    return {"pictures": text(_PICTURES), "others": text(_OTHERS), "marks": marks}


def other_kind(data: bytes) -> str | None:
    """What a file is that is no picture, in words that end "This is ..."; None where that can't be told."""
    brand = _brand(data)
    if brand:
        if brand == b"crx ":
            return "a camera's raw file"
        return "a sound, not a picture" if brand in (b"M4A ", b"M4B ") else "a video, not a picture"
    return _find(_OTHERS, data)


def is_begun(data: bytes) -> bool:
    """Whether a few bytes are the beginning of a picture's mark, and no more than that."""
    return any(len(data) < len(mark) and mark.startswith(data) for mark in _MARKS)


def _find(table: tuple[tuple[bytes, str], ...], data: bytes) -> str | None:
    head = data[:HEAD]
    return next((kind for start, kind in table if re.match(start, head, re.DOTALL | re.IGNORECASE)), None)


def _brand(data: bytes) -> bytes | None:
    """The brand of an ISO media file; of AVIF where the general brand ``mif1`` hides it."""
    if data[4:8] != b"ftyp":
        return None
    end = min(max(int.from_bytes(data[:4], "big"), 16), HEAD)
    compatible = {data[at : at + 4] for at in range(16, end, 4)}
    brand = data[8:12]
    return b"avif" if brand in (b"mif1", b"msf1") and compatible & _AVIF else brand
