"""The badge: from any form of a git remote to the one place in the README."""

from pathlib import Path

import pytest

from snowpeople import badge
from snowpeople.badge import BadgeError

README = "# Snowpeople\n\n<!-- badge -->\nold badge\n<!-- /badge -->\n\nText.\n"


@pytest.mark.parametrize(
    ("remote", "expected"),
    [
        ("https://github.com/ada/snow.git", "gh/ada/snow"),
        ("https://github.com/ada/snow", "gh/ada/snow"),
        ("https://github.com/ada/snow/", "gh/ada/snow"),
        ("https://www.github.com/ada/snow.people", "gh/ada/snow.people"),
        ("https://ada:secret@github.com/ada/snow.git", "gh/ada/snow"),
        ("git@github.com:ada/snow.git", "gh/ada/snow"),
        ("github.com:ada/snow.git", "gh/ada/snow"),
        ("ssh://git@github.com/ada/snow.git", "gh/ada/snow"),
        ("ssh://git@github.com:22/ada/snow.git", "gh/ada/snow"),
        ("git://github.com/ada/snow.git\n", "gh/ada/snow"),
        ("https://GitHub.com/Ada/Snow", "gh/Ada/Snow"),
        ("https://gitlab.com/ada/snow.git", "gl/ada%2Fsnow"),
        ("git@gitlab.com:lab/winter/snow.git", "gl/lab%2Fwinter%2Fsnow"),
    ],
)
def test_every_form_of_a_remote(remote: str, expected: str) -> None:
    assert badge.repository(remote) == expected


@pytest.mark.parametrize(
    "remote",
    [
        "",
        "/home/ada/snow",
        "../snow",
        "https://example.org/ada/snow.git",
        "https://github.com/ada",
        "https://github.com/ada/snow/tree/main",
        "https://github.com.example.org/ada/snow",
        "https://example.org/github.com/ada/snow",
        "https://github.com/ada/snow)[x](https://example.org",
    ],
)
def test_other_remotes_are_refused(remote: str) -> None:
    with pytest.raises(BadgeError):
        badge.repository(remote)


def test_a_password_in_a_remote_is_never_repeated() -> None:
    with pytest.raises(BadgeError) as caught:
        badge.repository("https://ada:secret@example.org/ada/snow.git")
    assert "secret" not in str(caught.value)


def test_only_what_is_between_the_marks_changes(tmp_path: Path) -> None:
    readme = tmp_path / "README.md"
    readme.write_bytes(README.replace("\n", "\r\n").encode())
    assert badge.rewrite(readme, "gh/ada/snow")
    expected = README.replace("old badge", badge.markdown("gh/ada/snow")).replace("\n", "\r\n")
    assert readme.read_bytes() == expected.encode()
    assert not badge.rewrite(readme, "gh/ada/snow")
    assert list(tmp_path.iterdir()) == [readme]


def test_an_empty_place_is_filled(tmp_path: Path) -> None:
    readme = tmp_path / "README.md"
    readme.write_text("<!-- badge --><!-- /badge -->")
    badge.rewrite(readme, "gh/ada/snow")
    assert readme.read_text() == f"<!-- badge -->{badge.markdown('gh/ada/snow')}<!-- /badge -->"


def test_a_readme_without_the_marks_is_left_alone(tmp_path: Path) -> None:
    readme = tmp_path / "README.md"
    readme.write_text("# Snowpeople\n")
    with pytest.raises(BadgeError, match=r"README\.md has no place for the badge"):
        badge.rewrite(readme, "gh/ada/snow")
    assert readme.read_text() == "# Snowpeople\n"


def test_the_badge_opens_the_dashboard() -> None:
    assert badge.markdown("gh/ada/snow").endswith(
        "](https://mybinder.org/v2/gh/ada/snow/HEAD?urlpath=voila%2Frender%2Fsnowpeople_voila.ipynb)"
    )
