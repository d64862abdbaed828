"""Untrusted bytes to an upright RGB picture, or one error that a visitor understands.

The kind is told from the first bytes, and only that kind's decoder of Pillow ever sees the data. Size limits are
checked on the header, before anything is decoded. Nothing global is changed in Pillow.
"""

import os
import re
import threading
import warnings
from io import BytesIO
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Literal

from PIL import Image

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

MAX_BYTES = 30_000_000
MAX_PIXELS = 80_000_000

# A JPEG may be decoded at a reduced scale only where its shorter side has more pixels than this: see decode().
REDUCE_ABOVE = 1000

# Progressive JPEGs have about ten scans; each costs a pass over the whole picture, so thousands are an attack.
MAX_SCANS = 500

Source = str | os.PathLike[str] | bytes | bytearray | memoryview | Image.Image
Code = Literal["empty", "not_a_picture", "cut_off", "too_large", "unsupported"]

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
    """A picture that can't be used. The message is one sentence for a visitor; ``code`` says which kind of fault."""

    def __init__(self, code: Code, message: str) -> None:
        """Make an error of this kind that says this sentence."""
        super().__init__(message)
        self.code: Code = code

    def __reduce__(self) -> tuple[type["PictureError"], tuple[Code, str]]:
        """Let the error cross process borders: exceptions are pickled by their arguments."""
        return type(self), (self.code, str(self))


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
    scale, so long as its shorter side keeps ``smallest`` pixels or more. That is several times faster and, before a
    resize to a small input, changes each pixel by very little.

    Raises PictureError, and nothing else, whatever the bytes are.
    """
    if not data:
        raise PictureError("empty", "This file is empty: please choose another one.")
    if len(data) > MAX_BYTES:
        raise PictureError("too_large", f"This file has more than {MAX_BYTES // 1_000_000} MB: please make it smaller.")
    kind = _kind(data)
    with _quiet:
        # Decoders raise almost anything on damaged data: OSError, SyntaxError, struct.error, MemoryError, ...
        try:
            if kind == "HEIC":
                return _decode_heif(data)
            with _open(kind, data) as image:
                _check_size(image.size)
                if kind == "JPEG":
                    if data.count(b"\xff\xda") > MAX_SCANS:
                        raise PictureError("unsupported", "This JPEG is built in an unusual way: please save it anew.")
                    if smallest is not None and min(image.size) > REDUCE_ABOVE:
                        image.draft(None, (smallest, smallest))
                return _upright(image)
        except PictureError:
            raise
        except Exception as error:
            raise _explain(error) from error


def _open(kind: str, data: bytes) -> "ImageFile":
    """The one decoder of Pillow for this kind, imported when first needed.

    ``Image.open`` would try others too, and warns or raises by a global limit of its own.
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

            return AvifImageFile(file)


def _decode_heif(data: bytes) -> Image.Image:
    import pillow_heif

    file = pillow_heif.open_heif(BytesIO(data))
    _check_size(file.size)
    # libheif has already turned it: the orientation in its EXIF must not turn it again.
    return _rgb(file.to_pillow())


def _check_size(size: tuple[int, int]) -> None:
    width, height = size
    if width < 1 or height < 1:
        raise _damaged()
    if width * height > MAX_PIXELS:
        raise PictureError(
            "too_large",
            f"This picture has {width} by {height} pixels, more than {MAX_PIXELS // 1_000_000} million: "
            "please make it smaller.",
        )


def _upright(image: Image.Image) -> Image.Image:
    _check_size(image.size)
    image.load()
    turn = _TURNS.get(_orientation(image))
    # Turned last: RGB is smaller than what some modes need on the way.
    picture = _rgb(image)
    return picture.transpose(turn) if turn is not None else picture


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(_ORIENTATION, 1))
    except Exception:
        # Damaged EXIF must not lose the picture.
        return 1


def _rgb(image: Image.Image) -> Image.Image:
    """The image in mode RGB, a new one, with nothing of its metadata."""
    if image.mode.startswith("I;16") or image.mode in ("I", "F"):
        image = _eight_bits(image)
    elif image.has_transparency_data:
        image = image.convert("LA" if image.mode == "La" else image.mode).convert("RGBA")
        white = Image.new("RGB", image.size, "white")
        white.paste(image, mask=image.getchannel("A"))
        return white
    picture = image.convert("RGB")
    if picture is image:
        picture = image.copy()
    picture.info = {}
    return picture


def _eight_bits(image: Image.Image) -> Image.Image:
    """A grey image of 16 or 32 bits or of floats, scaled to 8 bits: Pillow's own conversion clips."""
    if image.mode.startswith("I;16"):
        low, high = 0.0, 65535.0
    else:
        low, high = (float(value) for value in image.getextrema() if isinstance(value, int | float))
        # Common ranges are taken as they are meant; only others are stretched.
        for usual in (1.0, 255.0, 65535.0) if image.mode == "F" else (255.0, 65535.0):
            if low >= 0 and high <= usual:
                low, high = 0.0, usual
                break
    if image.mode != "F":
        image = image.convert("I")
    scale = 255 / (high - low) if high > low else 1.0
    return image.convert("F").point(lambda value: value * scale + (0.5 - low * scale)).convert("L")


