"""The ``snowpeople`` command, also as ``python -m snowpeople``, for `torchrun -m snowpeople`."""

import sys

from . import interrupts


def main() -> int:
    """Run the command; return the exit status. Nothing is imported before Ctrl-C may come."""
    interrupts.end_at_once()
    from .cli import main as run

    try:
        return run()
    finally:
        interrupts.end_at_once()  # while Python ends


if __name__ == "__main__":
    sys.exit(main())
