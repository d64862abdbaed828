"""Untrusted bytes to an upright RGB picture, or one error that a visitor understands.

The kind is told from the first bytes, and only that kind's decoder ever sees the data. Size limits are checked on
the header, before anything is decoded. Nothing global is changed in Pillow.
"""

import os
import re
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from PIL import Image

from .modes import to_rgb
from .quiet import Quiet
from .signatures import is_begun, other_kind, picture_kind

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

MAX_BYTES = 30_000_000
MAX_PIXELS = 80_000_000

# Only a JPEG whose shorter side has more pixels than this is ever decoded at a reduced scale.
REDUCE_ABOVE = 1000

# A progressive JPEG has about ten scans. Each is a pass over all the pixels, so thousands of them are an attack.
MAX_SCANS = 500

Source = str | os.PathLike[str] | bytes | bytearray | memoryview | Image.Image
Code = Literal["empty", "not_a_picture", "cut_off", "too_large", "unsupported"]

_quiet = Quiet(r"(PIL|pillow_heif)\b")

_ORIENTATION = 0x0112
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


class PictureError(ValueError):
    """A picture that can't be used. The message is one sentence for a visitor; ``code`` tells programs the kind of
    fault; ``position`` is the place, from 0, among the sources of ``Classifier.classify_many``.
    """

    def __init__(self, code: Code, message: str) -> None:
        super().__init__(message)
        self.code: Code = code
        self.position: int | None = None

    def __reduce__(self) -> tuple[type["PictureError"], tuple[Code, str], dict[str, object]]:
        # Errors cross process borders by their arguments, and this one's are not its message alone.
        return type(self), (self.code, str(self)), {"position": self.position}


def read(source: Source, smallest: int | None = None) -> Image.Image:
    """Return a path, the bytes of a file or a PIL image as an upright RGB picture; see decode().

    Raises PictureError for anything that is no usable picture. FileNotFoundError, PermissionError and other errors of
    the file system pass through.
    """
    if isinstance(source, Image.Image):
        with _quiet:
            try:
                return _upright(source)
            except PictureError:
                raise
            except Exception as error:
                raise _explain(error) from error
    if isinstance(source, bytes | bytearray | memoryview):
        return decode(bytes(source), smallest)
    with Path(source).open("rb") as file:
        # One byte more than allowed is enough to know: no file or device fills the memory.
        return decode(file.read(MAX_BYTES + 1), smallest)


def decode(data: bytes, smallest: int | None = None) -> Image.Image:
    """Return the bytes of a picture file as an RGB image: upright, alpha on white, the first frame of several.

    JPEG, PNG, WebP, GIF, BMP, TIFF, AVIF and HEIC are read. The result is exact unless ``smallest`` (pixels) is
    given: then a JPEG whose shorter side has more than ``REDUCE_ABOVE`` pixels is decoded at 1/2, 1/4 or 1/8 of its
    scale, so long as the shorter side keeps ``smallest`` pixels. For what is resized to something several times
    smaller than that anyway, this is four times faster and changes the result by little.

    Raises PictureError, and nothing else, whatever the bytes are.
    """
    if not data:
        raise PictureError("empty", "This file is empty: please choose another one.")
    if len(data) > MAX_BYTES:
        raise PictureError("too_large", f"This file has more than {MAX_BYTES // 10**6} MB: please make it smaller.")
    kind = picture_kind(data)
    if kind is None:
        raise _no_picture(data)
    with _quiet:
        try:
            return _decode_heif(data) if kind == "HEIC" else _decode(kind, data, smallest)
        except PictureError:
            raise
        except Exception as error:
            # Decoders raise almost anything on damaged data: OSError, SyntaxError, struct.error, MemoryError, ...
            raise _explain(error) from error


