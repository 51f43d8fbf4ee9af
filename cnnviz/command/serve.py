"""The command `serve`: the page and the API. It is that of app.py, too."""

import argparse
import gc
import importlib.util
import ipaddress
import logging
import os
import re
import signal
import socket
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NoReturn

from cnnviz.base.errors import CnnvizError, OptionError, StorageError
from cnnviz.base.storage import FULL
from cnnviz.command.model_flags import SAID, TRUST, describe, require_described, size
from cnnviz.explorer.interpretation import Interpretation
from cnnviz.explorer.loading import find_reference
from cnnviz.hub.client import Reference
from cnnviz.hub.pull import find_cached_revision
from cnnviz.network.backend import require_backend
from cnnviz.picture.image import MAX_MEGABYTES
from cnnviz.serving.example_folder import require_examples
from cnnviz.serving.trial import Trial

MEBIBYTE, MEGABYTE = 2**20, 10**6
PRIVATE_NETWORKS = "127.0.0.1,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16"
"""Where the proxy before a Space is; nobody else reaches a Space from there."""

TRIAL = (sys.executable, "-P", "-m", "cnnviz.ui.first_page")
"""Starts the process in which a model is tried; -P, so that no file of the folder it is started in is imported."""

NICENESS = 10
"""How far the trial of a new version steps back behind the visitors of the one that is served."""

FIRST = ("model", "classes", "trust-code", "examples", "host", "port", "root-path")
"""Flags that most users need."""

OTHER_FOLDER = "Make room, or set TMPDIR to a folder with room that can be written."

LOOK_SECONDS = 60
"""How often an open page checks for a new model."""


def main(program: str, argv: Sequence[str] | None = None) -> int:
    """Read the flags, and serve.

    Args:
        program: How the user called it.
        argv: The flags; those of the process if left out.

    Returns:
        The exit status.
    """
    arguments = parse_arguments(program, argv)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # so that temporary files are removed
    try:
        require_servable(arguments)
        serve(arguments)
    except CnnvizError as error:
        print(f"{program}: {error}", file=sys.stderr)
        return 1
    return 0


def leave(work: Callable[[], int]) -> NoReturn:
    """Do some work, and end the process with its exit status, whatever runs in the background.

    Args:
        work: The work; it may end by `SystemExit`.
    """
    try:
        status = work()
    except SystemExit as stop:
        status = stop.code if isinstance(stop.code, int) else 1
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):  # nobody reads it, or its disk is full
            stream.flush()
    os._exit(status)  # or a download in the background would be waited for


