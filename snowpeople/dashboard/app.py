"""The dashboard: a picker with a classifier behind it. It holds no classification logic of its own."""

import os
import sys
import threading
import traceback
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, TypeAlias

from .about import about, example_data, examples_in, jpeg, urls_allowed
from .fetcher import Fetcher
from .picker import Picker, Upload

if TYPE_CHECKING:
    from ..classifier import Classifier
    from ..remote import RemoteClassifier

    AnyClassifier: TypeAlias = Classifier | RemoteClassifier

THUMBNAIL = 320  # pixels, the longer side: what the page shows, on a screen with two pixels a point
LONG = {"look", "flip"}  # tasks of many answers each: they hold up no picture that waits for its one


Jobs: TypeAlias = "SimpleQueue[Upload | str]"


class Dashboard:
    """Shows a picker in a notebook; each picture in it is classified with an export.

    ``export`` is the file to answer with; the pictures in the folder ``examples`` are offered to click. Nothing
    heavy is imported, and nothing loaded, before the page shows: a thread of its own does that then, and pictures
    dropped meanwhile wait. What is wrong with the export is said in the page. Pictures are kept in memory until
    they are answered, no longer, and never on disk.

    Visitors may give the web addresses of pictures, which this machine then fetches: from the public internet only,
    unless ``allow_private``, by which they reach whatever this machine does. Nothing is fetched, and the page does not
    offer it, where ``urls`` is false, or the variable SNOWPEOPLE_NO_URLS is set, by which a host forbids it.
    """

    def __init__(
        self,
        export: str | os.PathLike[str] = "export.pkl",
        examples: str | os.PathLike[str] = "examples",
        allow_private: bool = False,
        urls: bool = True,
    ):
        self._export = Path(export)
        self._examples = examples_in(examples)
        self._jobs: Jobs = SimpleQueue()
        self._long_jobs: Jobs = SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="snowpeople", daemon=True)
        self._started = False
        self._fetcher = Fetcher(self._fetched, lambda *why: self.picker.fail(*why), allow_private)
        fetch = self._fetcher.fetch if urls and urls_allowed() else None
        self.picker = Picker(self._take, self._send_examples, len(self._examples), fetch)

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        if not self._started:
            self._started = True
            self._thread.start()
        return self.picker._repr_mimebundle_(**kwargs)

    def close(self) -> None:
        """Take the picker off the page and end the threads."""
        self._jobs.put("stop")
        self._long_jobs.put("stop")
        self._fetcher.close()
        self.picker.close()

    def _take(self, upload: Upload) -> None:
        (self._long_jobs if upload.task in LONG else self._jobs).put(upload)

    def _fetched(self, id: str, data: bytes) -> None:
        self._take(Upload(id, "classify", data, thumbnail=True))

    def _send_examples(self) -> None:
        self._jobs.put("examples")

    # ---- in threads of their own

    def _work(self) -> None:
        classifier = self._load()
        threading.Thread(
            target=self._do_all, args=(classifier, self._long_jobs), name="snowpeople-long", daemon=True
        ).start()
        self._do_all(classifier, self._jobs)

    def _do_all(self, classifier: "AnyClassifier | None", jobs: Jobs) -> None:
        while (job := jobs.get()) != "stop":
            if isinstance(job, Upload):
                self._answer(classifier, job)
            else:
                self._show_examples()

    def _load(self) -> "AnyClassifier | None":
        from ..archive import ExportError

        try:
            from ..classifier import Classifier

            service = os.environ.get("SNOWPEOPLE_SERVICE")
            classifier = _remote(service) if service else Classifier.load(self._export)
        except ExportError as error:
            message = str(error)
        except OSError as error:
            message = f"{self._export} can't be read: {error.strerror or type(error).__name__}"
        except Exception:
            _log()
            message = f"{self._export} could not be loaded. The log of the server says more."
        else:
            self.picker.show_state("ready", about=about(classifier.card))
            return classifier
        self.picker.show_state("broken", message=message)
        return None

    def _answer(self, classifier: "AnyClassifier | None", upload: Upload) -> None:
        if classifier is None:
            return self.picker.fail(upload.id, "no_classifier")
        from ..picture import PictureError

        task = {"classify": self._classify, "try": self._classify, "look": self._look, "flip": self._flip}[upload.task]
        try:
            task(classifier, upload)
        except PictureError as error:
            self.picker.fail(upload.id, error.code, str(error))
        except Exception:
            _log()
            self.picker.fail(upload.id, "fault")

    def _classify(self, classifier: "AnyClassifier", upload: Upload) -> None:
        if not upload.thumbnail:
            return self.picker.answer(upload.id, classifier.classify(upload.data))
        from .. import picture

        image = picture.decode(upload.data)
        self.picker.answer(upload.id, classifier.classify(image), jpeg(image, THUMBNAIL))

    def _look(self, classifier: "AnyClassifier", upload: Upload) -> None:
        from ..attention import attention

        self.picker.answer_look(upload.id, attention(classifier, upload.data))

    def _flip(self, classifier: "AnyClassifier", upload: Upload) -> None:
        from ..flip import smallest_change

        flip = smallest_change(classifier, upload.data)
        self.picker.answer_flip(upload.id, flip, jpeg(flip.picture, 2 * THUMBNAIL) if flip else b"")

    def _show_examples(self) -> None:
        from ..picture import PictureError

        for index, path in enumerate(self._examples):
            try:
                data = example_data(path)
            except (OSError, PictureError):
                data = b""
            self.picker.show_example(index, data)


def _remote(url: str) -> "RemoteClassifier":
    """The classifier of a service: one for many dashboards, none of which loads a model."""
    from ..remote import RemoteClassifier

    return RemoteClassifier(url)


def _log() -> None:
    # The kernel shows sys.stderr in the page; what is for the maker goes to the terminal of the server.
    traceback.print_exc(file=sys.__stderr__)
