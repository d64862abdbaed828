"""The files that put the service elsewhere. No container engine runs here: what an image would start, starts bare."""

import configparser
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from services import BLUE, PNG

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parent.parent
DEPLOY = ROOT / "deploy"
BIN = Path(sys.executable).parent


def instructions() -> list[tuple[str, str]]:
    """Those of the Dockerfile, in order, comments and line ends out of the way."""
    text = re.sub(r"^#.*\n", "", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE).replace("\\\n", " ")
    return [(name, rest) for name, _, rest in (line.partition(" ") for line in text.splitlines()) if name]


def last(name: str) -> str:
    return [rest for instruction, rest in instructions() if instruction == name][-1]


def test_the_image_installs_nothing_that_the_project_does_not_declare() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    declared = [*project["dependencies"], *project["optional-dependencies"]["service"]]
    names = {re.split(r"[>=\[]", each)[0] for each in declared}
    wanted = [line for line in (DEPLOY / "requirements.in").read_text().split("\n") if line and line[0] != "#"]
    assert set(wanted) <= names
    locked = (DEPLOY / "requirements.txt").read_text()
    pinned = (ROOT / "constraints.txt").read_text()
    for name, version in re.findall(r"^([\w.-]+)==(\S+)", locked, re.MULTILINE):
        assert f"{name}=={version}" in pinned
    assert set(wanted) <= set(re.findall(r"^([\w.-]+)==", locked, re.MULTILINE))
    assert not re.search(r"^(torch|voila)==", locked, re.MULTILINE)


def test_the_dockerfile_is_well_formed() -> None:
    found = subprocess.run([BIN / "hadolint", ROOT / "Dockerfile"], capture_output=True, text=True, timeout=60)
    assert (found.returncode, found.stdout) == (0, "")
    kept = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    copies = [rest.split()[:-1] for name, rest in instructions() if name == "COPY" and "--from" not in rest]
    assert sorted(kept) == sorted(word for words in copies for word in words)


def test_the_manifest_is_valid_and_asks_what_the_service_answers() -> None:
    manifest = DEPLOY / "kubernetes.yaml"
    command: list[str | Path] = [BIN / "kubernetes-validate", "--strict", manifest]
    found = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert found.returncode == 0, found.stdout + found.stderr
    kinds: dict[str, Any] = {each["kind"]: each for each in yaml.safe_load_all(manifest.read_text())}
    container = kinds["Deployment"]["spec"]["template"]["spec"]["containers"][0]
    assert container["ports"][0]["containerPort"] == int(environment()["PORT"])
    assert {container[f"{probe}Probe"]["httpGet"]["path"] for probe in ("startup", "readiness")} == {"/readyz"}
    assert container["livenessProbe"]["httpGet"]["path"] == "/healthz"
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    assert kinds["HorizontalPodAutoscaler"]["spec"]["scaleTargetRef"]["name"] == kinds["Deployment"]["metadata"]["name"]


def test_the_platforms_files_can_be_read_and_name_the_port() -> None:
    port = environment()["PORT"]
    assert yaml.safe_load((DEPLOY / "app.yaml").read_text())["runtime"] == "custom"
    runner = json.loads((DEPLOY / "apprunner.json").read_text())
    assert runner["SourceConfiguration"]["ImageRepository"]["ImageConfiguration"]["Port"] == port
    maker = json.loads((DEPLOY / "sagemaker.json").read_text())["PrimaryContainer"]["Environment"]
    assert maker["PORT"] == port
    card = (DEPLOY / "huggingface" / "README.md").read_text().split("---")[1]
    assert yaml.safe_load(card)["app_port"] == int(port)
    unit = configparser.ConfigParser()
    unit.optionxform = str  # type: ignore[assignment, method-assign]  # as configparser's own documentation has it
    unit.read(DEPLOY / "snowpeople.service")
    command = shlex.split(unit["Service"]["ExecStart"])
    from snowpeople.cli import _parser

    assert _parser().parse_args(command[1:]).workers == 2


# ---- docs/deploy.md, as far as it can be checked without a network

