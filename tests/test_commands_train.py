"""``snowpeople train`` as its users see it: what it prints, where, how it exits, and that a kill costs an epoch."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import torch
from servers import s3_server
from test_train import fill, names, no_network, one_thread, pictures, same, tinted, weights

from snowpeople import Classifier, archive, export, store
from snowpeople.cli import main

__all__ = ["no_network", "one_thread", "pictures"]  # fixtures

ROOT = Path(__file__).parent.parent
SMALL = ["--network", "small", "--untrained", "--size", "32", "--batch", "4", "--augment", "none", "--rate", "0.01"]
QUICK = [*SMALL, "--frozen-epochs", "1", "--epochs", "4"]
SHORT = [*SMALL, "--frozen-epochs", "0", "--epochs", "1"]


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


# What it prints


def test_json_is_alone_on_stdout_and_all_words_are_on_stderr(
    pictures: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("my-export.pkl").write_text("mine")
    assert main(["train", str(pictures), *QUICK, "--json"]) == 0
    printed = capsys.readouterr()
    numbers = json.loads(printed.out)
    assert printed.out.count("\n") == 1
    assert (numbers["export"], numbers["stopped"]) == ("my-export.pkl", False)
    assert numbers["bytes"] == Path("my-export.pkl").stat().st_size
    assert numbers["accuracy"]["share"] == 1
    assert {**Classifier.load("my-export.pkl").card["measured"]}.items() <= numbers.items()
    assert Path(numbers["before"]).read_text() == "mine"
    said = printed.err.splitlines()
    assert said[0].startswith("24 pictures to train on, 8 kept apart")
    assert said[-2].startswith("wrote my-export.pkl (0.8 MB)")
    assert said[-1] == f"the export that was there is now {numbers['before']}"
    assert names(Path("build/training")) == []


def test_words_end_with_the_next_command_to_copy(pictures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", str(pictures), *SHORT, "--out", "my colours.pkl"]) == 0
    printed = capsys.readouterr()
    assert printed.err == ""
    last = printed.out.splitlines()[-1]
    assert last == f"next: snowpeople report {pictures} --export 'my colours.pkl'"


# From and to S3


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SNOWPEOPLE_CACHE", str(tmp_path / "cache"))


@pytest.fixture(scope="module")
def s3() -> Iterator[Any]:
    with s3_server() as files:
        files.mkdir("bucket")
        yield files


def test_from_a_bucket_to_a_bucket(s3: Any, pictures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    s3.put(f"{pictures}/", "bucket/pictures", recursive=True)
    s3.pipe_file("bucket/exports/export.pkl", b"of last year")
    out = "s3://bucket/exports/export.pkl"
    assert main(["train", "s3://bucket/pictures", "--out", out, *QUICK, "--json"]) == 0
    printed = capsys.readouterr()
    numbers = json.loads(printed.out)
    assert (numbers["export"], numbers["accuracy"]["share"]) == (out, 1)
    assert numbers["before"].startswith("s3://bucket/exports/export-2")
    assert store.local_file(numbers["before"]).read_bytes() == b"of last year"
    assert f"the export that was there is now {numbers['before']}" in printed.err
    classifier = Classifier.load(out)
    assert classifier.card["trained"]["data"] == "pictures"
    assert [classifier.classify(tinted(colour, 5000)).label for colour in ((200, 60, 30), (30, 60, 200))] == [
        "red",
        "blue",
    ]
    assert numbers["bytes"] == len(s3.cat_file("bucket/exports/export.pkl"))
    assert [path.name for path in Path.cwd().iterdir() if path.name != "cache"] == ["build"]


def test_a_bucket_that_is_not_there_costs_no_epoch(s3: Any, pictures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", str(pictures), "--out", "s3://other/export.pkl", *SHORT]) == 1
    printed = capsys.readouterr()
    assert re.match(r"snowpeople: s3://other/export\.pkl .*Check the", printed.err)
    assert printed.err.count("\n") == 1
    assert printed.out.splitlines()[-1].startswith("what was learnt is kept in build/training/export.state")
    assert main(["train", str(pictures), "--out", "s3://bucket/export.pkl", *SHORT]) == 0
    assert "going on after epoch 1" in capsys.readouterr().out


# Killed, and interrupted

# Waits for a line from us in the middle of the third epoch.
WAITS = """
import sys
from snowpeople.cli import main
from snowpeople.loaders.batches import Batches

