"""The extra members of ``export.pkl``: an ONNX model and its card, read and written with ``zipfile`` alone.

A fastai export is a torch zip archive: every member lies under one top folder. Snowpeople adds two members under
that folder, which torch ignores, so the same file serves ``load_learner`` and ``Classifier.load``.
"""

import json
import os
import shutil
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

MODEL = "snowpeople/model.onnx"
CARD = "snowpeople/card.json"
FORMAT = 1
RESIZES = ("squish", "crop", "middle")
MAX_MODEL_BYTES = 200_000_000
MAX_CARD_BYTES = 1_000_000
# What a repository for Binder bears well.
BINDER_BYTES = 24_000_000

# What zipfile raises on damaged archives: besides its own error, whatever its parsing stumbles over.
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    OverflowError,
    RuntimeError,
    ValueError,
)


class ExportError(ValueError):
    """An export that can't be used. The message names the file and the remedy."""


def read(path: str | os.PathLike[str]) -> tuple[bytes, dict[str, Any]]:
    """Return the ONNX model and the card of an export.

    Raises ExportError when the file is missing, damaged, not an export, or a plain fastai export without the two
    members; PermissionError and other OSErrors of the file system pass through.
    """
    return _read(path, whole=True)


def read_card(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Return the card of an export alone, without reading the rest of a large file. Raises what `read` raises."""
    return _read(path, whole=False)[1]


def _read(path: str | os.PathLike[str], whole: bool) -> tuple[bytes, dict[str, Any]]:
    path = _existing(path)
    with path.open("rb") as file:
        _check_zip(file, path)
        try:
            with zipfile.ZipFile(file) as archive:
                top = _top_folder(archive, path)
                names = set(archive.namelist())
                if not {top + MODEL, top + CARD} & names:
                    raise ExportError(
                        f"{path} is a plain fastai export, without the part that Snowpeople reads. "
                        f"Convert it first: snowpeople shrink {path} --trust"
                    )
                card = _card(_member(archive, top + CARD, MAX_CARD_BYTES, path), path)
                return _member(archive, top + MODEL, MAX_MODEL_BYTES, path) if whole else b"", card
        except ExportError:
            raise
        except (*_DAMAGE, OSError) as error:
            # OSError: an offset that the damage made negative, or a disk that can't be read.
            raise _damaged(path) from error


def too_large(size: int) -> str | None:
    """A line to say of an export of `size` bytes that Binder will hardly bear; None where there is nothing to say."""
    if size <= BINDER_BYTES:
        return None
    return (
        f"note: {size / 1e6:.0f} MB is more than a repository for Binder bears well ({BINDER_BYTES / 1e6:.0f} MB). "
        "Where fewer bits a weight would have changed too many answers, more pictures may help; "
        "`snowpeople card` has the table"
    )


def append(path: str | os.PathLike[str], model: bytes, card: Mapping[str, Any]) -> None:
    """Add an ONNX model and its card to a fastai export, or replace those it has.

    The new file is written beside the old one and then takes its place at once: if anything stops the work before
    that, the old file is as it was. Raises ExportError when the file is no torch archive or the card is not valid.
    """
    # A link stays a link: what it points at is replaced.
    path = _existing(path).resolve()
    text = json.dumps(dict(card), ensure_ascii=False, indent=1, allow_nan=False).encode()
    _card(text, path)
    for what, content, limit in (("model", model, MAX_MODEL_BYTES), ("card", text, MAX_CARD_BYTES)):
        if len(content) > limit:
            raise ExportError(f"the {what} for {path} has {len(content):,} bytes; at most {limit:,} are allowed")
    handle, name = tempfile.mkstemp(prefix=f"{path.name}.", suffix=".part", dir=path.parent)
    beside = Path(name)
    try:
        with os.fdopen(handle, "r+b") as file:
            with path.open("rb") as original:
                shutil.copyfileobj(original, file, 1 << 20)
            _append(file, path, {MODEL: model, CARD: text})
            file.flush()
            os.fsync(file.fileno())
        shutil.copymode(path, beside)
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)


def _append(file: IO[bytes], path: Path, members: Mapping[str, bytes]) -> None:
    # Without this, append mode would begin a new archive behind whatever the file holds.
    _check_zip(file, path)
    try:
        with zipfile.ZipFile(file, "a", zipfile.ZIP_STORED) as archive:
            top = _top_folder(archive, path)
            _forget(archive, {top + name for name in members})
            for name, content in members.items():
                # A fixed date, so that the same model gives the same file. Packed, as seven-bit weights take a quarter
                # less room so; torch's own members must stay as they are, torch reads no packed ones.
                archive.writestr(zipfile.ZipInfo(top + name), content, zipfile.ZIP_DEFLATED, 9)
    except ExportError:
        raise
    except _DAMAGE as error:
        raise _damaged(path) from error


def _forget(archive: zipfile.ZipFile, names: set[str]) -> None:
    """Drop members from the directory, and overwrite their bytes where nothing else follows them."""
    old = [info for info in archive.filelist if info.filename in names]
    if not old:
        return
    archive.filelist[:] = [info for info in archive.filelist if info.filename not in names]
    for info in old:
        archive.NameToInfo.pop(info.filename, None)
    first = min(info.header_offset for info in old)
    if all(info.header_offset < first for info in archive.filelist):
        archive.start_dir = first


def _existing(path: str | os.PathLike[str]) -> Path:
    path = Path(path)
    if path.is_dir():
        raise ExportError(f"{path} is a folder; name the export file in it, such as {path / 'export.pkl'}")
    if not path.exists():
        raise ExportError(f"{path} does not exist; run training.ipynb to make an export, or name another file")
    if not path.is_file():
        raise ExportError(f"{path} is not an ordinary file; name an export file")
    return path


def _check_zip(file: IO[bytes], path: Path) -> None:
    if zipfile.is_zipfile(file):
        return
    file.seek(0)
    raise _damaged(path) if file.read(2) in (b"", b"P", b"PK") else _not_an_export(path)


def _top_folder(archive: zipfile.ZipFile, path: Path) -> str:
    """The folder that holds everything, with its slash: where torch keeps ``data.pkl``."""
    tops = [name[: -len("data.pkl")] for name in archive.namelist() if name.endswith("/data.pkl")]
    tops = [top for top in tops if top.count("/") == 1 and top != "/"]
    if len(tops) != 1:
        raise _not_an_export(path)
    return tops[0]


def _member(archive: zipfile.ZipFile, name: str, limit: int, path: Path) -> bytes:
    try:
        info = archive.getinfo(name)
    except KeyError:
        raise _damaged(path) from None
    if max(info.file_size, info.compress_size) > limit:
        raise ExportError(
            f"{name} in {path} claims {info.file_size:,} bytes; at most {limit:,} are allowed. "
            "The export is damaged or not one of Snowpeople's: make it again with training.ipynb"
        )
    return archive.read(info)


def _card(text: bytes, path: Path) -> dict[str, Any]:
    try:
        card = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _damaged(path) from error
    if not isinstance(card, dict):
        raise _damaged(path)
    version = card.get("format")
    if isinstance(version, int) and version > FORMAT:
        raise ExportError(
            f"{path} was made by a newer version of Snowpeople (format {version}; this version reads {FORMAT}). "
            "Update Snowpeople, or make the export again with this version"
        )
    fault = _fault(card)
    if fault:
        raise ExportError(f"the card in {path} is not valid: {fault}. Make the export again with training.ipynb")
    return card


def _fault(card: Mapping[str, Any]) -> str | None:
    """What is wrong with a card, in a few words; None where all is well."""
    labels, size, thresholds = card.get("labels"), card.get("size"), card.get("thresholds", {})
    if type(card.get("format")) is not int or card["format"] != FORMAT:
        return f"'format' must be {FORMAT}"
    if not isinstance(labels, list) or not all(isinstance(label, str) and label for label in labels):
        return "'labels' must be a list of names"
    if len(labels) < 2 or len(set(labels)) != len(labels):
        return "'labels' must hold two or more names, each once"
    if type(size) is not int or not 1 <= size <= 4096:
        return "'size' must be a whole number of pixels from 1 to 4096"
    if card.get("resize") not in RESIZES:
        return "'resize' must be 'squish', 'crop' or 'middle'"
    for name in ("known", "familiar"):
        value = thresholds.get(name, 0.0) if isinstance(thresholds, dict) else None
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
            return f"'thresholds' must hold '{name}', a number from 0 to 1"
    return None


def _not_an_export(path: Path) -> ExportError:
    return ExportError(
        f"{path} is not an export of fastai or Snowpeople. Make one with training.ipynb, or with learn.export() "
        "and then snowpeople shrink"
    )


def _damaged(path: Path) -> ExportError:
    return ExportError(f"{path} is damaged or incomplete. Copy or download it again, or make it with training.ipynb")
