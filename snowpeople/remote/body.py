"""Pictures → the body of a request for their predictions."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from secrets import token_hex

from PIL import Image

from .. import picture
from ..picture import Source


def encoded(source: Source, smallest: int) -> bytes:
    """A picture as bytes to send. Raises PictureError and OSError as picture.read does.

    An image is sent exactly, unless its shorter side has twice ``smallest`` pixels or more.
    """
    if isinstance(source, Image.Image):
        upright = picture.read(source)
        # As large JPEGs are decoded: this changes no probability by 0.01, and there is far less to send.
        factor = min(upright.size) // smallest
        file = BytesIO()
        (upright.reduce(factor) if factor > 1 else upright).save(file, "PNG", compress_level=1)
        return file.getvalue()
    if isinstance(source, bytes | bytearray | memoryview):
        data = bytes(source)
    else:
        with open(source, "rb") as opened:
            data = opened.read(picture.MAX_BYTES + 1)
    if not data or len(data) > picture.MAX_BYTES:
        picture.decode(data)  # raises, with the words that it has for these
    return data


def form(pictures: Sequence[bytes]) -> tuple[bytes, str]:
    """Pictures as a form, with its Content-Type."""
    boundary = token_hex(16)
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="picture"; filename="p"\r\n\r\n'.encode()
    parts = [part for data in pictures for part in (head, data, b"\r\n")]
    return b"".join([*parts, f"--{boundary}--\r\n".encode()]), f"multipart/form-data; boundary={boundary}"