GUIDE = (ROOT / "docs" / "deploy.md").read_text()
LOCKED = ("requirements.in", "requirements.txt")
FILES = [path for path in sorted(DEPLOY.rglob("[!.]*")) if path.is_file() and path.name not in LOCKED]


def commands(program: str) -> list[list[str]]:
    """Those of the guide that begin so, as a shell would split them."""
    blocks = re.sub(r"\\\n\s*", "", "\n".join(re.findall(r"^    (.*)$", GUIDE, re.MULTILINE)))
    return [shlex.split(line) for line in blocks.splitlines() if line.startswith(f"{program} ")]


def test_nothing_believes_whoever_asks_or_names_what_is_no_more() -> None:
    for path in (ROOT / "Dockerfile", ROOT / "docs" / "deploy.md", ROOT / "docs" / "website.md", *FILES):
        text = path.read_text()
        assert "FORWARDED_ALLOW_IPS" not in text, path  # as "*" it takes the first address, which the client wrote
        assert not re.search(r"\bgcr\.io\b|hf repo create|--space_sdk", text), path


def test_where_a_rate_is_set_it_is_known_who_asks() -> None:
    limited = [path for path in FILES if "--rate" in path.read_text()]
    assert {path.name for path in limited} == {"kubernetes.yaml", "snowpeople.service"}
    for path in limited:
        assert re.search(r"\bSNOWPEOPLE_PROXIES(, value: \"|=)1\b", path.read_text()), path


def test_the_guide_names_all_that_is_to_be_filled_in() -> None:
    def texts(value: Any) -> Iterator[str]:
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict | list):
            for each in value.values() if isinstance(value, dict) else value:
                yield from texts(each)

    named = {word for span in re.findall(r"`([^`\n]+)`", GUIDE) for word in (span, *span.split("/"))}
    blanks = {"USER", "REPOSITORY"} & set(re.findall(r"[A-Z]+", (DEPLOY / "huggingface" / "README.md").read_text()))
    for path in DEPLOY.glob("*.json"):
        values = [text for text in texts(json.loads(path.read_text())) if re.search("[:/]", text)]
        blanks |= set(re.findall(r"\b[A-Z]{4,}\b", " ".join(values)))
    assert {"ACCOUNT", "REGION", "BUCKET", "USER", "REPOSITORY"} == blanks & named == blanks
    for path in FILES:
        hosts = set(re.findall(r"\b[\w.-]+\.example\b", path.read_text()))
        assert hosts <= named | {word for line in commands("sed") for word in line[1].split("/")}, path


def test_the_guides_own_commands_are_ours() -> None:
    from snowpeople.cli import _parser

    found = re.findall(r"(?<=snowpeople )(?:badge|classify|serve|site)\b[^`'\n#]*", GUIDE)
    assert {each.split()[0] for each in found} == {"badge", "serve", "site"}
    for each in found:
        words = shlex.split(each)
        if words != ["site"]:  # the name of the command alone: it needs an export's path
            assert _parser().parse_args(words)


def test_hf_is_given_one_pattern_an_option() -> None:
    uploads = [line for line in commands("hf") if line[1] == "upload"]
    assert len(uploads) == 2
    for line in uploads:
        options = {place for place, word in enumerate(line) if word.startswith("--")}
        plain = [word for place, word in enumerate(line) if not options & {place, place - 1}]
        assert len(plain) == 5, plain  # hf, upload, the Space, what, where
    patterns = [word for before, word in zip(uploads[-1], uploads[-1][1:], strict=False) if before == "--include"]
    kept = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    assert {each.removesuffix("/**") for each in patterns} == {"Dockerfile", ".dockerignore", *kept}


def environment() -> dict[str, str]:
    return dict(word.split("=", 1) for name, rest in instructions() if name == "ENV" for word in shlex.split(rest))


# ---- what the image would start


