"""``snowpeople classify`` as its users see it: where pictures come from, where they go, and how it exits."""

import csv
import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from helpers import encode
from PIL import Image
from servers import Handler, Server, served

from snowpeople import download
from snowpeople.cli import main
from snowpeople.commands import terminal
from snowpeople.gather import destination

ROOT = Path(__file__).parent.parent
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tiny_export: Path) -> None:
    monkeypatch.chdir(tmp_path)
    assert tiny_export.parent == tmp_path  # the export that is taken by default


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    for name, colour in (("a.png", "red"), ("deep/b.png", "lime"), ("deep/c.png", "blue")):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(png(colour))
    return folder


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Gives the exit status, stdout and stderr of a command line."""

    def run(*arguments: str) -> tuple[int, str, str]:
        try:
            status = main(["classify", *arguments])
        except SystemExit as ended:
            status = int(ended.code or 0)
        return status, *capsys.readouterr()

    return run


def png(colour: str) -> bytes:
    return encode(Image.new("RGB", (20, 20), colour), "PNG")


def start(*arguments: str, **options: Any) -> "subprocess.Popen[str]":
    program = "import sys; from snowpeople.cli import main; sys.exit(main())"
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", program, "classify", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        **options,
    )


def files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_a_folder(photos: Path, run: Run) -> None:
    status, out, err = run("photos")
    assert (status, err) == (0, "")
    assert [line.split("\t")[::2] for line in out.splitlines()] == [
        ["abominable", os.path.join("photos", "a.png")],
        ["neither", os.path.join("photos", "deep", "b.png")],
        ["olaf", os.path.join("photos", "deep", "c.png")],
    ]


def test_one_bad_picture_is_status_1_and_a_line_of_json(photos: Path, run: Run) -> None:
    (photos / "b.png").write_bytes(b"")
    status, out, err = run("photos", "none.jpg", "--json")
    found = [json.loads(line) for line in out.splitlines()]
    assert status == 1
    assert [each.get("label") or each["code"] for each in found] == [
        *("abominable", "empty", "neither", "olaf", "not_found"),
    ]
    assert [line.split(": ")[1] for line in err.splitlines()] == [os.path.join("photos", "b.png"), "none.jpg"]


def test_a_table(photos: Path, run: Run) -> None:
    (photos / "b.png").write_bytes(b"")
    status, out, _ = run("photos", "--csv", "--sort-into", "sorted")
    first, second, *_ = rows = list(csv.DictReader(io.StringIO(out, newline="")))
    assert (status, len(rows)) == (1, 4)
    labels = ["abominable", "neither", "olaf"]
    assert list(first) == ["picture", "label", "probability", "error", "code", "copy", *labels]
    assert sum(float(first[label]) for label in labels) == pytest.approx(1)
    assert (first["copy"], second["copy"]) == (os.path.join("sorted", "abominable", "a.png"), "")


def test_sorting_copies_and_a_second_run_changes_nothing(photos: Path, run: Run) -> None:
    (photos / "b.png").write_bytes(b"no picture")
    before = {name: (photos / name).read_bytes() for name in files(photos)}
    into = os.path.join("photos", "sorted")
    for sums in (
        f"3 copied to {into}: abominable 1, neither 1, olaf 1; 1 left out",
        f"0 copied to {into}; 3 were there already; 1 left out",
    ):
        status, out, err = run("photos", "--sort-into", into)
        assert (status, len(out.splitlines()), len(err.splitlines())) == (1, 3, 2)
        assert err.splitlines()[-1] == f"snowpeople: {sums}"
        assert files(photos / "sorted") == ["abominable/a.png", "neither/b.png", "olaf/c.png"]
    assert {name: (photos / name).read_bytes() for name in before} == before


def test_a_full_disk_stops_it(photos: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Path) -> None:
        raise destination.UnwritableError("No space left on device")

    monkeypatch.setattr(destination, "_appear", full)
    status, out, err = run("photos", "--sort-into", "sorted")
    assert (status, out, files(Path("sorted"))) == (1, "", [])
    assert err.startswith("snowpeople: sorted can't be written: No space left on device.")
    assert err.count("\n") == 1


def test_a_copy_that_can_not_be_made_is_named_and_the_others_go_on(photos: Path, run: Run) -> None:
    Path("sorted").mkdir()
    (Path("sorted") / "neither").write_bytes(b"in the way")
    status, out, err = run("photos", "--sort-into", "sorted")
    assert (status, len(out.splitlines())) == (1, 3)
    assert files(Path("sorted")) == ["abominable/a.png", "neither", "olaf/c.png"]
    name = os.path.join("photos", "deep", "b.png")
    assert err.splitlines() == [
        f"snowpeople: {name} was not copied: a file has the name of its folder",
        "snowpeople: 2 copied to sorted: abominable 1, olaf 1; 1 left out",
    ]


def test_stdin(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(png("blue")), isatty=lambda: False))
    status, out, err = run("-", "--sort-into", "sorted")
    assert (status, out.split("\t")[::2]) == (0, ["olaf", "-\n"])
    assert err == "snowpeople: 1 copied to sorted: olaf 1\n"
    assert Path("sorted", "olaf", "stdin.png").read_bytes() == png("blue")


def test_stdin_of_the_process() -> None:
    for data, label in ((png("blue"), "olaf"), (b"", "empty")):
        Path("data").write_bytes(data)
        with Path("data").open("rb") as opened, start("-", "--json", stdin=opened) as process:
            out, _ = process.communicate(timeout=60)
        answer = json.loads(out)
        assert (answer.get("label") or answer["code"], process.returncode) == (label, int(data == b""))


def test_an_address(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "is_public", lambda address: True)
    with served(Server()) as server:
        server.answers["/my%20otter?key=secret"] = lambda handler: handler.answer(png("red"))
        server.answers["/none?key=secret"] = lambda handler: handler.answer(status=404)
        names = (f"{server.url}/{name}?key=secret" for name in ("my%20otter", "none"))
        status, out, err = run(*names, "--sort-into", "s")
        assert out == f"abominable\t{out.split(chr(9))[1]}\t{server.url}/my%20otter\n"
        assert err.startswith(f"snowpeople: {server.url}/none: 127.0.0.1 has no such file (404)")
    assert (status, files(Path("s"))) == (1, ["abominable/my otter.png"])


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ([], "name pictures"),
        (["a.png", "--watch", "photos"], "only one of these"),
        (["--watch", "photos", "--camera", "0"], "only one of these"),
        (["-", "-"], "only once"),
        (["a.png", "--every", "3"], "--every belongs to --camera"),
        (["--camera", "0", "--every", "0"], "more than 0 seconds"),
        (["--camera", "0", "--every", "nan"], "more than 0 seconds"),
        (["--camera", "front"], "number of a camera"),
        (["--camera", "-1"], "number of a camera"),
        (["a.png", "--json", "--csv"], "not allowed with"),
        (["photos", "--sort-into", "photos/"], "another folder"),
        (["--watch", "photos", "--sort-into", "deep/../photos"], "another folder"),
        (["photos", "--attention", "map.png"], "only one"),
        (["--watch", "photos", "--attention", "map.png"], "name it"),
    ],
)
def test_wrong_usage(arguments: list[str], word: str, photos: Path, run: Run) -> None:
    Path("deep").mkdir()
    status, out, err = run(*arguments)
    assert (status, out) == (2, "")
    assert word in err.splitlines()[-1]


def test_the_help_tells_the_exit_status(run: Run) -> None:
    status, out, _ = run("--help")
    assert status == 0
    assert "0 all are classified, 1 some are not, 2 wrong usage, 130 Ctrl-C" in out


@pytest.mark.skipif(os.name == "nt", reason="signals differ there")
def test_watching_until_an_interrupt(photos: Path) -> None:
    process = start("--watch", "photos", "--sort-into", "photos/sorted", "--json")
    assert process.stdout is not None
    assert process.stderr is not None
    assert process.stderr.readline().startswith("snowpeople: Watching photos for pictures that come from now on.")
    (photos / "new.png").write_bytes(png("blue"))
    answer = json.loads(process.stdout.readline())
    assert (answer["picture"], answer["label"]) == ("photos/new.png", "olaf")
    assert Path(answer["copy"]).read_bytes() == png("blue")
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=60) == ("", "snowpeople: 1 copied to photos/sorted: olaf 1\n")
    assert process.returncode == 130


def _silent(handler: Handler) -> None:
    handler.server.stopped.wait(60)


@pytest.mark.skipif(os.name == "nt", reason="signals differ there")
def test_an_interrupt_does_not_wait_for_a_server_that_says_nothing() -> None:
    with served(Server()) as server:
        server.answers["/slow"] = _silent
        # The address is private: the test stands in for the world.
        program = (
            "import sys; from snowpeople import download; download.is_public = lambda address: True\n"
            "from snowpeople.cli import main; sys.exit(main())"
        )
        process = subprocess.Popen(
            [sys.executable, "-c", program, "classify", f"{server.url}/slow"],
            stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        while not server.requests:
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        begun = time.monotonic()
        _, err = process.communicate(timeout=60)
        assert (process.returncode, err) == (130, b"")
        assert time.monotonic() - begun < 10


def test_a_folder_to_watch_that_is_not_there(run: Run) -> None:
    status, out, err = run("--watch", "none")
    assert (status, out) == (1, "")
    assert err == "snowpeople: none can't be watched: No such file or directory. Name a folder that is there.\n"


def test_a_camera_until_it_is_lost(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    from snowpeople.classify import camera

    def stream(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
        handler.end_headers()
        data = encode(Image.new("RGB", (64, 48), "red"), "JPEG")
        for _ in range(60):
            handler.wfile.write(b"--frame\r\nContent-Type: image/jpeg\r\n\r\n" + data + b"\r\n")
            server.stopped.wait(0.02)
        server.answers["/door"] = lambda handler: handler.answer(status=404)
        handler.close_connection = True

    monkeypatch.setattr(camera, "PAUSE", 0.01)
    with served(Server()) as server:
        server.answers["/door"] = stream
        status, out, err = run("--camera", f"{server.url}/door", "--every", "0.2", "--sort-into", "seen", "--csv")
        rows = list(csv.DictReader(io.StringIO(out, newline="")))
        assert status == 1
        assert err.splitlines()[-1] == (
            f"snowpeople: {server.url}/door is lost. Connect it again, and give the same command again."
        )
        assert {(row["picture"], row["label"]) for row in rows} == {(f"{server.url}/door", "abominable")}
        assert all(row["time"].startswith("20") and Path(row["copy"]).is_file() for row in rows)
        assert files(Path("seen"))[0].startswith("abominable/door 20")


def test_a_camera_that_is_not_there(run: Run) -> None:
    status, out, err = run("--camera", "97")
    assert (status, out) == (1, "")
    assert err.startswith("snowpeople: camera 97 can't be opened: there is none")
    assert err.count("\n") == 1


def test_progress_is_shown_to_a_terminal_after_a_while(photos: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "\r" not in run("photos")[2]
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    assert "\r" not in run("photos")[2]  # it has not taken long
    monkeypatch.setattr(terminal.Meter, "AFTER", 0.0)
    monkeypatch.setattr(terminal.Meter, "EACH", 0.0)
    status, out, err = run("photos")
    assert status == 0
    assert len(out.splitlines()) == 3
    assert "\r2 of 3 pictures, " in err
    assert err.endswith(" \r")  # nothing of it stays


def test_the_copies_of_a_first_run_are_not_classified_in_a_second(photos: Path, run: Run) -> None:
    for _ in range(2):  # as the shell expands photos/*
        names = sorted(str(path) for path in photos.iterdir())
        status, out, _ = run(*names, "--sort-into", str(photos / "copies"))
        assert (status, len(out.splitlines())) == (0, 3)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="a device of Linux")
def test_an_output_that_can_not_be_written_is_one_line(photos: Path) -> None:
    program = "import sys; from snowpeople.cli import main; sys.exit(main())"
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-c", program, "classify", "photos"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            check=False,
        )
    assert done.returncode != 0
    assert done.stderr.splitlines()[0] == "snowpeople: No space left on device"
