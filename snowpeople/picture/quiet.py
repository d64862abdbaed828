"""Silence for the warnings of Pillow, safe in threads."""

import threading
import warnings
from types import TracebackType


class Quiet:
    """A context that silences the warnings of some modules while any thread is inside.

    ``warnings.catch_warnings`` alone is not safe where threads overlap: the last to leave restores what the first had
    changed. Here the first to enter changes the filters, and the last to leave restores them.
    """

    def __init__(self, modules: str) -> None:
        self._modules = modules  # a regular expression for the names
        self._lock = threading.Lock()
        self._inside = 0
        self._catcher = warnings.catch_warnings()

    def __enter__(self) -> None:
        with self._lock:
            if not self._inside:
                self._catcher = warnings.catch_warnings()
                self._catcher.__enter__()
                warnings.filterwarnings("ignore", module=self._modules)
            self._inside += 1

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        with self._lock:
            self._inside -= 1
            if not self._inside:
                self._catcher.__exit__(None, None, None)