@pytest.fixture(scope="module")
def image() -> Iterator[Path]:
    """A folder with what the image has: a venv made as the Dockerfile makes it, and the export."""
    with tempfile.TemporaryDirectory(prefix="snowpeople-image-") as folder:
        root, venv = Path(folder), Path(folder, "venv")
        root.chmod(0o755)  # for whoever runs it, who is not whoever made it
        subprocess.run([sys.executable, "-m", "venv", venv], check=True)
        install: list[str | Path] = [venv / "bin" / "python", "-m", "pip", "install", "-qq"]
        hashes = ["--require-hashes"] if sys.version_info[:2] == (3, 11) and sys.platform == "linux" else []
        subprocess.run([*install, *hashes, "-r", DEPLOY / "requirements.txt"], check=True)
        source = root / "source"
        source.mkdir()
        for name in ("pyproject.toml", "LICENSE", "snowpeople", "share", "etc"):
            path = ROOT / name
            if path.is_dir():
                shutil.copytree(path, source / name, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(path, source)
        subprocess.run([*install, "--no-deps", source], check=True)
        shutil.rmtree(source)
        (root / "srv").mkdir()
        shutil.copy(ROOT / "export.pkl", root / "srv")
        yield root


def anybody() -> dict[str, Any]:
    """Who the image runs as, where this may be somebody else and they can reach the interpreter."""
    place = Path(sys.base_prefix).resolve()
    if os.getuid() != 0 or not all(folder.stat().st_mode & 0o001 for folder in (place, *place.parents)):
        return {}
    return {"user": int(last("USER")), "group": int(last("USER")), "extra_groups": []}


def test_what_the_image_starts_answers_and_writes_nothing(image: Path) -> None:
    before = sorted(image.rglob("*"))
    port = 18_000 + os.getpid() % 2_000
    variables = environment() | {
        "PATH": f"{image / 'venv' / 'bin'}:/usr/bin:/bin",
        "SNOWPEOPLE_EXPORT": str(image / "srv" / "export.pkl"),
        "SNOWPEOPLE_HOST": "127.0.0.1",  # a test opens nothing to the network
        "PORT": str(port),
    }
    command = json.loads(last("ENTRYPOINT")) + json.loads(last("CMD"))
    server = subprocess.Popen(
        [image / "venv" / "bin" / command[0], *command[1:]],
        cwd=image / "srv",
        env=variables,
        stderr=subprocess.PIPE,
        text=True,
        **anybody(),
    )
    try:
        check = json.loads(last("HEALTHCHECK").partition("CMD ")[2])
        end = time.monotonic() + 60
        while subprocess.run(check, env=variables, capture_output=True, timeout=60).returncode != 0:
            assert server.poll() is None, server.stderr and server.stderr.read()
            assert time.monotonic() < end
        for path in ("/predict", "/invocations"):
            asked = urllib.request.Request(f"http://127.0.0.1:{port}{path}", BLUE, PNG)
            with urllib.request.urlopen(asked, timeout=60) as answer:
                assert json.load(answer)["predictions"][0]["label"]
        for path in ("/ping", "/", "/snow-classifier.js", "/about"):
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=60) as answer:
                assert answer.status == 200
    finally:
        server.terminate()
        _, said = server.communicate(timeout=60)
    assert server.returncode == 0
    assert "Traceback" not in said
    assert sorted(image.rglob("*")) == before
    installed = sum(path.stat().st_size for path in image.rglob("*") if path.is_file() and not path.is_symlink())
    assert installed < 400_000_000
    assert not list((image / "venv").rglob("torch"))


def test_a_proxy_asks_at_a_unix_socket(image: Path) -> None:
    path = image / "srv" / "socket"
    program = image / "venv" / "bin" / "snowpeople"
    for _ in range(2):  # the second finds what the first left when it was killed
        server = subprocess.Popen(
            [program, "serve", image / "srv" / "export.pkl", "--socket", path], stderr=subprocess.PIPE, text=True
        )
        assert server.stderr is not None
        assert server.stderr.readline().endswith(f"{path}\n")
        import httpcore

        with httpcore.ConnectionPool(uds=str(path)) as pool:
            headers = [*PNG.items(), ("X-Forwarded-For", "192.0.2.7")]
            assert pool.request("POST", "http://localhost/predict", headers=headers, content=BLUE).status == 200
        server.kill()
        server.communicate(timeout=60)
    assert path.is_socket()
