import json
import threading
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import numpy as np
import pytest
from helpers import encode, scene
from PIL import Image
from servers import Handler, Server, served

from snowpeople import Classifier, PictureError
from snowpeople.attention import attention
from snowpeople.dashboard import Dashboard
from snowpeople.dashboard.about import about
from snowpeople.flip import smallest_change

ROOT = Path(__file__).parent.parent


class Page:
    """A page that shows a dashboard: what it sends, and what it hears, in order."""

    def __init__(self, dashboard: Dashboard, monkeypatch: pytest.MonkeyPatch) -> None:
        self._dashboard = dashboard
        self._heard: SimpleQueue[tuple[dict[str, Any], list[bytes]]] = SimpleQueue()
        monkeypatch.setattr(dashboard.picker, "send", lambda content, buffers: self._heard.put((content, buffers)))

    def show(self) -> None:
        self._dashboard._repr_mimebundle_()
        self.say("hello")

    def say(self, kind: str, *buffers: bytes, **content: Any) -> None:
        self._dashboard.picker._handle_custom_msg({"kind": kind, **content}, list(buffers))

    def send(self, id: str, data: bytes, thumbnail: bool = False, task: str = "classify") -> None:
        self.say("start", id=id, task=task, size=len(data), thumbnail=thumbnail)
        self.say("piece", data, id=id, index=0)

    def wait_for(self, *kinds: str) -> tuple[dict[str, Any], list[bytes]]:
        while True:
            content, buffers = self._heard.get(timeout=60)
            if content["kind"] in kinds:
                return content, buffers


Open = Callable[..., Page]


@pytest.fixture
def open_page(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Open]:
    dashboards = []

    def open_page(export: Path, examples: Path = tmp_path / "none", **options: Any) -> Page:
        dashboards.append(Dashboard(export, examples, **options))
        return Page(dashboards[-1], monkeypatch)

    yield open_page
    for dashboard in dashboards:
        dashboard.close()


def colour(red: int, green: int, blue: int) -> bytes:
    return encode(Image.new("RGB", (40, 30), (red, green, blue)), "PNG")


def test_each_picture_gets_the_classifiers_own_answer(open_page: Open, tiny_export: Path) -> None:
    page = open_page(tiny_export)
    page.show()
    page.send("a", colour(0, 0, 255))
    answer, buffers = page.wait_for("answer", "failed")
    expected = Classifier.load(tiny_export).classify(colour(0, 0, 255))
    assert (answer["id"], answer["label"], answer["unfamiliar"]) == ("a", "olaf", False)
    assert answer["probability"] == pytest.approx(expected.probability, abs=1e-4)
    assert [bar["label"] for bar in answer["bars"]] == ["abominable", "neither", "olaf"]
    probabilities = [bar["probability"] for bar in answer["bars"]]
    assert probabilities == pytest.approx(list(expected.probabilities.values()), abs=1e-4)
    assert buffers == []


@pytest.mark.parametrize(
    ("variable", "urls", "fetched"),
    [(None, True, True), (None, False, False), ("1", True, False), ("0", True, True), ("", True, True)],
)
def test_a_host_may_forbid_addresses(
    open_page: Open,
    tiny_export: Path,
    monkeypatch: pytest.MonkeyPatch,
    variable: str | None,
    urls: bool,
    fetched: bool,
) -> None:
    if variable is not None:
        monkeypatch.setenv("SNOWPEOPLE_NO_URLS", variable)
    page = open_page(tiny_export, urls=urls)
    page.show()
    assert page.wait_for("welcome")[0]["about"]["limits"] == {"urls": fetched}
    page.say("fetch", id="a", address="http://127.0.0.1/otter.png")
    assert page.wait_for("answer", "failed")[0]["code"] == ("private" if fetched else "url_off")


def test_neither_is_said_plainly(open_page: Open, tiny_export: Path) -> None:
    page = open_page(tiny_export)
    page.show()
    page.send("a", colour(0, 255, 0))
    assert page.wait_for("answer", "failed")[0]["label"] == "neither"


def test_a_changed_picture_is_answered_as_any_other(open_page: Open, tiny_export: Path) -> None:
    page = open_page(tiny_export)
    page.show()
    page.send("a", colour(0, 0, 255))
    page.send("b", colour(0, 0, 255), task="try")
    first, second = (page.wait_for("answer", "failed") for _ in range(2))
    assert second == ({**first[0], "id": "b"}, [])


def test_where_it_looked_is_told(open_page: Open, tiny_export: Path) -> None:
    page = open_page(tiny_export)
    page.show()
    page.send("a", encode(scene(), "PNG"), task="look")
    content, buffers = page.wait_for("look", "failed")
    expected = attention(Classifier.load(tiny_export), encode(scene(), "PNG"))
    assert (content["id"], content["label"]) == ("a", expected.label)
    drops = np.frombuffer(buffers[0], "<f4").reshape(content["rows"], content["columns"])
    assert drops == pytest.approx(expected.drops, abs=1e-6)


