"""Any bytes become an upright RGB picture or a PictureError: real files of every kind, and damaged ones."""

import pickle
import struct
import threading
import warnings
import zlib
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from helpers import encode, scene
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageStat

from snowpeople import picture
from snowpeople.picture import PictureError, decode, read

KINDS = ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "HEIF"]
# GIF and BMP have no EXIF.
EXIF_KINDS = ["JPEG", "PNG", "WEBP", "TIFF", "AVIF", "HEIF"]


def difference(one: Image.Image, other: Image.Image) -> float:
    """Mean absolute difference, 0 to 255."""
    assert one.mode == other.mode == "RGB"
    assert one.size == other.size
    return sum(ImageStat.Stat(ImageChops.difference(one, other)).mean) / 3


def near(pixel: float | tuple[int, ...] | None, colour: tuple[float, ...], by: float) -> bool:
    assert isinstance(pixel, tuple)
    return all(abs(one - other) <= by for one, other in zip(pixel, colour, strict=True))


def code(data: bytes) -> str:
    with pytest.raises(PictureError) as caught:
        decode(data)
    return caught.value.code


@pytest.mark.parametrize("kind", KINDS)
def test_reads_every_kind(kind: str) -> None:
    result = decode(encode(scene(), kind))
    assert difference(result, scene()) < 6


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF"])
def test_lossless_kinds_are_exact(kind: str) -> None:
    assert difference(decode(encode(scene(), kind)), scene()) == 0


@pytest.mark.parametrize("kind", EXIF_KINDS)
@pytest.mark.parametrize("orientation", range(1, 9))
def test_turns_upright(kind: str, orientation: int) -> None:
    turned = {
        1: None,
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }[orientation]
    stored = scene() if turned is None else scene().transpose(turned)
    exif = Image.Exif()
    exif[0x0112] = orientation
    result = decode(encode(stored, kind, exif=exif.tobytes()))
    assert difference(result, scene()) < 8


def test_an_image_of_pillow_is_turned_too_and_left_as_it_is() -> None:
    image = scene()
    image.getexif()[0x0112] = 6
    assert read(image).size == (32, 48)
    assert image.size == (48, 32)
    assert read(read(image)).size == (32, 48)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("exif", [b"Exif\x00\x00junk", b"Exif\x00\x00II*\x00\xff\xff\xff\xff", b"", b"\x00" * 40])
def test_damaged_exif_does_not_lose_the_picture(kind: str, exif: bytes) -> None:
    assert difference(decode(encode(scene(), kind, exif=exif)), scene()) < 6


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "TIFF", "AVIF", "HEIF"])
@pytest.mark.parametrize("junk", [b"XXXX", b"\x00\x00\x00\x00", b"II*\x00\xff\xff\xff\xff"])
def test_exif_damaged_later_does_not_lose_the_picture(kind: str, junk: bytes) -> None:
    exif = Image.Exif()
    exif[0x010E] = "a description"
    data = encode(scene(), kind, exif=exif.tobytes())
    if kind == "TIFF":
        # Here EXIF is the file's own directory: only an entry can be hurt.
        at = data.index(b"a description")
    else:
        at = data.rindex(exif.tobytes()[6:10], 0, data.index(b"a description"))
    assert difference(decode(data[:at] + junk + data[at + len(junk) :]), scene()) < 6


def test_an_orientation_that_does_not_exist_is_ignored() -> None:
    exif = Image.Exif()
    exif[0x0112] = 77
    assert decode(encode(scene(), "JPEG", exif=exif)).size == scene().size


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF", "AVIF", "HEIF"])
def test_transparent_parts_become_white(kind: str) -> None:
    image = scene().convert("RGBA")
    image.putalpha(0)
    image.paste((0, 0, 255, 255), (0, 0, 24, 32))
    result = decode(encode(image, kind))
    assert near(result.getpixel((40, 16)), (255, 255, 255), 4)
    assert near(result.getpixel((8, 16)), (0, 0, 255), 12)


def test_half_transparent_is_half_white() -> None:
    assert decode(encode(Image.new("RGBA", (4, 4), (0, 0, 0, 128)), "PNG")).getpixel((1, 1)) == (127, 127, 127)