def _decode(kind: str, data: bytes, smallest: int | None) -> Image.Image:
    with _open(kind, data) as image:
        _check_size(image.size)
        if kind == "JPEG":
            if data.count(b"\xff\xda") > MAX_SCANS:
                raise _unsupported()
            if smallest is not None and min(image.size) > REDUCE_ABOVE:
                image.draft(None, (smallest, smallest))
        return _upright(image)


def _open(kind: str, data: bytes) -> "ImageFile":
    """Start the one decoder for a kind, imported when first needed. It reads the header only.

    ``Image.open`` would try other decoders too, and knows only one limit on pixels, global, with a warning.
    """
    file = BytesIO(data)
    match kind:
        case "JPEG":
            from PIL.JpegImagePlugin import JpegImageFile

            return JpegImageFile(file)
        case "PNG":
            from PIL.PngImagePlugin import PngImageFile

            return PngImageFile(file)
        case "WebP":
            from PIL.WebPImagePlugin import WebPImageFile

            return WebPImageFile(file)
        case "GIF":
            from PIL.GifImagePlugin import GifImageFile

            return GifImageFile(file)
        case "BMP":
            from PIL.BmpImagePlugin import BmpImageFile

            return BmpImageFile(file)
        case "TIFF":
            from PIL.TiffImagePlugin import TiffImageFile

            return TiffImageFile(file)
        case _:
            from PIL.AvifImagePlugin import AvifImageFile

            try:
                return AvifImageFile(file)
            except ValueError as error:
                if "Exif" not in str(error):
                    raise
                # libavif refuses a picture for damaged EXIF alone: hide that behind a name it does not know.
                return AvifImageFile(BytesIO(data.replace(b"Exif", b"skip", 1)))


def _decode_heif(data: bytes) -> Image.Image:
    import pillow_heif

    file = pillow_heif.open_heif(BytesIO(data))
    _check_size(file.size)
    # libheif has turned it already: the orientation in its EXIF must not turn it again.
    rgb = to_rgb(file.to_pillow())
    rgb.info = {}
    return rgb


def _upright(image: Image.Image) -> Image.Image:
    """A new image, plain RGB; made with as few copies as possible, as each may take hundreds of megabytes."""
    _check_size(image.size)
    image.load()
    turn = _TURNS.get(_orientation(image))
    rgb = to_rgb(image)
    if turn is not None:
        rgb = rgb.transpose(turn)
    elif rgb is image:
        rgb = image.copy()
    rgb.info = {}
    return rgb


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(_ORIENTATION, 1))
    except Exception:
        # Damaged EXIF must not lose the picture.
        return 1


def _check_size(size: tuple[int, int]) -> None:
    width, height = size
    if width < 1 or height < 1:
        raise _damaged()
    if width * height > MAX_PIXELS:
        limit = f"{MAX_PIXELS // 10**6} million"
        raise PictureError(
            "too_large", f"This picture has {width} × {height} pixels, more than {limit}: please make it smaller."
        )


def _no_picture(data: bytes) -> PictureError:
    if is_begun(data):
        return _damaged()
    other = other_kind(data)
    if other:
        return PictureError("unsupported", f"This is {other}: please choose a JPEG or PNG picture.")
    return PictureError("not_a_picture", "This file is not a picture: please choose a JPEG or PNG picture.")


def _explain(error: Exception) -> PictureError:
    """The error for a visitor behind a decoder's own."""
    if isinstance(error, MemoryError | Image.DecompressionBombError):
        return PictureError("too_large", "This picture is too large to open here: please make it smaller.")
    rare = r"unsupported|not supported|not available|unknown (pixel|data)"
    if isinstance(error, ImportError | NotImplementedError) or re.search(rare, str(error), re.IGNORECASE):
        return _unsupported()
    return _damaged()


def _unsupported() -> PictureError:
    return PictureError(
        "unsupported", "This picture is of a rare kind that can't be opened here: please save it as JPEG or PNG."
    )


def _damaged() -> PictureError:
    return PictureError(
        "cut_off", "This picture is cut off or damaged: please save or download it again, or choose another one."
    )
