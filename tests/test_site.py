"""A static site: its folder, its files, and the page in them. What the page does is in browser/test_site.py."""

import gzip
import json
import re
import shutil
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from snowpeople import archive, site
from snowpeople.cli import main
from snowpeople.picture import signatures
from snowpeople.site.folder import MARK, SiteError

ROOT = Path(__file__).parent.parent


@pytest.fixture
def out(tmp_path: Path, tiny_export: Path) -> Path:
    """A site that is written."""
    site.write(tmp_path / "public", tiny_export, ROOT / "examples")
    return tmp_path / "public"


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def settings(folder: Path) -> Any:
    text = re.search(r'<script type="application/json" id="site">(.*?)</script>', (folder / "index.html").read_text())
    assert text
    return json.loads(text[1])


class Addresses(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.found += [value or "" for name, value in attributes if name in ("src", "href")]


def test_all_that_the_page_names_is_in_the_folder(out: Path, tiny_export: Path) -> None:
    parser = Addresses()
    parser.feed((out / "index.html").read_text())
    said = settings(out)
    names = {*parser.found, *said["files"].values(), *said["examples"]} - {"data:,"}
    assert names <= contents(out).keys()
    assert len(said["examples"]) == len(list((ROOT / "examples").glob("*.png")))
    model, card = archive.read(tiny_export)
    assert gzip.decompress((out / said["files"]["model"]).read_bytes()) == model
    assert said["about"]["labels"] == said["settings"]["labels"] == card["labels"]
    assert said["sizes"]["model"] == (out / said["files"]["model"]).stat().st_size


def test_nothing_in_it_names_another_site(out: Path) -> None:
    page = (out / "index.html").read_text()
    assert "://" not in page
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy
    assert "default-src &#x27;none&#x27;" in policy[1]
    assert not re.search(r"https?:|\*", policy[1])


def test_each_file_but_the_page_is_named_by_its_content(out: Path, tiny_export: Path) -> None:
    before = contents(out)
    site.write(out, tiny_export, ROOT / "examples", title="Which one?")
    after = contents(out)
    changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    assert changed == {"index.html", MARK}
    assert "<title>Which one?</title>" in after["index.html"].decode()


def test_a_site_is_brought_up_to_date_and_what_is_not_ours_stays(out: Path, tiny_export: Path, tmp_path: Path) -> None:
    (out / "CNAME").write_text("otters.example")
    (out / ".git").mkdir()
    examples = tmp_path / "others"
    examples.mkdir()
    Image.new("RGB", (40, 30), "red").save(examples / "red.png")
    old = set(settings(out)["examples"])
    site.write(out, tiny_export, examples)
    after = contents_of_files(out)
    assert not old & after
    assert {"CNAME", *settings(out)["examples"]} <= after
    assert (out / ".git").is_dir()
    assert after == {"CNAME", "index.html", MARK, *json.loads((out / MARK).read_text())["files"]}


def contents_of_files(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if path.is_file()}


def test_a_folder_of_something_else_stays_as_it_is(tmp_path: Path, tiny_export: Path) -> None:
    (tmp_path / "thesis.txt").write_text("all of it")
    with pytest.raises(SiteError, match="holds other files"):
        site.write(tmp_path, tiny_export)
    assert contents_of_files(tmp_path) == {"thesis.txt", tiny_export.name}
    with pytest.raises(SiteError, match="not a folder"):
        site.write(tmp_path / "thesis.txt", tiny_export)
    assert (tmp_path / "thesis.txt").read_text() == "all of it"


def test_what_was_changed_by_hand_is_not_overwritten(out: Path, tiny_export: Path) -> None:
    (out / "index.html").write_text("<p>my own page")
    with pytest.raises(SiteError, match=r"index\.html was changed since"):
        site.write(out, tiny_export)
    assert (out / "index.html").read_text() == "<p>my own page"


@pytest.mark.parametrize("mark", ["", "[]", '{"files": {"../thesis.txt": "1"}}', '{"files": {"a": 1}}'])
def test_a_damaged_mark_lets_nothing_be_removed(mark: str, out: Path, tiny_export: Path) -> None:
    (out / MARK).write_text(mark)
    before = contents(out)
    with pytest.raises(SiteError, match="damaged"):
        site.write(out, tiny_export)
    assert contents(out) == before


def test_a_new_site_is_all_there_or_not_at_all(
    tmp_path: Path, tiny_export: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = Path.write_bytes

    def full(path: Path, data: Any) -> int:
        if path.name.startswith("model"):
            raise OSError(28, "No space left on device")
        return write(path, data)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space"):
        site.write(tmp_path / "public", tiny_export)
    assert not list(tmp_path.glob("*public*"))


def test_an_update_that_is_interrupted_leaves_a_whole_site_and_can_be_done_again(
    out: Path, tiny_export: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = contents(out)
    replace = Path.replace

    def interrupted(path: Path, target: Any) -> Path:
        if Path(target).name == "index.html":
            raise KeyboardInterrupt
        return replace(path, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", interrupted)
        with pytest.raises(KeyboardInterrupt):
            site.write(out, tiny_export, tmp_path / "none", title="Which one?")
    after = contents(out)
    assert {name: after[name] for name in before if name != MARK} == {k: v for k, v in before.items() if k != MARK}
    site.write(out, tiny_export, tmp_path / "none", title="Which one?")
    assert settings(out)["examples"] == []
    assert contents_of_files(out) == {MARK, *json.loads((out / MARK).read_text())["files"]}


def test_a_card_from_a_stranger_breaks_out_of_nothing(tmp_path: Path, tiny_export: Path) -> None:
    export = shutil.copy(tiny_export, tmp_path / "evil.pkl")
    model, card = archive.read(export)
    evil = '</script><script>alert(1)</script><!--"'
    card |= {"title": evil, "limits": [evil, 3], "names": {card["labels"][0]: evil}, "trained": {evil: evil}}
    card["measured"] = {"by_label": {evil: {"share": "x", "groups": evil}}, "accuracy": 3}
    archive.append(export, model, card)
    site.write(tmp_path / "public", export)
    page = (tmp_path / "public" / "index.html").read_text()
    assert "<script>alert" not in page
    assert settings(tmp_path / "public")["about"]["title"] == evil


def test_patterns_of_first_bytes_are_the_same_in_the_page() -> None:
    said = signatures.patterns()
    assert [kind for _, kind in said["pictures"]] == ["JPEG", "PNG", "WebP", "GIF", "BMP", "TIFF"]
    assert all(isinstance(part, str) for table in (said["pictures"], said["others"]) for row in table for part in row)
    assert json.loads(json.dumps(said)) == said


def test_the_runtime_is_the_one_that_its_readme_names() -> None:
    from snowpeople.site import renew

    readme = (renew.RUNTIME / "README.md").read_text()
    for name, digest in renew.digests().items():
        assert f"`{name}` | `{digest}`" in readme, "python -m snowpeople.site.renew"
    script = (renew.RUNTIME / "ort.wasm.bundle.min.mjs").read_text()
    assert f"ONNX Runtime Web v{renew.VERSION}\n" in script
    assert f"onnxruntime-web {renew.VERSION}" in readme


def test_command(tmp_path: Path, tiny_export: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "public"
    assert main(["site", str(out), "--export", str(tiny_export), "--examples", str(ROOT / "examples")]) == 0
    said = capsys.readouterr().out
    assert f"python -m http.server 8080 -d {out} " in said
    assert "GitHub Pages" in said
    megabytes = re.search(r"([\d.]+) MB", said)
    assert megabytes
    size = sum(path.stat().st_size for path in out.iterdir() if path.name != MARK)
    assert float(megabytes[1]) == pytest.approx(size / 1e6, abs=0.06)
    (out / "index.html").write_text("mine")
    assert main(["site", str(out), "--export", str(tiny_export)]) == 1
    assert "was changed since" in capsys.readouterr().err
    assert main(["site", str(tmp_path / "new"), "--export", str(tmp_path / "missing.pkl")]) == 1
    assert "missing.pkl does not exist" in capsys.readouterr().err


def test_the_shipped_site_is_under_15_mb(tmp_path: Path) -> None:
    assert site.write(tmp_path / "public", ROOT / "export.pkl", ROOT / "examples").bytes < 15_000_000


def test_it_needs_nothing_heavy(run_python: Callable[[str], str], tiny_export: Path, tmp_path: Path) -> None:
    program = f"""
import sys
from snowpeople import site
site.write({str(tmp_path / "public")!r}, {str(tiny_export)!r})
print([name for name in ("torch", "fastai", "matplotlib", "sklearn", "anywidget") if name in sys.modules])
"""
    assert run_python(program).strip() == "[]"
