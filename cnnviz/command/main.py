"""The command `cnnviz`, also `python -m cnnviz`: what it can do, and how it ends."""

import argparse
import io
import os
import signal
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from cnnviz.base.errors import CnnvizError, StoppedError
from cnnviz.base.storage import FULL
from cnnviz.base.version import __version__
from cnnviz.command import look, save, serve, survey, timeline

FAILED, INTERRUPTED, UNREAD = 1, 128 + signal.SIGINT, 128 + 13  # 13 is SIGPIPE, which Windows lacks
COMMANDS: dict[str, Any] = {"look": look, "survey": survey, "timeline": timeline, "save": save}
NO_ROOM = "Cannot write what it has to say: the disk is full."
SERVE = "serve"
SERVES = "serve the page, and its API"


def run() -> NoReturn:
    """Do what the command line says, and end the process."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # as stderr: file names may be no text
    serve.leave(lambda: main(sys.argv[1:]))


def main(argv: Sequence[str]) -> int:
    """Do what a command line says.

    Args:
        argv: Its words, without the program's name.

    Returns:
        The exit status: 0; 1 if something could not be done; 130 if it was interrupted; 141 if nobody reads what it
        prints any more.

    Raises:
        SystemExit: With 2, if the command line is none, as from `argparse`; with 0, after help.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # read when TensorFlow is imported
    if argv[:1] == [SERVE]:
        return serve.main(f"cnnviz {SERVE}", argv[1:])
    arguments = _parser().parse_args(argv)
    try:
        status = int(COMMANDS[arguments.command].main(arguments))
        sys.stdout.flush()
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return INTERRUPTED
    except StoppedError as error:
        print(f"cnnviz {arguments.command}: {error}", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # whoever reads the output has seen enough; the signal itself would end servers, too
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return UNREAD
    except CnnvizError as error:
        print(f"cnnviz {arguments.command}: {error}", file=sys.stderr)
        return FAILED
    except OSError as error:
        if error.errno not in FULL:
            raise
        print(f"cnnviz {arguments.command}: {NO_ROOM}", file=sys.stderr)
        return FAILED
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "cnnviz",
        description="See what every layer of a convolutional network makes of your photo.",
        epilog="Each command tells its flags: cnnviz look --help.",
    )
    parser.add_argument("--version", action="version", version=f"cnnviz {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    commands.add_parser(SERVE, help=SERVES)
    for name, module in COMMANDS.items():
        about = f"{module.DOES[0].upper()}{module.DOES[1:]}."
        module.add_flags(commands.add_parser(name, help=module.DOES, description=about, usage=module.USAGE))
    return parser
