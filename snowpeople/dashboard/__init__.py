"""The dashboard: a picker in the page, and the classifier behind it."""

from .app import Dashboard

__all__ = ["Dashboard"]