def _kind(data: bytes) -> str:
    """The kind of picture by its first bytes. Raises PictureError with a sentence that fits what it is instead."""
    head = data[:512]
    for start, kind in _PICTURES:
        if re.match(start, head, re.DOTALL):
            return kind
    if head[4:8] == b"ftyp":
        return _media_kind(head)
    for start, name in _OTHERS:
        if re.match(start, head, re.DOTALL | re.IGNORECASE):
            raise PictureError("unsupported", f"This is {name}: please choose a JPEG or PNG picture.")
    if any(signature.startswith(head) for signature in _SIGNATURES):
        raise _damaged()
    raise PictureError("not_a_picture", "This file is not a picture: please choose a JPEG or PNG picture.")


def _media_kind(head: bytes) -> str:
    """AVIF, HEIC and most videos share one container; its brands tell them apart."""
    length = max(16, int.from_bytes(head[:4], "big"))
    brands = [head[8:12]] + [head[at : at + 4] for at in range(16, min(length, len(head)), 4)]
    if brands[0] in (b"avif", b"avis") or (brands[0] in (b"mif1", b"msf1") and b"avif" in brands):
        return "AVIF"
    if brands[0] in _HEIF_BRANDS:
        return "HEIC"
    if brands[0] == b"crx ":
        raise PictureError("unsupported", "This is a camera's raw file: please choose a JPEG or PNG picture.")
    if brands[0].startswith((b"M4A", b"M4B")):
        raise PictureError("unsupported", "This is a sound, not a picture: please choose a JPEG or PNG picture.")
    raise PictureError("unsupported", "This is a video, not a picture: please choose a JPEG or PNG picture.")


_PICTURES = (
    (rb"\xff\xd8\xff", "JPEG"),
    (rb"\x89PNG\r\n\x1a\n", "PNG"),
    (rb"RIFF....WEBP", "WebP"),
    (rb"GIF8[79]a", "GIF"),
    (rb"BM.{8}.{4}[\x0c\x10\x28\x34\x38\x40\x6c\x7c]\x00\x00\x00", "BMP"),
    (rb"II[\x2a\x2b]\x00|MM\x00[\x2a\x2b]", "TIFF"),
)
# The starts that _PICTURES need whole: a file shorter than its own start is cut off.
_SIGNATURES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a", b"II\x2a\x00", b"MM\x00\x2a")
_HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1", b"mif2"}
_OTHERS = (
    (rb"%PDF-", "a PDF, not a picture"),
    (rb"%!PS|\xc5\xd0\xd3\xc6", "a PostScript drawing, not a photo"),
    (rb"PK\x03\x04|\x1f\x8b|7z\xbc\xaf|Rar!", "an archive of files, not a picture"),
    (rb"(\xef\xbb\xbf)?\s*(<\?xml.{0,400}?)?(<!--.{0,400}?-->\s*)?(<!doctype svg.{0,300}?)?<svg", "an SVG drawing"),
    (rb"(\xef\xbb\xbf)?\s*(<!doctype html|<html)", "a web page, not a picture"),
    (rb"RIFF....AVI |\x1aE\xdf\xa3|\x00\x00\x01[\xb3\xba]|FLV\x01", "a video, not a picture"),
    (rb"....(moov|mdat|wide)", "a video, not a picture"),
    (rb"ID3|RIFF....WAVE|OggS|fLaC", "a sound, not a picture"),
    (rb"8BPS", "a Photoshop file"),
    (rb"\xff\x0a|\x00\x00\x00\x0cJXL ", "a JPEG XL picture, which can't be opened here"),
    (rb"\x00\x00\x00\x0cjP  |\xff\x4f\xff\x51", "a JPEG 2000 picture, which can't be opened here"),
    (rb"\x00\x00[\x01\x02]\x00", "an icon"),
    (rb"FUJIFILMCCD-RAW|IIRO|IIU\x00", "a camera's raw file"),
)


def _explain(error: Exception) -> PictureError:
    if isinstance(error, MemoryError | Image.DecompressionBombError):
        return PictureError("too_large", "This picture is too large to open here: please make it smaller.")
    if isinstance(error, ImportError | NotImplementedError) or re.search(
        r"unsupported|not supported|not available|unknown (pixel|data) ", str(error), re.IGNORECASE
    ):
        return PictureError(
            "unsupported", "This picture is of a rare kind that can't be opened here: please save it as JPEG or PNG."
        )
    return _damaged()


def _damaged() -> PictureError:
    return PictureError(
        "cut_off", "This picture is cut off or damaged: please save or download it again, or choose another."
    )


class _Quiet:
    """Silence Pillow's warnings (on odd metadata, mostly) while any thread decodes.

    ``warnings.catch_warnings`` alone is not safe in threads that overlap: the last to leave would restore what the
    first had changed. Here the first to enter changes the filters and the last to leave restores them.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self._catcher = warnings.catch_warnings()

    def __enter__(self) -> None:
        with self._lock:
            if not self._inside:
                self._catcher = warnings.catch_warnings()
                self._catcher.__enter__()
                warnings.filterwarnings("ignore", module=r"(PIL|pillow_heif)\b")
            self._inside += 1

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        with self._lock:
            self._inside -= 1
            if not self._inside:
                self._catcher.__exit__(None, None, None)


_quiet = _Quiet()
