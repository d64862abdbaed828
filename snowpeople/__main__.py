"""``python -m snowpeople``: the command, for `accelerate launch -m snowpeople`."""

import sys

from .cli import main

if __name__ == "__main__":
    sys.exit(main())