@pytest.mark.parametrize("kind", ["PNG", "GIF"])
def test_transparency_of_a_palette_becomes_white(kind: str) -> None:
    image = Image.new("P", (8, 8), 1)
    image.putpalette([0, 0, 0, 200, 0, 0])
    image.paste(0, (0, 0, 4, 8))
    result = decode(encode(image, kind, transparency=0))
    assert near(result.getpixel((1, 1)), (255, 255, 255), 2)
    assert near(result.getpixel((6, 1)), (200, 0, 0), 12)


@pytest.mark.parametrize(("mode", "key", "colour"), [("L", 7, 7), ("RGB", (1, 2, 3), (1, 2, 3))])
def test_a_transparent_colour_becomes_white(mode: str, key: object, colour: int | tuple[int, ...]) -> None:
    image = Image.new(mode, (4, 4), colour)
    assert decode(encode(image, "PNG", transparency=key)).getpixel((0, 0)) == (255, 255, 255)


@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
def test_cmyk(kind: str) -> None:
    result = decode(encode(scene().convert("CMYK"), kind))
    assert difference(result, scene()) < 6


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_sixteen_bit_grey_is_scaled_not_clipped(kind: str) -> None:
    ramp = np.linspace(0, 65535, 64).astype(np.uint16).reshape(8, 8)
    result = np.asarray(decode(encode(Image.fromarray(ramp), kind)))
    assert np.abs(result[..., 0].astype(float) - ramp / 257).max() <= 0.51


def test_sixteen_bit_colour_is_scaled_not_clipped() -> None:
    values = [(0, 32768, 65535), (65535, 256, 30000)]
    row = b"\x00" + b"".join(struct.pack(">3H", *value) for value in values)
    result = decode(png(struct.pack(">IIBBBBB", 2, 1, 16, 2, 0, 0, 0), row))
    for x, value in enumerate(values):
        assert near(result.getpixel((x, 0)), tuple(v / 257 for v in value), 1)


@pytest.mark.parametrize("top", [1.0, 255.0, 65535.0])
def test_floating_point_tiff(top: float) -> None:
    ramp = np.linspace(0, top, 64, dtype=np.float32).reshape(8, 8)
    result = np.asarray(decode(encode(Image.fromarray(ramp), "TIFF")))
    assert np.abs(result[..., 0] - ramp * 255 / top).max() <= 0.51


def test_integers_beyond_sixteen_bits_are_stretched() -> None:
    values = np.array([[-100_000, 0, 100_000]], dtype=np.int32)
    assert np.asarray(read(Image.fromarray(values)))[0, :, 0].tolist() == [0, 128, 255]


ODD_MODES = ["1", "LA", "La", "PA", "RGBX", "RGBa", "YCbCr", "HSV", "LAB", "I", "F", "I;16", "I;16L", "I;16B"]


@pytest.mark.parametrize("mode", ODD_MODES)
def test_every_mode_of_pillow_becomes_rgb(mode: str) -> None:
    result = read(Image.new(mode, (3, 4)))
    assert (result.mode, result.size, result.info) == ("RGB", (3, 4), {})


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "TIFF", "AVIF"])
def test_the_first_frame_of_several(kind: str) -> None:
    frames = [Image.new("RGB", (32, 32), colour) for colour in ("blue", "red", "lime")]
    data = encode(frames[0], kind, save_all=True, append_images=frames[1:])
    assert difference(decode(data), frames[0]) < 6


@pytest.mark.parametrize("source", ["path", "str", "bytes", "bytearray", "memoryview"])
def test_read_takes_any_source(source: str, tmp_path: Path) -> None:
    data = encode(scene(), "PNG")
    path = tmp_path / "a picture.png"
    path.write_bytes(data)
    sources: dict[str, picture.Source] = {
        "path": path,
        "str": str(path),
        "bytes": data,
        "bytearray": bytearray(data),
        "memoryview": memoryview(data),
    }
    assert difference(read(sources[source]), scene()) == 0


def test_errors_of_the_file_system_pass_through(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read(tmp_path / "missing.png")
    with pytest.raises(OSError, match="directory"):
        read(tmp_path)


def test_empty() -> None:
    assert code(b"") == "empty"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("part", [0.1, 0.5, 0.9])
def test_a_cut_off_file_says_so(kind: str, part: float) -> None:
    data = encode(scene((256, 256)), kind)
    assert code(data[: int(len(data) * part)]) == "cut_off"


def test_a_file_shorter_than_its_mark_is_cut_off() -> None:
    assert code(b"\x89PNG") == "cut_off"


def png(header: bytes, pixels: bytes) -> bytes:
    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(pixels)) + chunk(b"IEND", b"")