def test_the_smallest_change_comes_with_its_picture(open_page: Open, tiny_export: Path) -> None:
    page = open_page(tiny_export)
    page.show()
    page.send("a", encode(scene(), "PNG"), task="flip")
    content, buffers = page.wait_for("flip", "failed")
    expected = smallest_change(Classifier.load(tiny_export), encode(scene(), "PNG"))
    assert expected is not None
    assert (content["edit"], content["strength"]) == (expected.edit, expected.strength)
    assert content["before"]["label"] != content["after"]["label"]
    assert Image.open(BytesIO(buffers[0])).size == expected.picture.size


@pytest.mark.parametrize("task", ["look", "try", "flip"])
def test_questions_about_a_bad_picture_fail_with_the_words_of_its_error(
    open_page: Open, tiny_export: Path, task: str
) -> None:
    page = open_page(tiny_export)
    page.show()
    page.send("bad", b"not a picture", task=task)
    assert page.wait_for("look", "answer", "flip", "failed")[0]["code"] == "not_a_picture"


@pytest.mark.parametrize("task", ["look", "flip"])
def test_a_long_task_holds_up_no_picture(
    open_page: Open, tiny_export: Path, task: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = open_page(tiny_export)
    page.show()
    answered = threading.Event()

    def long(*arguments: Any) -> Any:
        assert answered.wait(60)
        raise PictureError("cut_off", "Late.")

    monkeypatch.setattr("snowpeople.attention.attention", long)
    monkeypatch.setattr("snowpeople.flip.smallest_change", long)
    page.send("long", colour(255, 0, 0), task=task)
    page.send("short", colour(255, 0, 0))
    assert page.wait_for("answer", "failed")[0]["id"] == "short"
    answered.set()
    assert page.wait_for("answer", "failed")[0]["id"] == "long"


def test_a_bad_picture_fails_alone_with_the_words_of_its_error(open_page: Open, tiny_export: Path) -> None:
    page = open_page(tiny_export)
    page.show()
    page.send("bad", b"not a picture")
    page.send("good", colour(255, 0, 0))
    failed, _ = page.wait_for("answer", "failed")
    assert (failed["id"], failed["code"]) == ("bad", "not_a_picture")
    assert failed["message"] == "This file is not a picture: please choose a JPEG or PNG picture."
    assert page.wait_for("answer", "failed")[0]["id"] == "good"


def test_a_fault_of_ours_does_not_stop_the_next_picture(
    open_page: Open, tiny_export: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    page = open_page(tiny_export)
    page.show()
    page.wait_for("state")
    with monkeypatch.context() as patch:
        patch.setattr(Classifier, "classify", lambda self, source: 1 / 0)
        page.send("a", colour(255, 0, 0))
        failed, _ = page.wait_for("answer", "failed")
    assert failed["code"] == "fault"
    assert "ZeroDivisionError" in capfd.readouterr().err  # for the maker, in the server's log
    page.send("b", colour(255, 0, 0))
    assert page.wait_for("answer", "failed")[0]["id"] == "b"


def test_a_thumbnail_comes_where_the_page_cannot_make_one(open_page: Open, tiny_export: Path) -> None:
    page = open_page(tiny_export)
    page.show()
    page.send("a", encode(scene((900, 600)), "HEIF"), thumbnail=True)
    thumbnail = Image.open(BytesIO(page.wait_for("answer")[1][0]))
    assert (thumbnail.format, thumbnail.size) == ("JPEG", (320, 213))


def test_pictures_dropped_before_the_classifier_is_loaded_wait(open_page: Open, tiny_export: Path) -> None:
    page = open_page(tiny_export)
    page.send("early", colour(255, 0, 0))
    page.show()
    assert page.wait_for("answer", "failed")[0]["id"] == "early"


def test_examples_are_offered_and_a_large_one_is_sent_smaller(
    open_page: Open, tiny_export: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "examples"
    folder.mkdir()
    (folder / "1.png").write_bytes(colour(255, 0, 0))
    Image.effect_noise((1500, 1500), 200).convert("RGB").save(folder / "2.png")
    (folder / "3.jpg").write_bytes(b"damaged" * 50_000)
    (folder / "notes.txt").write_text("no picture")
    page = open_page(tiny_export, folder)
    page.show()
    sent = [page.wait_for("example") for _ in range(3)]
    assert [content["index"] for content, _ in sent] == [0, 1, 2]
    assert sent[0][1] == [colour(255, 0, 0)]
    assert len(sent[1][1][0]) < 500_000
    assert sent[2][1] == [b""]


@pytest.fixture
def server() -> Iterator[Server]:
    with served(Server()) as running:
        yield running


def test_a_picture_at_an_address_is_fetched_answered_and_shown(
    open_page: Open, tiny_export: Path, server: Server
) -> None:
    server.answers["/blue.png"] = lambda handler: handler.answer(colour(0, 0, 255))
    page = open_page(tiny_export, allow_private=True)
    page.show()
    page.say("fetch", id="a", address=f"{server.url}/blue.png")
    answer, buffers = page.wait_for("answer", "failed")
    assert (answer["id"], answer["label"]) == ("a", "olaf")
    assert Image.open(BytesIO(buffers[0])).size == (40, 30)


def test_nothing_is_fetched_from_this_machines_own_network(open_page: Open, tiny_export: Path, server: Server) -> None:
    page = open_page(tiny_export)
    page.show()
    page.say("fetch", id="a", address=f"{server.url}/")
    failed, _ = page.wait_for("answer", "failed")
    assert (failed["id"], failed["code"]) == ("a", "private")
    assert server.connections == 0


def test_slow_servers_hold_up_their_own_pictures_only(open_page: Open, tiny_export: Path, server: Server) -> None:
    def slow(handler: Handler) -> None:
        server.stopped.wait(60)

    server.answers["/slow"] = slow
    server.answers["/red.png"] = lambda handler: handler.answer(colour(255, 0, 0))
    page = open_page(tiny_export, allow_private=True)
    page.show()
    for number in range(3):
        page.say("fetch", id=f"slow {number}", address=f"{server.url}/slow")
    page.say("fetch", id="quick", address=f"{server.url}/red.png")
    assert page.wait_for("answer", "failed")[0]["id"] == "quick"
    page.send("file", colour(255, 0, 0))
    assert page.wait_for("answer", "failed")[0]["id"] == "file"


def missing(path: Path) -> None:
    path.unlink()


def damaged(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-40])


def something_else(path: Path) -> None:
    path.write_text("hello")


@pytest.mark.parametrize(
    ("harm", "remedy"),
    [(missing, "run training.ipynb"), (damaged, "again"), (something_else, "training.ipynb")],
)
def test_a_bad_export_is_explained_with_the_remedy(
    open_page: Open, tiny_export: Path, harm: Callable[[Path], None], remedy: str
) -> None:
    harm(tiny_export)
    page = open_page(tiny_export)
    page.show()
    state, _ = page.wait_for("state")
    assert state["state"] == "broken"
    assert tiny_export.name in state["message"]
    assert remedy in state["message"]
    page.send("a", colour(255, 0, 0))
    assert page.wait_for("answer", "failed")[0]["code"] == "no_classifier"


def test_a_plain_fastai_export_is_told_how_to_be_converted(open_page: Open, plain_export: Path) -> None:
    page = open_page(plain_export)
    page.show()
    assert "snowpeople shrink" in page.wait_for("state")[0]["message"]


def test_an_export_that_may_not_be_read_is_named(
    open_page: Open, tiny_export: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Classifier, "load", refuse)
    page = open_page(tiny_export)
    page.show()
    assert page.wait_for("state")[0]["message"] == f"{tiny_export} can't be read: Permission denied"


def test_nothing_heavy_is_imported_before_the_page_shows(run_python: Callable[[str], str]) -> None:
    program = """
import json, sys
from snowpeople.dashboard import Dashboard
from snowpeople.dashboard.app import about
Dashboard("export.pkl")
print(json.dumps([name for name in ("PIL", "numpy", "onnxruntime", "torch", "fastai") if name in sys.modules]))
"""
    assert json.loads(run_python(program)) == []


def test_the_whole_dashboard_does_without_torch(run_python: Callable[[str], str], tiny_export: Path) -> None:
    program = f"""
import json, queue, sys
from snowpeople.dashboard import Dashboard
from snowpeople.dashboard.app import about
dashboard = Dashboard({str(tiny_export)!r})
heard = queue.SimpleQueue()
dashboard.picker.send = lambda content, buffers: heard.put(content)
dashboard._repr_mimebundle_()
assert heard.get(timeout=60)["state"] == "ready"
print(json.dumps([name for name in ("torch", "torchvision", "fastai") if name in sys.modules]))
"""
    assert json.loads(run_python(program)) == []


def test_the_notebook_is_short_and_has_no_output_stored() -> None:
    notebook = json.loads((ROOT / "snowpeople_voila.ipynb").read_text("utf-8"))
    code = ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert [cell.splitlines()[-1] for cell in code] == [
        "from snowpeople.dashboard import Dashboard",
        'Dashboard("export.pkl")',
    ]
    assert notebook["metadata"]["title"] == "Snowpeople"
    assert all(cell.get("outputs", []) == [] for cell in notebook["cells"])


def test_the_page_is_told_what_the_card_says_of_the_classifier(open_page: Open, tiny_export: Path) -> None:
    page = open_page(tiny_export)
    page.show()
    state, _ = page.wait_for("state")
    known = {"title": "Tiny", "labels": ["abominable", "neither", "olaf"], "size": 8, "names": {}}
    assert state["about"] == {**known, "limits": {"urls": True}}


@pytest.mark.parametrize("names", [None, [], "nonsense", {"olaf": 3}, {"olaf": ""}])
def test_names_that_make_no_sense_are_none(names: Any) -> None:
    said = about({"labels": ["a", "b"], "size": 9, "names": names, "title": 3})
    assert said == {"title": "", "labels": ["a", "b"], "size": 9, "names": {}}


def test_a_maker_names_the_labels() -> None:
    assert about({"labels": ["a"], "size": 9, "names": {"a": "Ólafur"}})["names"] == {"a": "Ólafur"}