epochs, iterate = 0, Batches.__iter__

def slowly(batches):
    global epochs
    learning = batches.augmentation is not None
    epochs += learning
    for number, batch in enumerate(iterate(batches)):
        if learning and (epochs, number) == (3, 2):
            print("in the third epoch", file=sys.stderr, flush=True)
            sys.stdin.readline()
        yield batch

Batches.__iter__ = slowly
sys.exit(main())
"""


def start(*command: str, **options: Any) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, *command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        **options,
    )


def finish(process: "subprocess.Popen[str]", answer: str = "") -> tuple[int, str, str]:
    out, err = process.communicate(answer, timeout=240)
    return process.returncode, out, err


def up_to(line: str, process: "subprocess.Popen[str]") -> list[str]:
    """What it says on stderr, up to a line."""
    assert process.stderr
    said: list[str] = []
    while not said or said[-1] != line:
        said.append(process.stderr.readline().removesuffix("\n"))
        assert process.poll() is None or said[-1], said
    return said


@pytest.fixture(scope="module")
def whole(pictures: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], Path]:
    """What a process that nobody disturbs prints, and its export."""
    folder = tmp_path_factory.mktemp("whole")
    process = start("-W", "error", "-m", "snowpeople", "train", str(pictures), *QUICK, "--json", cwd=folder)
    status, out, err = finish(process)
    assert status == 0, err
    return json.loads(out), folder / "my-export.pkl"


def test_after_a_kill_the_same_command_goes_on_to_the_same_weights(
    pictures: Path, whole: tuple[dict[str, Any], Path]
) -> None:
    process = start("-c", WAITS, "train", str(pictures), *QUICK, "--json")
    said = up_to("in the third epoch", process)
    process.kill()
    assert finish(process)[:2] == (-signal.SIGKILL, "")
    assert [line.partition(":")[0] for line in said[1:-1]] == ["epoch 1", "epoch 2"]
    assert not Path("my-export.pkl").exists()
    status, out, err = finish(start("-m", "snowpeople", "train", str(pictures), *QUICK, "--json"))
    assert status == 0
    assert [line.partition(":")[0].partition(",")[0] for line in err.splitlines()[1:5]] == [
        "going on after epoch 2",
        "epoch 3",
        "epoch 4",
        "epoch 5",
    ]
    assert same(weights("my-export.pkl"), weights(whole[1]))
    models = [sha256(archive.read(export)[0]).hexdigest() for export in ("my-export.pkl", whole[1])]
    assert models[0] == models[1]
    assert json.loads(out)["by_label"] == whole[0]["by_label"]
    assert names(Path("build/training")) == []


def test_ctrl_c_ends_with_130_and_the_best_so_far(pictures: Path) -> None:
    process = start("-W", "error", "-c", WAITS, "train", str(pictures), *QUICK, "--json")
    up_to("in the third epoch", process)
    process.send_signal(signal.SIGINT)
    status, out, err = finish(process, "\n")
    assert status == 130, err
    assert "Traceback" not in err
    assert err.splitlines()[0] == ("stopped; the best so far is measured and saved. The same command goes on from here")
    assert json.loads(out)["stopped"] is True
    card = Classifier.load("my-export.pkl").card
    assert card["trained"]["epochs"] == 2
    assert names(Path("build/training")) == ["my-export.state"]


# Several processes


def test_two_processes_make_one_export_as_good(pictures: Path, whole: tuple[dict[str, Any], Path]) -> None:
    launch = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "-m", "snowpeople", "train"]
    half = ["--batch", "2", "--rate", "0.005"]  # each of them
    status, out, err = finish(start(*launch, str(pictures), *QUICK, "--epochs", "8", *half, "--json"))
    assert status == 0, err
    numbers = json.loads(out)
    assert numbers["accuracy"] == whole[0]["accuracy"]
    assert numbers["accuracy"]["share"] == 1
    assert err.count("training in 2 processes") == err.count("epoch 9:") == err.count("wrote my-export.pkl") == 1
    assert (names(Path.cwd()), names(Path("build/training"))) == (["build", "my-export.pkl"], [])
    assert export.agreement("my-export.pkl", [tinted((200, 60, 30), 7000)])[0] == 1


# Presses Ctrl-C for all of its process group, as a terminal does, in the middle of the third epoch.
PRESSES = WAITS.replace(
    "sys.stdin.readline()", "import os, signal; os.environ['RANK'] == '0' and os.killpg(0, signal.SIGINT)"
)


def test_ctrl_c_ends_two_processes_with_the_best_so_far(pictures: Path) -> None:
    Path("presses.py").write_text(PRESSES)
    launch = ["-m", "accelerate.commands.launch", "--multi_gpu", "--num_processes", "2", "--main_process_port", "0"]
    process = start(*launch, "presses.py", "train", str(pictures), *QUICK, "--json", start_new_session=True)
    _, out, err = finish(process)
    assert "stopped; the best so far is measured and saved" in err, err
    assert json.loads(out)["stopped"] is True
    assert Classifier.load("my-export.pkl").card["trained"]["epochs"] == 2


# What is wrong


def fails(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """What the command says when it fails: one line on stderr, after words on what it left out."""
    assert main(["train", *arguments]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    line = printed.err.splitlines()[-1]
    assert line.startswith("snowpeople: ")
    assert "Traceback" not in printed.err
    return line.removeprefix("snowpeople: ")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Two labels, with four pictures each, that a test may spoil."""
    folder = tmp_path / "place"
    fill(folder, "blue", (30, 60, 200), 4)
    fill(folder, "red", (200, 60, 30), 4, 10)
    return folder


