"""The command as its users see it: what it prints, where, and how it exits."""

import json
import os
import signal
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from helpers import encode
from PIL import Image

from snowpeople import Classifier, archive
from snowpeople.cli import main
from snowpeople.commands import shrink

ROOT = Path(__file__).parent.parent


@pytest.fixture
def pictures(tmp_path: Path) -> list[str]:
    folder = tmp_path / "pictures"
    folder.mkdir()
    paths = []
    for colour in ("red", "blue"):
        path = folder / f"{colour}.png"
        path.write_bytes(encode(Image.new("RGB", (20, 20), colour), "PNG"))
        paths.append(str(path))
    return paths


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Commands look for export.pkl and README.md where they are run: never in the project itself.
    monkeypatch.chdir(tmp_path)


def start(*arguments: str, **options: Any) -> "subprocess.Popen[str]":
    program = "import sys; from snowpeople.cli import main; sys.exit(main())"
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", program, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        **options,
    )


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--help"])
    assert caught.value.code == 0
    text = capsys.readouterr().out
    for command in ("gather", "verify", "train", "compare", "report", "shrink", "classify"):
        assert command in text
    for command in ("serve", "draw", "card", "badge"):
        assert command in text


def test_it_says_its_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"snowpeople {version('snowpeople')}\n"


def test_an_error_can_not_write_on_the_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["card", f"{tmp_path}/\x1b[31mred"]) == 1
    assert "\x1b" not in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[], ["unknown"], ["classify"], ["draw", "x", "--size", "3"], ["draw", "--seed"]])
def test_wrong_usage_exits_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert "usage: snowpeople" in capsys.readouterr().err


def test_classify_prints_a_line_a_picture(
    pictures: list[str], tiny_export: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["classify", *pictures, "--export", str(tiny_export)]) == 0
    lines = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    assert [(label, path) for label, _, path in lines] == [("abominable", pictures[0]), ("olaf", pictures[1])]
    assert all(percent.endswith("%") and float(percent[:-1]) > 99 for _, percent, _ in lines)


