"""The Binder badge of README.md, from the git remote: owner and repository are written in this one place."""

import os
import re
import subprocess
from pathlib import Path
from urllib.parse import quote

BEGIN = "<!-- badge -->"
END = "<!-- /badge -->"
NOTEBOOK = "snowpeople_voila.ipynb"

_HOSTS = {"github.com": "gh", "gitlab.com": "gl"}
# https://github.com/o/r.git, https://user:token@github.com/o/r, git@github.com:o/r.git, ssh://git@github.com:22/o/r
_REMOTE = re.compile(
    r"(?:(?:https?|ssh|git)://)?(?:[^@/]*@)?(?:www\.)?(?P<host>[\w.-]+?)(?::\d+(?=/))?[:/]/?"
    r"(?P<path>[\w.-]+(?:/[\w.-]+)+)/?"
)


class BadgeError(ValueError):
    """The badge can't be written. The message says what to do."""


def repository(remote: str) -> str:
    """Return a git remote as Binder's path: ``gh/owner/name``, or ``gl/group%2Fname``. Raises BadgeError."""
    match = _REMOTE.fullmatch(remote.strip())
    # The remote itself may hold a password: no message repeats it.
    if not match or match["host"].lower() not in _HOSTS:
        raise BadgeError("the remote is neither at github.com nor at gitlab.com, the two hosts known here")
    provider, path = _HOSTS[match["host"].lower()], match["path"].removesuffix(".git")
    if provider == "gl":
        return f"gl/{quote(path, safe='')}"
    if path.count("/") != 1:
        raise BadgeError("the remote does not name an owner and a repository")
    return f"gh/{path}"


def markdown(repository: str) -> str:
    """Return the badge for a repository as Binder's path; a click opens the dashboard."""
    target = f"https://mybinder.org/v2/{repository}/HEAD?urlpath={quote(f'voila/render/{NOTEBOOK}', safe='')}"
    return f"[![Open the dashboard on Binder](https://mybinder.org/badge_logo.svg)]({target})"


def remote_of(folder: str | os.PathLike[str]) -> str:
    """Return the address of the remote ``origin`` of the git repository that a folder is in. Raises BadgeError."""
    try:
        done = subprocess.run(
            ["git", "remote", "get-url", "origin"], cwd=folder, capture_output=True, text=True, check=True
        )
    except FileNotFoundError:
        raise BadgeError("git is not installed, or the folder does not exist") from None
    except subprocess.CalledProcessError:
        raise BadgeError(
            "git knows no remote 'origin' here. Add it first: git remote add origin https://github.com/OWNER/NAME.git"
        ) from None
    return done.stdout.strip()


def rewrite(readme: str | os.PathLike[str], repository: str) -> bool:
    """Put the badge of a repository between the two marks of a README; return whether that changed anything.

    Everything outside the marks stays as it is, byte for byte. Raises BadgeError where the marks are missing.
    """
    path = Path(readme)
    old = path.read_bytes()
    begin, end = BEGIN.encode(), END.encode()
    pattern = re.compile(re.escape(begin) + rb"(\s*).*?(\s*)" + re.escape(end), re.DOTALL)
    badge = markdown(repository).encode()
    new, count = pattern.subn(lambda match: begin + match[1] + badge + match[2] + end, old)
    if not count:
        raise BadgeError(f"{path} has no place for the badge. Write {BEGIN} and {END} where it belongs")
    if new == old:
        return False
    beside = path.with_name(f"{path.name}.part")
    beside.write_bytes(new)
    os.replace(beside, path)
    return True