def no_folder(place: Path) -> None:
    shutil.rmtree(place)


def a_file(place: Path) -> None:
    shutil.rmtree(place)
    place.write_text("notes")


def no_label(place: Path) -> None:
    shutil.rmtree(place / "blue")
    shutil.rmtree(place / "red")


def one_label(place: Path) -> None:
    shutil.rmtree(place / "blue")


def an_empty_label(place: Path) -> None:
    (place / "green <b>").mkdir()


def an_unreadable_label(place: Path) -> None:
    for file in (place / "red").iterdir():
        file.write_text("no picture")


def nothing_readable(place: Path) -> None:
    for file in place.glob("*/*.png"):
        file.write_bytes(b"\x89PNG\r\n\x1a\n and no more")


def copies_alone(place: Path) -> None:
    for label in ("blue", "red"):
        for number in range(1, 4):
            shutil.copy(place / label / "0.png", place / label / f"{number}.png")


def a_broken_table(place: Path) -> None:
    (place / "groups.tsv").write_text("file\tsource\n")


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (no_folder, "place is not a folder. Name a folder that holds one folder of pictures a label."),
        (a_file, "place is not a folder. Name a folder that holds one folder of pictures a label."),
        (no_label, "place holds no folder of pictures; a classifier needs one for each of two labels or more."),
        (one_label, "place holds one folder of pictures (red); a classifier needs one for each of two labels or more."),
        (
            an_empty_label,
            "no picture in place/green <b> can be opened. Add pictures there, or move the folder away.",
        ),
        (an_unreadable_label, "no picture in place/red can be opened. Add pictures there, or move the folder away."),
        (
            nothing_readable,
            "no picture in place/blue, place/red can be opened. Add pictures there, or move the folder away.",
        ),
        (
            copies_alone,
            "every label in place has only one distinct picture, so none can be kept apart to measure on. "
            "Add pictures from other sources",
        ),
        (a_broken_table, "place/groups.tsv needs the columns picture and group, with a tab between them."),
    ],
)
def test_pictures_that_can_not_be_trained_on(
    spoil: Callable[[Path], None], message: str, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spoil(place)
    assert main(["train", "place", *SHORT, "--json"]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.splitlines()[-1] == f"snowpeople: {message}"
    assert "Traceback" not in printed.err
    assert not Path("my-export.pkl").exists()


def test_a_label_with_one_picture_is_trained_and_warned_of(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fill(place, "green", (60, 200, 60), 1, 20)
    assert main(["train", "place", *SHORT, "--json"]) == 0
    printed = capsys.readouterr()
    note = "note: Of green there is one picture, or copies of one: none is left to check by. Add others."
    assert note in printed.err.splitlines()
    assert list(Classifier.load("my-export.pkl").labels) == ["blue", "green", "red"]
    assert json.loads(printed.out)["by_label"]["green"]["pictures"] == 0


def test_pictures_that_can_not_be_opened_are_named_and_left_out(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (place / "red" / "bad\x1b[31m.jpg").write_text("no picture")
    assert main(["train", "place", *SHORT]) == 0
    out = capsys.readouterr().out
    assert out.startswith("left out place/red/bad�[31m.jpg: This file is not a picture")
    assert "6 pictures to train on, 2 kept apart" in out


NAMES = ["snow man", "<b>Olaf & Co.", "雪だるま ☃️🧊", "it's 100 %", "-o"]


def test_labels_may_be_called_anything_and_hold_folders(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for number, name in enumerate(NAMES):
        fill(tmp_path / "place", f"{name}/of 2024/🎿" if number % 2 else name, (50 * number, 99, 99), 4, 10 * number)
    assert main(["train", "place", *SHORT, "--json"]) == 0
    assert sorted(json.loads(capsys.readouterr().out)["by_label"]) == sorted(NAMES)
    assert (
        list(Classifier.load("my-export.pkl").labels) == list(export.load("my-export.pkl").dls.vocab) == sorted(NAMES)
    )


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no file names that are not text")
def test_pictures_may_have_names_that_are_not_text(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(4):
        os.rename(place / "red" / f"{number}.png", os.fsencode(place) + b"/red/\xff%d.png" % number)
    assert main(["train", "place", *SHORT, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["by_label"]["red"]["pictures"] == 1


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no file names that are not text")
def test_a_label_that_is_not_text_is_refused(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    os.rename(place / "red", os.fsencode(place) + b"/r\xff")
    assert (
        fails(["place", *SHORT, "--json"], capsys)
        == "the name of the folder place/r� is no text, so it can't be a label. Rename it."
    )


def test_weights_that_are_none(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("weights.safetensors").write_text("none")
    line = fails(["place", *SHORT, "--json", "--weights", "weights.safetensors"], capsys)
    assert line.startswith("weights.safetensors can't be read as weights: ")
    torch.save({"conv1.weight": torch.zeros(3)}, "other.pth")
    line = fails(["place", *SHORT, "--json", "--weights", "other.pth"], capsys)
    assert line == "other.pth does not hold the weights of a small as torchvision names them"
    line = fails(["place", *SHORT, "--json", "--weights", "missing.pth"], capsys)
    assert line == "missing.pth does not exist; name a small weights file (.safetensors or .pth)"


def test_a_network_that_is_none(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = fails(["place", "--json", "--network", "alexnet"], capsys)
    assert line.startswith("no architecture 'alexnet'; choose one of small, resnet18, ")


def test_an_export_in_the_place_of_a_folder(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("exports").mkdir()
    line = fails(["place", *SHORT, "--json", "--out", "exports"], capsys)
    assert line == "exports is a folder; name the export file in it, such as exports/export.pkl"


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--rate", "0"),
        ("--rate", "nan"),
        ("--rate", "fast"),
        ("--smoothing", "1"),
        ("--smoothing", "-0.1"),
        ("--mixup", "-1"),
        ("--mixup", "inf"),
        ("--valid", "0"),
        ("--valid", "1"),
        ("--valid", "half"),
        ("--size", "8"),
        ("--epochs", "0"),
        ("--batch", "1"),
        ("--seed", "-1"),
        ("--augment", "wild"),
    ],
)
def test_numbers_that_make_no_sense_are_wrong_usage(
    option: str, value: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["train", "place", f"{option}={value}"])
    assert caught.value.code == 2
    printed = capsys.readouterr()
    assert f"argument {option}: " in printed.err
    assert "_" not in printed.err.splitlines()[-1]
