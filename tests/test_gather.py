"""Pictures are gathered from everything that a maker may have, once each, and nothing is lost on the way."""

import errno
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import threading
import time
import zipfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from helpers import encode
from PIL import Image
from servers import Handler, Server, s3_server, served

from snowpeople import dataset, gather
from snowpeople.cli import main
from snowpeople.gather import Gathered, GatherError, crew, manifest, search
from snowpeople.gather.manifest import Entry, ManifestError
from snowpeople.gather.search import SearchError
from snowpeople.gather.sources import SourceError
from snowpeople.gather.unpack import UnpackError
from snowpeople.gather.url_list import UrlListError

ROOT = Path(__file__).parent.parent


def picture(seed: int, kind: str = "PNG", **options: Any) -> bytes:
    """A small picture, another for each seed."""
    pixels = np.random.default_rng(seed).integers(0, 256, (4, 4, 3), np.uint8)
    return encode(Image.fromarray(pixels).resize((24, 24), Image.Resampling.NEAREST), kind, **options)


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SNOWPEOPLE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(gather, "RETRIES", 0)  # whose pauses are tested with the downloads


@pytest.fixture
def server() -> Iterator[Server]:
    """Has the picture of each seed at /SEED.png, and nothing else but what a test adds."""
    running = Server()
    running.answers = defaultdict(lambda: lambda handler: handler.answer(b"none", 404))
    for seed in range(40):
        content = picture(seed)
        running.answers[f"/{seed}.png"] = lambda handler, content=content: handler.answer(content)  # type: ignore[misc]
    with served(running):
        yield running


def never(handler: Handler) -> None:
    """Keeps the connection, and says nothing."""
    handler.server.stopped.wait(60)


@pytest.fixture
def pets(tmp_path: Path) -> Path:
    """Two cats and a dog."""
    return write(tmp_path / "pets", {"cat/1.png": picture(1), "cat/far/2.png": picture(2), "dog/3.png": picture(3)})


