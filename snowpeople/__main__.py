"""``python -m snowpeople``: the command, for `torchrun -m snowpeople`."""

import sys

from .cli import main

if __name__ == "__main__":
    sys.exit(main())