def parse_arguments(program: str, argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line; the environment gives the defaults."""
    parser = argparse.ArgumentParser(
        prog=program,
        description="Serve a page on which a photo shows what every layer of a network makes of it, and its API.",
        epilog="Each flag can also be set by the environment variable in brackets.",
    )
    words = sys.argv[1:] if argv is None else argv
    is_brief = program != "app.py" and "--help-all" not in words
    if program != "app.py":
        parser.add_argument("--help-all", action="help", help="tell of all flags")

    def add(name: str, kind: Callable[[str], object], default: str | None, text: str, **more: Any) -> None:
        variable = f"CNNVIZ_{name.upper().replace('-', '_')}"
        value = os.environ.get(variable) or default
        about = argparse.SUPPRESS if is_brief and name not in FIRST else f"{text} [{variable}]"
        parser.add_argument(f"--{name}", type=kind, default=value, help=about, **more)

    # Gradio's own variables, which a Space sets, come second.
    host, port = os.environ.get("GRADIO_SERVER_NAME"), os.environ.get("GRADIO_SERVER_PORT")
    add(
        "model",
        str,
        None,
        "model folder, .keras or .h5 file, or USER/NAME or USER/NAME@REVISION on the Hugging Face Hub, where the "
        "revision is a branch, a tag or a commit; the embedded cats and dogs if left out",
    )
    for name, (value, about) in SAID.items():
        place = {"dest": "model_output"} if name == "output" else {}
        add(name, size if name == "size" else str, None, about, metavar=value, **place)
    add("trust-code", switch, "no", TRUST, nargs="?", const=True)
    add("strict", switch, "no", "refuse to start if the model cannot be had, and serve no other", nargs="?", const=True)
    add("hub-wait", at_least(0), "20", "seconds that the Hub may take before another model stands in (%(default)s)")
    add("look-every", at_least(0), "300", "seconds between two looks for a new version; 0 for none (%(default)s)")
    add("examples", Path, None, "folder of pictures to offer as examples, such as a training run's samples/")
    add(
        "timeline",
        Path,
        None,
        "folder of the timeline of how the model learned, which may still be recorded; that in the model's folder, or "
        "beside it, if left out",
    )
    add("host", str, host or "127.0.0.1", "address to listen at; 0.0.0.0 lets other machines in (%(default)s)")
    add("port", at_least(1), port or "7860", "port to listen at (%(default)s)")
    add(
        "root-path",
        root_path,
        os.environ.get("GRADIO_ROOT_PATH") or "",
        "path below which a proxy serves the page, such as /cnnviz, whether or not it passes the path on; or the whole "
        "address of the page, if the proxy does not pass on the name that visitors use",
    )
    add(
        "frame-ancestors",
        sources,
        "",
        "who may show the page in a frame, such as \"'self' https://course.example\", or 'none'; everyone if left out",
    )
    add("queue-size", at_least(1), "64", "calls that may wait in each lane; more are turned away (%(default)s)")
    proxies = PRIVATE_NETWORKS if "SPACE_ID" in os.environ else "127.0.0.1"
    about = "addresses of proxies, with commas, that are believed where a call comes from (%(default)s)"
    add("trusted-proxies", networks, proxies, about)
    add(
        "upload-mb",
        at_least(MAX_MEGABYTES),
        "1000",
        "disk space for all uploads together, in MB; the oldest are deleted first (%(default)s)",
    )
    about = "let programs with language models use the endpoints as tools, over the Model Context Protocol"
    add("mcp", switch, "no", about, nargs="?", const=True)
    add("cache-mb", at_least(0), "256", "memory for the activations of the photos seen last, in MiB (%(default)s)")
    return parser.parse_args(argv)


def switch(text: str) -> bool:
    """Read yes or no."""
    known = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
    if text.lower() not in known:
        raise argparse.ArgumentTypeError(f"expected yes or no. Received: {text}")
    return known[text.lower()]


def at_least(smallest: int) -> Callable[[str], int]:
    """Return a function that reads whole numbers, and refuses smaller ones."""

    def whole_number(text: str) -> int:
        if not text.isdecimal() or int(text) < smallest:
            raise argparse.ArgumentTypeError(f"expected a whole number, at least {smallest}. Received: {text}")
        return int(text)

    return whole_number


def networks(text: str) -> str:
    """Read addresses and networks."""
    for each in text.split(","):
        try:
            ipaddress.ip_network(each.strip())
        except ValueError as error:
            raise argparse.ArgumentTypeError(
                f"expected addresses or networks, such as 10.0.0.0/8, with commas. Received: {text}"
            ) from error
    return text


def root_path(text: str) -> str:
    """Read the path below which a proxy serves the page."""
    if text and not text.startswith(("/", "http://", "https://")):
        raise argparse.ArgumentTypeError(f"expected a path, such as /cnnviz, or an address. Received: {text}")
    return text.rstrip("/")


def sources(text: str) -> str:
    """Read the sources of a directive of a Content-Security-Policy."""
    if not re.fullmatch(r"[\w:/.*' \[\]-]*", text, re.ASCII):
        raise argparse.ArgumentTypeError(f"expected addresses with spaces between them, or 'none'. Received: {text}")
    return text.strip()


def require_servable(arguments: argparse.Namespace) -> None:
    """Refuse what can be seen to fail without Keras and Gradio, whose import takes many seconds."""
    require_backend()
    require_free(arguments.host, arguments.port)
    if arguments.mcp and importlib.util.find_spec("mcp") is None:
        raise OptionError("--mcp needs the package mcp. Install it with: pip install '.[mcp]'.")
    require_described(arguments)
    if arguments.examples:
        require_examples(arguments.examples)


def require_free(host: str, port: int) -> None:
    """Find out whether the address can be listened at."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host.strip("[]"), port), family=family).close()
    except (OSError, OverflowError) as error:
        raise OptionError(
            f"Cannot listen at {host}:{port}. Choose another --port or --host. Received: {str(error).rstrip('.')}."
        ) from error


def serve(arguments: argparse.Namespace) -> None:
    """Load the model, build the page, serve it."""
    # These are read when Gradio and TensorFlow are imported.
    os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    # Uvicorn's. Calls of tools come from this machine itself, which says for whom.
    own = [arguments.host, "127.0.0.1"] if arguments.mcp else []
    os.environ["FORWARDED_ALLOW_IPS"] = ",".join([arguments.trusted_proxies, *own])
    trial = Trial(TRIAL, said=describe(arguments))  # its own imports take as long as those here
    reference = find_reference(arguments.model) if arguments.model else None
    with temporary_folder() as folder:
        os.environ["GRADIO_TEMP_DIR"] = str(folder)
        if arguments.model:
            known = find_cached_revision(reference) if reference else None
            trial.begin(known.folder if known else None if reference else Path(arguments.model))
        try:
            serve_from(folder, arguments, reference, trial)
        finally:
            trial.close()


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """Lend a folder for uploads and pictures, of our own: Gradio's default is shared by all.

    Raises:
        StorageError: If there is none that can be written, or the disk is full.
    """
    try:
        made = tempfile.TemporaryDirectory(prefix="cnnviz-")
    except OSError as error:
        raise StorageError(f"Cannot make a temporary folder. {OTHER_FOLDER} Received: {error}.") from error
    with made as folder:
        try:
            yield Path(folder)
        except OSError as error:
            if error.errno not in FULL:
                raise
            raise StorageError(
                f"Cannot write to the temporary folder '{folder}', or another one: the disk is full. {OTHER_FOLDER} "
                f"Received: {error}."
            ) from error


def serve_from(folder: Path, arguments: argparse.Namespace, reference: Reference | None, trial: Trial) -> None:
    """Serve with uploads and pictures in a folder; a model that is not the embedded one is tried first."""
    import keras  # noqa: F401

    import cnnviz
    from cnnviz.serving.follow import Follower
    from cnnviz.ui import Page, Settings, launch, prepare_models

    gc.freeze()  # half a million objects of the libraries, which the collector would look through while visitors wait
    logging.basicConfig(format="%(asctime)s %(message)s", level=logging.INFO)
    for client in ("httpx", "httpx2"):
        logging.getLogger(client).setLevel(logging.WARNING)
    prepare = prepare_models(arguments.cache_mb * MEBIBYTE, folder, arguments.examples, arguments.timeline)
    follower, said = None, describe(arguments)
    if reference:
        follower = Follower(reference, arguments.look_every, prepare, trial.require, Interpretation(**said))
        model = follower.start(arguments.hub_wait, arguments.strict)
    else:
        if arguments.model:
            trial.require(Path(arguments.model))
        model = prepare(cnnviz.load(arguments.model, **said))
    is_final = follower is None or follower.is_done
    page = Page(model, 0 if is_final else min(LOOK_SECONDS, arguments.look_every or LOOK_SECONDS))

    def go_on() -> None:
        print(f"Open http://{arguments.host}:{arguments.port}", flush=True)
        trial.close()
        trial.niceness = NICENESS
        if follower:
            follower.follow(page.swap)

    settings = Settings(
        queue_size=arguments.queue_size,
        root_path=arguments.root_path,
        frame_ancestors=arguments.frame_ancestors,
        upload_bytes=arguments.upload_mb * MEGABYTE,
    )
    launch(page, arguments.host, arguments.port, settings, go_on, arguments.mcp)