def with_size(kind: str, width: int, height: int) -> bytes:
    """A file whose header claims this size: a small file, made large by an edit of its header."""
    data = bytearray(encode(scene((64, 64)), kind))
    if kind == "JPEG":
        at = data.index(b"\xff\xc0") + 5
        data[at : at + 4] = struct.pack(">HH", height, width)
    elif kind == "PNG":
        return png(struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0), b"\x00" * 100)
    elif kind == "GIF":
        data[6:10] = struct.pack("<HH", width, height)
    elif kind == "BMP":
        data[18:26] = struct.pack("<ii", width, height)
    elif kind == "WEBP":
        at = data.index(b"VP8 ") + 14
        data[at : at + 4] = struct.pack("<HH", width, height)
    elif kind == "TIFF":
        for tag, value in ((256, width), (257, height)):
            at = next(data.index(entry) for size in (3, 4) if (entry := struct.pack("<HHI", tag, size, 1)) in data)
            data[at : at + 12] = struct.pack("<HHII", tag, 4, 1, value)
    else:  # AVIF and HEIF: the "ispe" box
        at = data.index(b"ispe") + 8
        data[at : at + 8] = struct.pack(">II", width, height)
    return bytes(data)


SIZES = [
    ("JPEG", 12000, 12000),
    ("PNG", 12000, 12000),
    ("GIF", 12000, 12000),
    ("BMP", 12000, 12000),
    ("WEBP", 16000, 10000),
    ("TIFF", 12000, 12000),
    ("AVIF", 12000, 12000),
    ("HEIF", 12000, 12000),
    ("PNG", 2**31 - 1, 2**31 - 1),
    ("TIFF", 2**31 - 1, 2**31 - 1),
]


@pytest.mark.parametrize(("kind", "width", "height"), SIZES)
def test_too_many_pixels_are_refused_before_decoding(kind: str, width: int, height: int) -> None:
    with pytest.raises(PictureError) as caught:
        decode(with_size(kind, width, height))
    assert caught.value.code == "too_large"
    assert str(width) in str(caught.value)


def test_an_image_of_pillow_may_be_too_large_too() -> None:
    with pytest.raises(PictureError, match="more than 80 million"):
        read(Image.new("1", (10_000, 8_001)))


def test_too_many_bytes_are_refused_before_reading_them_all(tmp_path: Path) -> None:
    path = tmp_path / "large.jpg"
    with path.open("wb") as file:
        file.truncate(picture.MAX_BYTES * 1000)
    with pytest.raises(PictureError, match="more than 30 MB") as caught:
        read(path)
    assert caught.value.code == "too_large"


def test_a_jpeg_of_thousands_of_scans_is_refused() -> None:
    data = encode(scene((64, 64)), "JPEG", progressive=True)
    start = data.rindex(b"\xff\xda")
    assert code(data[:start] + data[start:-2] * 1000 + data[-2:]) == "unsupported"