def test_classify_takes_the_export_here_by_default(
    pictures: list[str], tiny_export: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert tiny_export.parent == Path.cwd()
    assert main(["classify", pictures[0]]) == 0


def test_classify_as_json(pictures: list[str], tiny_export: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["classify", "--json", *pictures]) == 0
    answers = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    expected = Classifier.load(tiny_export).classify(pictures[1])
    assert answers[1] == {
        "picture": pictures[1],
        "label": "olaf",
        "probability": expected.probability,
        "probabilities": expected.probabilities,
        "neither": False,
        "familiarity": expected.familiarity,
        "unfamiliar": False,
    }


def test_classify_writes_a_map_of_where_it_looked(
    pictures: list[str], tiny_export: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "map"
    assert main(["classify", pictures[0], "--attention", str(out)]) == 0
    told = capsys.readouterr()
    assert told.out.startswith("abominable\t")
    assert told.err == f"{out}: where it looked for abominable (100%)\n"
    with Image.open(out) as image:
        assert (image.format, image.size) == ("PNG", (20, 20))
    with pytest.raises(SystemExit) as caught:
        main(["classify", *pictures, "--attention", str(out)])
    assert caught.value.code == 2
    assert "only one" in capsys.readouterr().err
    assert main(["classify", pictures[0], "--attention", str(tmp_path / "no" / "map")]) == 1
    assert f"{tmp_path / 'no' / 'map'}: No such file" in capsys.readouterr().err


def test_a_bad_picture_is_named_and_the_others_go_on(
    pictures: list[str], tiny_export: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = tmp_path / "notes.jpg"
    bad.write_text("hello")
    missing = str(tmp_path / "missing.jpg")
    assert main(["classify", str(bad), pictures[0], missing, pictures[1]]) == 1
    printed = capsys.readouterr()
    assert [line.split("\t")[0] for line in printed.out.splitlines()] == ["abominable", "olaf"]
    errors = printed.err.splitlines()
    assert errors[0] == f"snowpeople: {bad}: This file is not a picture: please choose a JPEG or PNG picture."
    assert errors[1] == f"snowpeople: {missing}: No such file or directory"
    assert len(errors) == 2


def test_a_missing_export_is_one_line(pictures: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["classify", pictures[0], "--export", "missing.pkl"]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("snowpeople: missing.pkl does not exist")
    assert printed.err.count("\n") == 1


def test_a_file_name_cannot_write_on_the_terminal(
    pictures: list[str], tiny_export: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    odd = Path(pictures[0]).with_name("a\x1b[31m\nb☃.png")
    Path(pictures[0]).rename(odd)
    assert main(["classify", str(odd)]) == 0
    assert capsys.readouterr().out.splitlines()[0].endswith("a�[31m�b☃.png")


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no file names that are not text")
@pytest.mark.parametrize("flags", [[], ["--json"]])
def test_a_file_name_that_is_not_text(flags: list[str], pictures: list[str], tiny_export: Path) -> None:
    odd = os.fsencode(Path(pictures[0]).parent) + b"/\xff.png"
    os.rename(pictures[0], odd)
    process = start("classify", *flags, os.fsdecode(odd))
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, "")
    assert "abominable" in out


Calls = list[tuple[Path, Path | None, Path | None, str | None]]


@pytest.fixture
def conversions(monkeypatch: pytest.MonkeyPatch) -> Calls:
    """The calls of a stand-in for the converter, which needs torch: the command only has to call it rightly."""
    calls: Calls = []

    def convert(path: Path, out: Path | None, pictures: Path | None, title: str | None) -> SimpleNamespace:
        calls.append((path, out, pictures, title))
        (out or path).write_bytes(b"converted")
        shrunk = {"rows": [], "kept": "int8", "lost_points": 0.25}
        return SimpleNamespace(path=out or path, size=9, shrunk=shrunk, before=None)

    module = ModuleType("snowpeople.export")
    module.__dict__["convert"] = convert
    monkeypatch.setitem(sys.modules, "snowpeople.export", module)
    return calls


def test_shrink_refuses_without_trust(plain_export: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = sorted(plain_export.parent.iterdir())
    assert main(["shrink", str(plain_export)]) == 1
    error = capsys.readouterr().err
    assert "runs whatever code it holds" in error
    assert "--trust" in error
    assert sorted(plain_export.parent.iterdir()) == before


def test_shrink_says_what_it_wrote(plain_export: Path, conversions: Calls, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["shrink", str(plain_export), "--trust"]) == 0
    assert conversions == [(plain_export, None, None, None)]
    assert capsys.readouterr().out == f"points of accuracy lost: 0.25\nwrote {plain_export} (0.0 MB)\n"


def test_shrink_passes_its_options_on(plain_export: Path, conversions: Calls, tmp_path: Path) -> None:
    out = tmp_path / "new.pkl"
    options = ["--trust", "--out", str(out), "--pictures", "folder", "--title", "Who?"]
    assert main(["shrink", str(plain_export), *options]) == 0
    assert conversions == [(plain_export, out, Path("folder"), "Who?")]


def test_without_torch_it_says_how_to_get_it(
    plain_export: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(_: object) -> int:
        raise ModuleNotFoundError("No module named 'torch'", name="torch")

    monkeypatch.setattr(shrink, "run", run)
    assert main(["shrink", str(plain_export), "--trust"]) == 1
    error = capsys.readouterr().err
    assert "needs torch" in error
    assert "pip install -r requirements.txt" in error


def test_draw_makes_a_data_set_and_overwrites_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "drawn"
    mine = folder / "olaf" / "0001.png"
    mine.parent.mkdir(parents=True)
    mine.write_bytes(b"mine")
    assert main(["draw", str(folder), "--per-label", "2", "--size", "32"]) == 0
    assert mine.read_bytes() == b"mine"
    drawn = sorted(str(path.relative_to(folder)) for path in folder.rglob("*.png"))
    assert drawn == [f"{label}/000{number}.png" for label in ("abominable", "neither", "olaf") for number in (1, 2)]
    with Image.open(folder / "olaf" / "0002.png") as picture:
        assert picture.size == (32, 32)
    assert "2 pictures of each of abominable, neither, olaf" in capsys.readouterr().out


def test_another_seed_draws_others(tmp_path: Path) -> None:
    for seed in ("1", "2"):
        assert main(["draw", str(tmp_path / seed), "--per-label", "1", "--size", "32", "--seed", seed]) == 0
    one, two = ((tmp_path / seed / "olaf" / "0001.png").read_bytes() for seed in ("1", "2"))
    assert one != two


def test_card_is_readable(
    plain_export: Path, tiny_model: bytes, card: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    full = {
        **card,
        "trained": {"pictures": {"olaf": 100}, "on": "2026-11-21", "learnt_from": ["77976499f42f12b5"] * 100},
        "measured": {"accuracy": 0.95, "interval": [0.9, 0.98]},
        "limits": ["Small figures are missed.", "Drawings only."],
        "shrunk": {"rows": [{"name": "as trained, float32", "megabytes": 44.86}]},
    }
    archive.append(plain_export, tiny_model, full)
    assert main(["card", str(plain_export)]) == 0
    lines = capsys.readouterr().out.splitlines()
    for line in (
        "title: Tiny",
        "labels: abominable, neither, olaf",
        "  pictures:",
        "    olaf: 100",
        "  interval: 0.9, 0.98",
        "  - Small figures are missed.",
        "  learnt_from: 100 pictures, by their digests",
        "    - name as trained, float32, megabytes 44.86",
    ):
        assert line in lines


def git_repository(folder: Path, remote: str | None) -> None:
    subprocess.run(["git", "init", "-q", str(folder)], check=True)
    if remote:
        subprocess.run(["git", "-C", str(folder), "remote", "add", "origin", remote], check=True)


def test_badge_follows_the_remote(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    git_repository(tmp_path, "git@github.com:ada/snow.git")
    readme = tmp_path / "README.md"
    readme.write_text("# Title\n\n<!-- badge -->\nold\n<!-- /badge -->\nrest\n")
    assert main(["badge"]) == 0
    assert "the badge now opens gh/ada/snow" in capsys.readouterr().out
    assert "https://mybinder.org/v2/gh/ada/snow/HEAD?urlpath=voila%2Frender" in readme.read_text()
    assert main(["badge"]) == 0
    assert "opened already" in capsys.readouterr().out


def test_badge_without_a_remote(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    git_repository(tmp_path, None)
    (tmp_path / "README.md").write_text("<!-- badge --><!-- /badge -->")
    assert main(["badge"]) == 1
    assert "git remote add origin" in capsys.readouterr().err


def test_badge_without_a_readme(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    git_repository(tmp_path, "https://github.com/ada/snow")
    assert main(["badge"]) == 1
    assert capsys.readouterr().err == "snowpeople: README.md: No such file or directory\n"


def test_a_closed_pipe_is_quiet(pictures: list[str], tiny_export: Path) -> None:
    process = start("classify", *pictures * 500)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr.read() == ""
    process.stderr.close()
    assert process.wait(timeout=60) == 141


def test_an_interrupt_is_quiet(pictures: list[str], tiny_export: Path) -> None:
    process = start("classify", *pictures * 5000)
    assert process.stdout is not None
    process.stdout.readline()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (130, "")
