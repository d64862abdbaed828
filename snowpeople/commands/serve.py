"""``snowpeople serve``: a classifier as a JSON service."""

import argparse
import os
import re
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from .terminal import Help, examples, fail, missing, reason, shown, whole_number

if TYPE_CHECKING:
    from socket import socket

    from .terminal import Subparsers


def register(commands: "Subparsers") -> None:
    """Add the command and its arguments."""
    parser = commands.add_parser(
        "serve",
        help="answer pictures over HTTP, as JSON",
        description="Answer pictures over HTTP: POST /predict, and what else docs/service.md tells. SIGTERM ends it\n"
        "when what has come in is answered. No picture is written to disk or logged.",
        epilog=examples(
            "snowpeople serve",
            "snowpeople serve otters.pkl --port 9000 --cors https://otters.example --rate 60",
            "snowpeople serve s3://bucket/exports/export.pkl --host 0.0.0.0 --api-key-file /run/secrets/key",
        ),
        formatter_class=Help,
    )
    parser.add_argument(
        "export",
        nargs="?",
        default=os.environ.get("SNOWPEOPLE_EXPORT") or "export.pkl",
        metavar="EXPORT",
        help="the classifier (default: SNOWPEOPLE_EXPORT, else export.pkl)",
    )
    parser.add_argument(
        "--host",
        default=os.environ.get("SNOWPEOPLE_HOST") or "127.0.0.1",
        metavar="ADDRESS",
        help="where to listen (default: SNOWPEOPLE_HOST, else 127.0.0.1)",
    )
    parser.add_argument(
        "--port",
        type=_from_0_to(65535, "PORT"),
        default=os.environ.get("PORT") or "8000",  # a text: it is checked as if it had been typed
        metavar="N",
        help="default: PORT, else 8000; 0: any free one",
    )
    parser.add_argument("--socket", metavar="PATH", help="listen at a Unix socket instead, for a proxy on this machine")
    parser.add_argument(
        "--cors",
        nargs="+",
        type=_origin,
        default=[],
        metavar="ORIGIN",
        help="whose pages may ask, as https://otters.example",
    )
    parser.add_argument(
        "--api-key-file", type=Path, metavar="FILE", help="a file with the key to ask for (else: SNOWPEOPLE_API_KEY)"
    )
    parser.add_argument(
        "--workers", type=whole_number(1), default=1, metavar="N", help="processes; a dead one is replaced (default: 1)"
    )
    parser.add_argument(
        "--examples", default="examples", metavar="DIR", help="pictures to click on its page (default: %(default)s)"
    )
    parser.add_argument("--rate", type=whole_number(1), default=0, metavar="N", help="pictures a minute and client")
    parser.add_argument(
        "--proxies",
        type=_from_0_to(99, "SNOWPEOPLE_PROXIES"),
        default=os.environ.get("SNOWPEOPLE_PROXIES") or None,
        metavar="N",
        help="of yours in front, each adding to X-Forwarded-For, for --rate (default: SNOWPEOPLE_PROXIES, else 0; "
        "1 with --socket)",
    )
    parser.add_argument(
        "--no-urls", action="store_true", help="fetch no pictures from addresses (also: SNOWPEOPLE_NO_URLS=1)"
    )
    parser.add_argument(
        "--max-queue", type=whole_number(1), default=128, metavar="N", help="pictures at once (default: %(default)s)"
    )
    parser.add_argument(
        "--max-batch", type=whole_number(1), default=16, metavar="N", help="of them in the model (default: %(default)s)"
    )
    parser.add_argument(
        "--max-pictures", type=whole_number(1), default=32, metavar="N", help="of one request (default: %(default)s)"
    )
    parser.add_argument(
        "--timeout", type=whole_number(1), default=30, metavar="S", help="seconds for an answer (default: %(default)s)"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Do it; return the exit status."""
    try:
        return _serve(arguments)
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("snowpeople"):
            raise
        return fail(missing(error.name or "a package", "service"))


def _serve(arguments: argparse.Namespace) -> int:
    from ..dashboard.about import urls_allowed
    from ..service import server, workers
    from ..service.settings import Settings

    key = os.environ.get("SNOWPEOPLE_API_KEY")
    if arguments.api_key_file is not None:
        key = arguments.api_key_file.read_text(encoding="utf-8").strip()
        if not key:
            return fail(f"{shown(arguments.api_key_file)} holds no key: write one line into it")
    elif key is not None and not key.strip():
        return fail("SNOWPEOPLE_API_KEY is empty: put a key into it, or unset it to answer without one")
    # Nobody but a proxy asks at a Unix socket.
    proxies = arguments.proxies if arguments.proxies is not None else 1 if arguments.socket else 0
    settings = Settings(
        max_queue=arguments.max_queue,
        max_batch=arguments.max_batch,
        max_pictures=min(arguments.max_pictures, arguments.max_queue),
        timeout=arguments.timeout,
        examples=arguments.examples,
        urls=not arguments.no_urls and urls_allowed(),
        cors=tuple(arguments.cors),
        api_key=(key or "").strip(),
        rate=arguments.rate,
        proxies=proxies,
    )
    try:
        if arguments.socket:
            listener = server.listen_at(arguments.socket)
        else:
            listener = server.listen(arguments.host, arguments.port)
    except OSError as error:
        return fail(reason(error, arguments.socket or f"{arguments.host}:{arguments.port}"))

    def ready(title: str) -> None:
        print(f"{shown(title or arguments.export)} – {_address(listener)}", file=sys.stderr, flush=True)

    try:
        if arguments.workers > 1:
            workers.run(arguments.workers, arguments.export, listener, settings, ready, tell=fail)
        else:
            server.run(arguments.export, listener, settings, ready)
    finally:
        listener.close()
        if arguments.socket:
            with suppress(FileNotFoundError):
                os.unlink(arguments.socket)
    return 0


def _address(listener: "socket") -> str:
    name = listener.getsockname()
    if isinstance(name, str):
        return name
    host, port = name[:2]
    # What stands for all addresses is none that a browser opens.
    opens = {"0.0.0.0": "localhost", "::": "::1"}.get(host, host)
    page = f"http://[{opens}]:{port}" if ":" in opens else f"http://{opens}:{port}"
    return ("on all interfaces: " if opens != host else "") + f"a page at {page}, JSON at {page}/predict"


def _origin(text: str) -> str:
    # As browsers send it: any other spelling would never match, and nobody would be told.
    if text != "*" and not re.fullmatch(r"https?://[^/?#\s]+", text):
        raise argparse.ArgumentTypeError(f"{text}: write it as https://otters.example, without a path, or *")
    return text.lower()


def _from_0_to(most: int, variable: str) -> Callable[[str], int]:
    def number(text: str) -> int:
        if not re.fullmatch("[0-9]{1,9}", text) or int(text) > most:
            raise argparse.ArgumentTypeError(f"a whole number from 0 to {most}, here or in {variable}; not {text!r}")
        return int(text)

    return number