OTHERS = [
    (b"%PDF-1.7\n", "a PDF"),
    (b"%!PS-Adobe-3.0 EPSF-3.0", "PostScript"),
    (b"PK\x03\x04" + b"\x00" * 40, "archive"),
    (b"\x1f\x8b\x08" + b"\x00" * 40, "archive"),
    (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
    (b"\xef\xbb\xbf<?xml version='1.0'?>\n<!-- made by hand -->\n<svg>", "SVG"),
    (b"<?xml version='1.0'?><!DOCTYPE svg PUBLIC '-//W3C//DTD SVG 1.1//EN' 'svg11.dtd'>\n<svg>", "SVG"),
    (b"<!DOCTYPE html><html>", "a web page"),
    (b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom", "a video"),
    (b"\x00\x00\x00\x14ftypqt  \x00\x00\x00\x00qt  ", "a video"),
    (b"\x1aE\xdf\xa3" + b"\x00" * 40, "a video"),
    (b"RIFF\x00\x00\x00\x00AVI LIST", "a video"),
    (b"RIFF\x00\x00\x00\x00WAVEfmt ", "a sound"),
    (b"\x00\x00\x00\x18ftypM4A \x00\x00\x00\x00mp42isom", "a sound"),
    (b"\x00\x00\x00\x18ftypcrx \x00\x00\x00\x01crx isom", "raw"),
    (b"8BPS\x00\x01", "Photoshop"),
    (b"\xff\x0a\x00\x00", "JPEG XL"),
    (b"\x00\x00\x01\x00\x01\x00\x10\x10", "an icon"),
]


@pytest.mark.parametrize(("data", "words"), OTHERS)
def test_other_kinds_are_named(data: bytes, words: str) -> None:
    with pytest.raises(PictureError, match=words) as caught:
        decode(data)
    assert caught.value.code == "unsupported"


@pytest.mark.parametrize("data", [b"hello\n", b"\x00" * 1000, b"x", b"\xff\xfe", b"BM", b"BMW makes cars, you know"])
def test_what_is_no_picture(data: bytes) -> None:
    assert code(data) == "not_a_picture"


def test_kinds_that_pillow_knows_but_we_do_not_offer() -> None:
    for kind in ("PPM", "ICO", "TGA", "PCX", "EPS", "PDF", "SGI", "JPEG2000"):
        assert code(encode(scene(), kind)) in ("unsupported", "not_a_picture")


def test_messages_are_one_sentence_without_jargon() -> None:
    bad = [b"", b"text", b"%PDF-1.4", encode(scene(), "JPEG")[:300], with_size("PNG", 20000, 20000), b"\x89PNG"]
    for data in bad:
        with pytest.raises(PictureError) as caught:
            decode(data)
        message = str(caught.value)
        assert message[0].isupper()
        assert message.endswith(".")
        assert message.count(". ") == 0
        assert "please" in message
        assert not any(word in message.lower() for word in ("pil", "error", "exception", "none", "struct", "decoder"))


def test_the_error_survives_pickling() -> None:
    error = PictureError("empty", "This file is empty.")
    error.position = 3
    again = pickle.loads(pickle.dumps(error))
    assert (again.code, str(again), again.position) == ("empty", "This file is empty.", 3)


def test_a_large_jpeg_may_be_decoded_smaller() -> None:
    photo = scene((1600, 1200)).resize((1600, 1200))
    data = encode(photo, "JPEG", quality=90)
    assert decode(data).size == (1600, 1200)
    assert decode(data, smallest=256).size == (400, 300)
    assert decode(data, smallest=700).size == (1600, 1200)
    resized = [decode(data, smallest).resize((64, 64), Image.Resampling.BILINEAR) for smallest in (None, 256)]
    assert difference(*resized) < 1


def test_a_turned_large_jpeg_is_upright_when_decoded_smaller() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    assert decode(encode(scene((1600, 1200)), "JPEG", exif=exif), smallest=256).size == (300, 400)


@pytest.mark.parametrize("size", [(1000, 1000), (4000, 900)])
def test_smaller_pictures_are_always_exact(size: tuple[int, int]) -> None:
    data = encode(scene(size), "JPEG")
    assert difference(decode(data, smallest=64), decode(data)) == 0


def test_pillow_is_left_as_it_was() -> None:
    before = Image.MAX_IMAGE_PIXELS, list(Image.ID), list(warnings.filters)
    for kind in KINDS:
        decode(encode(scene(), kind))
    code(with_size("PNG", 20000, 20000))
    after = Image.MAX_IMAGE_PIXELS, [kind for kind in Image.ID if kind in before[1]], list(warnings.filters)
    assert after == before
    assert "HEIF" not in Image.OPEN


def test_threads_leave_the_warning_filters_as_they_were() -> None:
    before = list(warnings.filters)
    data = encode(scene(), "PNG")
    threads = [threading.Thread(target=lambda: [decode(data) for _ in range(50)]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert list(warnings.filters) == before


def test_heif_support_is_loaded_only_when_needed(run_python: Callable[[str], str]) -> None:
    program = """
import io, sys
from PIL import Image
from snowpeople import picture
file = io.BytesIO()
Image.new("RGB", (8, 8)).save(file, "JPEG")
picture.decode(file.getvalue())
print("pillow_heif" in sys.modules, "numpy" in sys.modules)
"""
    assert run_python(program).split() == ["False", "False"]


# Property tests: whatever the bytes, a picture within the limits or a PictureError, never anything else.


@cache
def seeds() -> list[bytes]:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010E] = "a description"
    files = [encode(scene(), kind) for kind in KINDS]
    files += [encode(scene(), kind, exif=exif.tobytes()) for kind in EXIF_KINDS]
    files += [encode(scene().convert("RGBA"), kind) for kind in ("PNG", "WEBP", "TIFF", "AVIF", "HEIF")]
    files += [encode(scene().quantize(16), kind) for kind in ("PNG", "GIF", "BMP", "TIFF")]
    files += [encode(scene().convert("1"), kind) for kind in ("PNG", "BMP", "TIFF")]
    files += [encode(scene().convert("CMYK"), kind) for kind in ("JPEG", "TIFF")]
    files += [encode(scene(), "JPEG", progressive=True), encode(scene(), "WEBP", lossless=True)]
    for name in ("tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg"):
        files.append(encode(scene(), "TIFF", compression=name))
    files += [encode(scene().convert("1"), "TIFF", compression=name) for name in ("group3", "group4")]
    deep = Image.fromarray(np.arange(256, dtype=np.uint16).reshape(16, 16) * 257)
    files += [encode(deep, kind) for kind in ("PNG", "TIFF")]
    more = [scene().rotate(angle) for angle in (90, 180)]
    for kind in ("GIF", "PNG", "WEBP", "TIFF", "AVIF"):
        files.append(encode(scene(), kind, save_all=True, append_images=more))
    return files


def holds(data: bytes, smallest: int | None = None) -> None:
    try:
        result = decode(data, smallest)
    except PictureError:
        return
    assert result.mode == "RGB"
    assert 0 < result.width * result.height <= picture.MAX_PIXELS


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A valid file, hurt: bits flipped, bytes set, parts cut, doubled or swapped with another file's, mostly early."""
    data = bytearray(draw(st.sampled_from(seeds())))
    for _ in range(draw(st.integers(1, 6))):
        # Headers are where the trouble is: half of all edits go to the first bytes.
        last = draw(st.sampled_from([40, len(data)]))
        at = draw(st.integers(0, max(0, min(last, len(data)) - 1)))
        match draw(st.sampled_from(["flip", "set", "number", "cut", "drop", "repeat", "splice"])):
            case "flip" if data:
                data[at] ^= 1 << draw(st.integers(0, 7))
            case "set":
                data[at : at + 1] = bytes([draw(st.sampled_from([0, 1, 0x7F, 0x80, 0xFE, 0xFF]))])
            case "number":
                number = draw(st.sampled_from([0, 1, 0xFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF]))
                data[at : at + 4] = struct.pack(draw(st.sampled_from(["<I", ">I"])), number)
            case "cut":
                del data[at:]
            case "drop":
                del data[at : at + draw(st.integers(1, 64))]
            case "repeat":
                data[at:at] = data[at : at + draw(st.integers(1, 64))]
            case "splice":
                other = draw(st.sampled_from(seeds()))
                data[at:] = other[draw(st.integers(0, len(other) - 1)) :]
    return bytes(data)


thorough = settings(max_examples=4000, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


@thorough
@given(damaged(), st.sampled_from([None, 8]))
def test_damaged_files(data: bytes, smallest: int | None) -> None:
    holds(data, smallest)


@settings(thorough, max_examples=1500)
@given(st.sampled_from(["", *(data[:16].hex() for data in seeds())]), st.binary(max_size=400))
def test_random_bytes_after_a_valid_start(start: str, rest: bytes) -> None:
    holds(bytes.fromhex(start) + rest)


def test_every_bit_of_every_header() -> None:
    for data in seeds():
        for at in range(min(len(data), 64)):
            holds(data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :])


def test_every_length_of_every_file() -> None:
    for data in seeds():
        for length in range(1, len(data), max(1, len(data) // 40)):
            holds(data[:length])


def test_decoders_print_nothing(run_python: Callable[[str], str]) -> None:
    program = """
import sys
sys.path.insert(0, "tests")
from test_picture import holds, seeds
for data in seeds():
    for length in range(1, len(data), max(1, len(data) // 10)):
        holds(data[:length])
        holds(data[:length] + bytes([data[length] ^ 0xff]) + data[length + 1:])
sys.stderr.flush()
import os
os.dup2(1, 2)
"""
    assert run_python(program) == ""
