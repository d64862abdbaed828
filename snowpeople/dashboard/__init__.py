"""The dashboard: a picker in the page, and the classifier behind it.

Importing the package imports nothing: the server needs its template only.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .app import Dashboard

__all__ = ["Dashboard"]


def __getattr__(name: str) -> Any:
    if name != "Dashboard":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from .app import Dashboard

    return Dashboard