def write(folder: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def urls(server: Server, *names: object, file: str = "urls_otter.txt") -> str:
    """A list of addresses of the server: of the picture of a seed, or of a path."""
    paths = (f"{name}.png" if isinstance(name, int) else name for name in names)
    Path(file).write_text("".join(f"{server.url}/{path}\n" for path in paths))
    return file


def collect(*sources: str, **options: Any) -> Gathered:
    """Into the folder `out`, also from this machine."""
    return gather.gather(sources, "out", **{"allow_private": True, "say": lambda line: None, **options})


def entries() -> list[Entry]:
    return list(manifest.read(Path("out") / manifest.NAME))


def tree(folder: str = "out") -> dict[str, bytes]:
    files = (path for path in Path(folder).rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def pictures(folder: str = "out") -> Counter[tuple[str, bytes]]:
    """The label and the content of each picture."""
    found = ((name.split("/")[0], content) for name, content in tree(folder).items() if "/" in name)
    return Counter(found)


def of_seeds(label: str, *seeds: int) -> Counter[tuple[str, bytes]]:
    return Counter((label, picture(seed)) for seed in seeds)


# ---- folders and archives


def test_a_folder_is_copied(pets: Path) -> None:
    before = tree("pets")
    done = collect("pets")
    assert pictures() == of_seeds("cat", 1, 2) + of_seeds("dog", 3)
    assert tree("pets") == before
    assert done.complete
    assert {label: (tally.pictures, tally.found, tally.new) for label, tally in done.labels.items()} == {
        "cat": (2, 2, 2),
        "dog": (1, 1, 1),
    }
    assert {(entry.label, entry.source, entry.status) for entry in entries()} == {
        ("cat", "pets/cat/1.png", "kept"),
        ("cat", "pets/cat/far/2.png", "kept"),
        ("dog", "pets/dog/3.png", "kept"),
    }
    assert all(entry.sha256.startswith(Path(entry.picture).stem) for entry in entries())
    assert dataset.load("out").counts() == {"cat": (2, 2), "dog": (1, 1)}


def test_a_second_time_changes_nothing(pets: Path) -> None:
    collect("pets")
    before = tree()
    done = collect("pets")
    assert tree() == before
    assert [(tally.new, tally.there) for tally in done.labels.values()] == [(0, 2), (0, 1)]


def test_suffixes_follow_the_content(tmp_path: Path) -> None:
    kinds = {"jpg": "JPEG", "png": "PNG", "webp": "WEBP", "gif": "GIF", "bmp": "BMP", "tif": "TIFF", "avif": "AVIF"}
    write(tmp_path / "pets", {f"cat/{suffix}.jpg": picture(1, kind) for suffix, kind in kinds.items()})
    write(tmp_path / "pets", {"cat/heic.jpg": picture(1, "HEIF")})
    collect("pets")
    assert {Path(entry.source).stem: Path(entry.picture).suffix[1:] for entry in entries()} == {
        suffix: suffix for suffix in (*kinds, "heic")
    }


def test_exact_copies_collapse(pets: Path) -> None:
    shutil.copy(pets / "cat" / "1.png", pets / "cat" / "again.png")
    done = collect("pets")
    assert (done.labels["cat"].new, done.labels["cat"].there) == (2, 1)
    assert Counter(entry.status for entry in entries()) == {"kept": 3, "copy": 1}


def test_the_same_picture_under_two_labels_is_reported(pets: Path) -> None:
    shutil.copy(pets / "cat" / "1.png", pets / "dog" / "1.png")
    done = collect("pets")
    (shared,) = done.shared
    assert [name.split("/")[0] for name in shared] == ["cat", "dog"]
    assert f"the same picture has several labels: {shared[0]}, {shared[1]}" in str(done)


def test_what_is_no_picture_is_named_with_the_reason(pets: Path) -> None:
    write(pets, {"cat/page.jpg": b"<html></html>", "cat/empty.jpg": b"", "cat/half.png": picture(4)[:60]})
    done = collect("pets")
    assert {entry.source: entry.code for entry in done.failures} == {
        "pets/cat/page.jpg": "unsupported",
        "pets/cat/empty.jpg": "empty",
        "pets/cat/half.png": "cut_off",
    }
    assert "pets/cat/page.jpg: This is a web page, not a picture" in str(done)
    assert (done.labels["cat"].failed, done.labels["cat"].new) == (3, 2)
    assert pictures() == of_seeds("cat", 1, 2) + of_seeds("dog", 3)
    assert len(entries()) == 6
    collect("pets")
    assert len(entries()) == 6  # the same failures are not written twice


def test_groups_come_along(pets: Path) -> None:
    (pets / "groups.tsv").write_text("picture\tgroup\ncat/1.png\tfilm\ncat/far/2.png\tfilm\n")
    collect("pets")
    collect("pets")
    assert dataset.load("out").counts() == {"cat": (2, 1), "dog": (1, 1)}
    assert len(Path("out/groups.tsv").read_text().splitlines()) == 3


@pytest.mark.parametrize("top", ["", "pets/", "stuff/"])
def test_an_archive_with_or_without_a_folder_around_it(top: str, pets: Path) -> None:
    with zipfile.ZipFile("pets.zip", "w") as archive:
        for name, content in tree("pets").items():
            archive.writestr(top + name, content)
        archive.writestr("__MACOSX/cat/._1.png", b"x")
    collect("pets.zip")
    assert pictures() == of_seeds("cat", 1, 2) + of_seeds("dog", 3)
    assert {entry.source for entry in entries()} == {f"pets.zip/{top}{name}" for name in tree("pets")}
    assert {path.name for path in Path("out").iterdir()} == {"cat", "dog", "manifest.tsv"}


def test_an_archive_of_one_class(pets: Path) -> None:
    for name in ("cat", "kitten"):
        shutil.make_archive(name, "gztar", pets, "cat")
        shutil.rmtree("out", ignore_errors=True)
        collect(f"{name}.tar.gz")
        assert pictures() == of_seeds("cat", 1, 2)


def test_an_archive_without_its_suffix(pets: Path) -> None:
    Path(shutil.make_archive("pets", "zip", pets)).rename("download")
    collect("download")
    assert pictures() == of_seeds("cat", 1, 2) + of_seeds("dog", 3)


def test_a_cut_off_archive_gives_what_it_still_has(pets: Path) -> None:
    write(pets, {"dog/large.bmp": os.urandom(200_000)})
    archive = Path(shutil.make_archive("pets", "tar", pets))
    archive.write_bytes(archive.read_bytes()[:-100_000])
    said: list[str] = []
    collect("pets.tar", say=said.append)
    assert pictures()
    assert any("pets.tar is damaged" in line and "are kept" in line for line in said)


def test_members_that_are_left_out_are_named(pets: Path) -> None:
    with zipfile.ZipFile("pets.zip", "w") as archive:
        archive.writestr("cat/1.png", picture(1))
        for number in range(12):
            archive.writestr(f"../{number}.png", picture(number))
    said: list[str] = []
    collect("pets.zip", say=said.append)
    assert pictures() == of_seeds("cat", 1)
    assert "pets.zip: ../3.png was left out: its name leads out of the folder, or is no name" in said
    assert said[-1] == "pets.zip: 2 more were left out"


def test_one_label_for_everything(pets: Path) -> None:
    write(pets, {"loose.png": picture(5), "_quarantine/cat/bad.png": picture(6)})
    collect("pets", "pets/loose.png", label="pet")
    assert pictures() == of_seeds("pet", 1, 2, 3, 5)


def test_neither_is_one_label_whatever_is_in_it(pets: Path, server: Server) -> None:
    write(Path("cars"), {"red/1.png": picture(7), "2.png": picture(8)})
    collect("pets", neither=["cars", urls(server, 9, file="boats.txt")])
    assert pictures() == of_seeds("cat", 1, 2) + of_seeds("dog", 3) + of_seeds("neither", 7, 8, 9)


def test_pictures_beside_the_folders_are_left_out_with_a_word(pets: Path) -> None:
    write(pets, {"loose.png": picture(5)})
    said: list[str] = []
    collect("pets", say=said.append)
    assert said == ["pets: 1 pictures that lie beside the classes' folders were left out"]


@pytest.mark.parametrize(
    ("name", "room"),
    [
        ("sea otter", "sea_otter"),
        ("🦦 ours", "🦦_ours"),
        ("<b>cat</b>", "b_cat__b_"),
        ("a\tb\nc", "a_b_c"),
        ("CON", "CON_"),
        ("__aux", "aux_"),
        ("x" * 300, "x" * 120),
        (".hidden", "hidden"),
        ("nul.txt.", "nul_.txt"),
    ],
)
def test_labels_that_are_no_folder_names(name: str, room: str, pets: Path) -> None:
    done = collect("pets", label=name)
    assert list(done.labels) == [room]
    assert pictures() == of_seeds(room, 1, 2, 3)
    assert {entry.label for entry in entries()} == {name}


@pytest.mark.parametrize("name", ["...", "/", "_", "\u200b"])
def test_labels_of_which_nothing_is_left(name: str, pets: Path) -> None:
    with pytest.raises(GatherError, match="can't be the name of a class: it needs a letter or a digit"):
        collect("pets", label=name)
    assert not Path("out").exists()


def test_labels_that_differ_in_capitals_or_spaces_share_a_folder(pets: Path) -> None:
    write(Path("more"), {"Cat/4.png": picture(4), "big dog/5.png": picture(5), "big_dog/6.png": picture(6)})
    write(Path("out"), {"DOG/mine.png": picture(7)})
    collect("pets", "more")
    assert pictures() == of_seeds("cat", 1, 2, 4) + of_seeds("DOG", 3, 7) + of_seeds("big_dog", 5, 6)


def test_many_labels(tmp_path: Path) -> None:
    write(tmp_path / "many", {f"label {number}/1.png": picture(1) for number in range(100)})
    done = collect("many")
    assert len(done.labels) == 100
    assert done.complete
    assert len(done.shared) == 1


def test_sources_as_paths_and_a_single_one_as_it_is(pets: Path) -> None:
    gather.gather("pets", Path("out"), neither=[pets / "dog"], say=lambda line: None)
    assert pictures() == of_seeds("cat", 1, 2) + of_seeds("dog", 3) + of_seeds("neither", 3)


# ---- addresses


def test_a_list_of_addresses(server: Server) -> None:
    done = collect(urls(server, 1, 2, 3), urls(server, 4, file="urls_cat.txt"))
    assert pictures() == of_seeds("otter", 1, 2, 3) + of_seeds("cat", 4)
    assert {entry.source for entry in entries() if entry.label == "cat"} == {f"{server.url}/4.png"}
    assert done.labels["otter"].new == 3


def test_nothing_is_fetched_twice_and_final_failures_are_not_tried_again(server: Server) -> None:
    source = urls(server, 1, 2, "gone.png", "busy.png", 1)
    server.answers["/busy.png"] = lambda handler: handler.answer(b"", 503)
    collect(source)
    first = Counter(path for path, _ in server.requests)
    assert first == {"/1.png": 1, "/2.png": 1, "/gone.png": 1, "/busy.png": 1}
    server.requests.clear()
    server.answers["/busy.png"] = lambda handler: handler.answer(picture(7))
    done = collect(source)
    assert [path for path, _ in server.requests] == ["/busy.png"]
    tally = done.labels["otter"]
    assert (tally.found, tally.new, tally.there, tally.failed) == (4, 1, 2, 1)
    server.requests.clear()
    server.answers["/gone.png"] = lambda handler: handler.answer(picture(8))
    collect(source)
    assert server.requests == []
    collect(source, retry=True)
    assert [path for path, _ in server.requests] == ["/gone.png"]
    assert pictures() == of_seeds("otter", 1, 2, 7, 8)


def test_what_was_removed_stays_removed(server: Server, pets: Path) -> None:
    source = urls(server, 10, 11)
    collect(source, "pets")
    for entry in entries():
        if entry.label in ("otter", "dog"):
            Path("out", entry.picture).unlink()
    server.requests.clear()
    done = collect(source, "pets")
    assert server.requests == []
    assert pictures() == of_seeds("cat", 1, 2)
    assert (done.labels["otter"].removed, done.labels["dog"].removed) == (2, 1)
    assert not done.complete
    assert "3 that were gathered before have been removed since; --retry fetches them again" in str(done)
    assert "no picture yet: otter, dog" in str(done)
    collect(source, "pets", retry=True)
    assert pictures() == of_seeds("cat", 1, 2) + of_seeds("dog", 3) + of_seeds("otter", 10, 11)


def test_a_dead_list(server: Server) -> None:
    server.answers["/page"] = lambda handler: handler.answer(b"<!doctype html><p>Not here", content_type="image/jpeg")
    server.answers["/loop"] = lambda handler: handler.answer(b"", 302, location="/loop")
    server.answers["/half"] = lambda handler: handler.answer(picture(1)[:50])
    source = urls(server, *(f"{number}.jpg" for number in range(20)), "page", "loop", "half")
    done = collect(source)
    assert not done.complete
    assert done.kinds() == {
        "answered with 404": 20,
        "of a kind that can't be opened": 1,
        "redirected without end": 1,
        "damaged": 1,
    }
    text = str(done)
    assert "23 failed: 20 answered with 404, " in text
    named = [line for line in text.splitlines() if line.startswith(f"  {server.url}")]
    assert len(named) == 10
    assert {"page", "loop", "half"} <= {line.split(": ")[0].rpartition("/")[2] for line in named}
    assert "  and 13 more, in out/manifest.tsv" in text
    assert "no picture yet: otter" in text
    assert "snowpeople verify" not in text
    assert Counter(entry.status for entry in entries()) == {"failed": 23}
    assert list(pictures()) == []


def test_private_addresses_are_refused_and_named(server: Server) -> None:
    Path("urls_otter.txt").write_text(f"{server.url}/1.png\nhttp://[::1]:{server.server_port}/2.png\n")
    done = collect("urls_otter.txt", allow_private=False)
    assert server.connections == 0
    assert done.kinds() == {"in a private network": 2}
    assert f"{server.url}/1.png: 127.0.0.1 is in a private network" in str(done)


def test_a_server_that_never_answers(server: Server) -> None:
    server.answers["/silent"] = never
    done = collect(urls(server, "silent", 1), timeout=0.3)
    assert pictures() == of_seeds("otter", 1)
    (failure,) = done.failures
    assert (failure.status, failure.code) == ("unreached", "timeout")
    assert "some may work another time: the same command tries them again" in str(done)


def test_a_host_that_only_fails_is_left_alone(server: Server) -> None:
    for number in range(100):
        server.answers[f"/busy{number}"] = lambda handler: handler.answer(b"", 503)
    done = collect(urls(server, *(f"busy{number}" for number in range(100))))
    asked = len(server.requests)
    assert crew.PATIENCE <= asked <= crew.PATIENCE + crew.PER_HOST
    assert done.kinds() == {"left alone, as their server does not answer": 100 - asked, "answered with 503": asked}
    assert {entry.status for entry in done.failures} == {"unreached"}


def test_a_few_at_once_from_each_host_and_more_from_several(server: Server) -> None:
    lock, here, most, full = threading.Lock(), Counter[str](), Counter[str](), threading.Event()

    def slow(handler: Handler) -> None:
        host = handler.headers["host"].split(":")[0]
        with lock:
            here[host] += 1
            most[host] = max(most[host], here[host])
            last = sum(here.values()) == 2 * crew.PER_HOST
        if last:
            time.sleep(0.1)  # for more to come, if any do
            full.set()
        full.wait(20)
        with lock:
            here[host] -= 1
        handler.answer(b"")

    for number in range(40):
        server.answers[f"/slow{number}"] = slow
    hosts = ("127.0.0.1", "localhost")
    paths = [f":{server.server_port}/slow{number}" for number in range(40)]
    Path("urls_a.txt").write_text("\n".join(f"http://{host}{path}" for host in hosts for path in paths))
    collect("urls_a.txt")
    assert full.is_set()
    assert most == dict.fromkeys(hosts, crew.PER_HOST)


def test_a_long_list_is_not_all_in_the_air_at_once(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    waiting: list[int] = []
    real = crew.Crew.give

    def give(workers: Any, task: Any) -> None:
        real(workers, task)
        waiting.append(workers._todo.qsize())

    monkeypatch.setattr(crew.Crew, "give", give)
    paths = [f"{number % 40}.png?{number}" for number in range(10_000)]
    server.answers.update({f"/{path}": server.answers["/" + path.split("?")[0]] for path in paths})
    done = collect(urls(server, *paths), per_class=30)
    assert max(waiting) <= 16
    assert done.labels["otter"].pictures == 30
    assert threading.active_count() < 60


def test_enough_is_enough(server: Server, pets: Path) -> None:
    write(Path("out"), {"otter/mine.png": picture(39)})
    source = urls(server, "gone", *range(20))
    done = collect(source, "pets", per_class=5)
    assert done.labels["otter"].pictures == 5
    assert sum(path != "/gone" for path, _ in server.requests) == 4
    assert pictures()["otter", picture(39)] == 1
    server.requests.clear()
    collect(source, "pets", per_class=5)
    assert server.requests == []
    assert collect(source, per_class=7).labels["otter"].pictures == 7


def test_one_address_of_a_picture(server: Server) -> None:
    with pytest.raises(SourceError, match=r"1\.png is one picture, of no class\. Add --label"):
        collect(f"{server.url}/1.png")
    collect(f"{server.url}/1.png", label="otter")
    assert pictures() == of_seeds("otter", 1)


def test_from_a_bucket(pets: Path) -> None:
    with s3_server() as files:
        files.mkdir("zoo")
        files.put("pets", "zoo/", recursive=True)
        files.put(shutil.make_archive("more", "zip", write(Path("more"), {"eel/5.png": picture(5)})), "zoo/more.zip")
        Path("urls_x.txt").write_text("http://127.0.0.1:9/none.png\n")
        files.put("urls_x.txt", "zoo/urls_newt.txt")
        done = collect("s3://zoo/pets", "s3://zoo/more.zip", "s3://zoo/urls_newt.txt")
    assert pictures() == of_seeds("cat", 1, 2) + of_seeds("dog", 3) + of_seeds("eel", 5)
    assert {entry.source for entry in entries()} == {
        "s3://zoo/pets/cat/1.png",
        "s3://zoo/pets/cat/far/2.png",
        "s3://zoo/pets/dog/3.png",
        "s3://zoo/more.zip/eel/5.png",
        "http://127.0.0.1:9/none.png",
    }
    assert done.labels["newt"].failed == 1


# ---- searches


class Engine:
    """Finds the server's pictures, each term from another number on."""

    name = "stand-in"

    def __init__(self, server: Server) -> None:
        self.server = server
        self.asked: list[tuple[str, int]] = []
        self.given: Counter[str] = Counter()
        self.error: SearchError | None = None

    def find(self, term: str, count: int) -> Iterator[str]:
        self.asked.append((term, count))
        first = 20 * (len(self.asked) - 1)
        for number in range(first, first + 20):
            self.given[term] += 1
            yield f"{self.server.url}/{'gone' if number % 5 == 0 else number}.png"
        if self.error:
            raise self.error


@pytest.fixture
def engine(server: Server, monkeypatch: pytest.MonkeyPatch) -> Engine:
    made = Engine(server)
    monkeypatch.setitem(search.ENGINES, "stand-in", lambda: made)
    return made


def test_search_terms(engine: Engine) -> None:
    done = collect("sea otter", "eel", per_class=10, engine="stand-in")
    assert engine.asked == [("sea otter", 30), ("eel", 30)]
    assert {label: tally.new for label, tally in done.labels.items()} == {"sea_otter": 10, "eel": 10}
    assert Counter(entry.label for entry in entries() if entry.status == "kept") == {"sea otter": 10, "eel": 10}
    assert pictures().keys() <= (of_seeds("sea_otter", *range(20)) + of_seeds("eel", *range(20, 40))).keys()
    assert engine.given["eel"] <= 16  # no more is asked for than needed
    engine.given.clear()
    collect("sea otter", "eel", per_class=10, engine="stand-in")
    assert engine.given == {}  # all there: not even searched


def test_a_search_that_fails_keeps_what_it_found_and_lets_the_others_go_on(engine: Engine, pets: Path) -> None:
    engine.error = SearchError("the engine wants a pause")
    done = collect("otter", "pets", engine="stand-in")
    assert done.problems == ["the engine wants a pause"]
    assert "the engine wants a pause" in str(done)
    assert done.labels["otter"].new == 16
    assert done.labels["cat"].new == 2


def test_a_term_may_have_another_label(engine: Engine) -> None:
    collect("sea otter", label="mammal", per_class=3, engine="stand-in")
    assert {label for label, _ in pictures()} == {"mammal"}


def test_an_unknown_engine(server: Server) -> None:
    with pytest.raises(SearchError, match="there is no search engine “altavista” here"):
        collect("otter", engine="altavista")
    assert not Path("out").exists()


# ---- what can't be gathered from


@pytest.mark.parametrize("source", ["otters/", "./otters", "~/otters", "otters.zip", "urls.txt", "a.jpg", "c:\\otters"])
def test_a_mistyped_path_is_not_searched_for(source: str) -> None:
    with pytest.raises(SourceError, match=r"does not exist\. Check its name"):
        collect(source)
    assert not Path("out").exists()


def test_sources_that_hold_nothing(pets: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "urls_empty.txt").touch()
    (tmp_path / "urls_binary.txt").write_bytes(picture(1))
    (tmp_path / "broken.zip").write_bytes(b"PK\x03\x04")
    write(tmp_path / "flat", {"1.png": picture(1)})
    for source, error, message in (
        ("empty", SourceError, "empty holds no pictures. It should hold one folder of pictures a class"),
        ("flat", SourceError, "flat holds pictures, but no folder for each class. Add --label"),
        ("urls_empty.txt", UrlListError, "urls_empty.txt holds no web address"),
        ("urls_binary.txt", UrlListError, "urls_binary.txt is no text"),
        ("broken.zip", UnpackError, "broken.zip is damaged"),
        (" ", SourceError, "an empty search term"),
    ):
        with pytest.raises(error) as caught:
            collect("pets", source)
        assert message in str(caught.value)
        assert not Path("out").exists()
    with pytest.raises(GatherError, match="nothing to gather"):
        collect()


@pytest.mark.parametrize("source", ["pets", "pets/cat", "."])
def test_a_folder_is_not_gathered_into_itself(source: str, pets: Path) -> None:
    with pytest.raises(GatherError, match="lie in each other"):
        gather.gather([source], "pets")
    assert len(tree("pets")) == 3


# ---- trouble on the way


def test_a_place_that_can_not_be_written_to(pets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("out").touch()
    with pytest.raises(ManifestError, match="out can't be written to"):
        collect("pets")
    Path("out").unlink()
    real = os.open

    def refuse(path: Any, *arguments: Any, **options: Any) -> int:
        if str(path).endswith("manifest.tsv"):
            raise OSError(errno.EROFS, "Read-only file system")
        return real(path, *arguments, **options)

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(ManifestError, match=r"out can't be written to \(Read-only file system\)\. Name another folder"):
        collect("pets")


@pytest.mark.parametrize("full", ["write", "link"])
def test_a_full_disk_keeps_what_there_is(full: str, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    real = getattr(os, full)
    left = [None] * 8

    def act(*arguments: Any) -> Any:
        if not left:
            raise OSError(errno.ENOSPC, "No space left on device")
        left.pop()
        return real(*arguments)

    source = urls(server, *range(20))
    with monkeypatch.context() as patch:
        patch.setattr(os, full, act)
        with pytest.raises(GatherError) as caught:
            collect(source)
    assert "out can't be written any further (No space left on device); the " in str(caught.value)
    assert "run the same command again: it goes on from here" in str(caught.value)
    assert len([entry for entry in entries() if entry.status == "kept"]) == 8
    assert pictures().keys() < of_seeds("otter", *range(20)).keys()
    collect(source)
    assert pictures() == of_seeds("otter", *range(20))


def test_a_label_that_a_file_stands_for(pets: Path) -> None:
    write(Path("out"), {"cat": b"mine"})
    done = collect("pets")
    assert done.kinds() == {"can't be kept in their folder": 2}
    assert tree()["cat"] == b"mine"
    assert done.labels["dog"].new == 1


def test_ctrl_c_ends_with_what_there_is(server: Server) -> None:
    seen = 0

    def progress(steps: Sequence[int]) -> Iterator[int]:
        nonlocal seen
        for step in steps:
            seen += 1
            yield step
            if seen == 5:
                raise KeyboardInterrupt

    source = urls(server, *range(20))
    done = collect(source, progress=progress)
    assert done.interrupted
    assert done.labels["otter"].new == 5
    assert "stopped early; the same command goes on from here" in str(done)
    assert len(entries()) == 5
    collect(source)
    assert pictures() == of_seeds("otter", *range(20))


def test_the_progress_has_a_length_that_is_never_exceeded(server: Server, pets: Path, engine: Engine) -> None:
    lengths: list[tuple[int, int]] = []

    def progress(steps: Any) -> list[Any]:
        done = list(steps)
        lengths.append((len(steps), len(done)))
        return done

    collect("pets", urls(server, *range(20, 30), "gone"), progress=progress)
    collect("sea otter", per_class=6, engine="stand-in", progress=progress)
    collect("pets", per_class=1, progress=progress)
    assert lengths == [(14, 14), (6, 6), (2, 0)]


# ---- the command


def run(*arguments: str) -> "subprocess.Popen[str]":
    program = "import sys; from snowpeople.cli import main; sys.exit(main())"
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", program, "gather", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def wait_for(condition: Callable[[], object]) -> None:
    for _ in range(3000):
        if condition():
            return
        time.sleep(0.01)
    raise AssertionError("it never came")


def test_the_table_and_the_next_step(pets: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(pets, {"cat/page.jpg": b"<html>"})
    assert main(["gather", "pets", "--out", "my pets"]) == 0
    shown = capsys.readouterr()
    lines = shown.out.splitlines()
    assert [line.split() for line in lines[:3]] == [
        ["label", "pictures", "found", "new", "already", "there", "failed"],
        ["cat", "2", "3", "2", "0", "1"],
        ["dog", "1", "1", "1", "0", "0"],
    ]
    assert lines[-1] == f"next: snowpeople verify {shlex.quote('my pets')}"
    assert shown.err == ""


def test_a_label_without_a_picture_exits_with_1(server: Server, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["gather", urls(server, "gone"), "--out", "out", "--allow-private"]) == 1
    assert "no picture yet: otter" in capsys.readouterr().out
    assert main(["gather", "nowhere.zip", "--out", "out"]) == 1
    assert capsys.readouterr().err.startswith("snowpeople: nowhere.zip does not exist.")


def test_json_on_stdout_and_words_on_stderr(pets: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.make_archive("pets", "zip", pets)
    write(Path("cars"), {"1.png": picture(9), "2.png": b"x"})
    assert main(["gather", "pets.zip", "--neither", "cars", "--out", "out", "--json"]) == 0
    shown = capsys.readouterr()
    told = json.loads(shown.out)
    assert told["labels"]["neither"] == {"pictures": 1, "found": 2, "new": 1, "there": 0, "failed": 1, "removed": 0}
    assert [failure["code"] for failure in told["failures"]] == ["not_a_picture"]
    assert (told["complete"], told["interrupted"], told["folder"]) == (True, False, "out")
    assert shown.err == "unpacking pets.zip\n"


def test_names_from_outside_do_not_reach_the_terminal(pets: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(pets, {"cat/\x1b[31mred.jpg": b"x"})
    assert main(["gather", "pets", "--out", "out"]) == 0
    assert "\x1b" not in capsys.readouterr().out


def test_a_kill_loses_nothing_and_leaves_no_half_file(server: Server) -> None:
    server.answers["/stuck"] = never
    source = urls(server, *range(20), "stuck")
    process = run(source, "--out", "out", "--allow-private")
    wait_for(lambda: Path("out/manifest.tsv").exists() and len(entries()) >= 10)
    process.kill()
    process.communicate()
    # What was being written at that moment is in the hidden work folder, under no picture's name.
    there = Counter({found: 1 for found in pictures() if not found[0].startswith(".")})
    assert there.keys() <= of_seeds("otter", *range(20)).keys()
    kept = len(there)
    server.requests.clear()
    server.answers["/stuck"] = lambda handler: handler.answer(picture(30))
    done = collect(source)
    assert pictures() == of_seeds("otter", *range(20), 30)
    assert len(server.requests) <= 22 - kept
    assert done.labels["otter"].new == 21 - kept
    assert {path.name for path in Path("out").iterdir()} == {"otter", "manifest.tsv"}


def test_ctrl_c_does_not_wait_for_a_silent_server(server: Server) -> None:
    server.answers["/stuck"] = never
    process = run(urls(server, *range(20), "stuck"), "--out", "out", "--allow-private", "--timeout", "600")
    wait_for(lambda: Path("out/manifest.tsv").exists() and len(entries()) == 20)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "stopped early; the same command goes on from here" in out
    assert err == ""
    assert {path.name for path in Path("out").iterdir()} == {"otter", "manifest.tsv"}
