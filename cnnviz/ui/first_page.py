"""The process in which a model is tried: `python -m cnnviz.ui.first_page NICENESS`, for `cnnviz.serving.trial`."""

import json
import os
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, TextIO

from cnnviz.base.errors import CnnvizError
from cnnviz.base.failures import reason
from cnnviz.explorer.loading import load
from cnnviz.serving.trial import READY
from cnnviz.ui.preparation import prepare_models

CACHE_BYTES = 0
KILLED_FIRST = "1000"
"""What Linux is told, so that it ends this process, and not the page, where the machine's memory is full."""


def refusal(model: Path, folder: Path, said: Mapping[str, Any] = {}) -> str:
    """Open a model, and prepare its page with the answer to the first example.

    Args:
        model: The model folder or file.
        folder: For the page's files.
        said: What the user says of it, see `Interpretation`; and trust_code.

    Returns:
        Why it cannot be shown; "" if it can.
    """
    try:
        prepare_models(CACHE_BYTES, folder, None)(load(model, **said))
    except CnnvizError as error:
        return str(error)
    except Exception as error:  # a bug, which the model brings to light: it is not shown
        return f"The model cannot be shown. Received: {reason(error)}."
    return ""


def main() -> None:
    """Try one model: say READY, read its folder, answer."""
    with os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8") as answers:
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what libraries print is no answer
        with suppress(OSError):
            Path("/proc/self/oom_score_adj").write_text(KILLED_FIRST)
        if hasattr(os, "nice"):
            os.nice(int(sys.argv[1]))
        import keras  # noqa: F401

        print(READY, file=answers, flush=True)
        model, said = json.loads(sys.stdin.readline() or sys.exit(1))
        threading.Thread(target=_end_with, args=(sys.stdin,), daemon=True).start()
        print(json.dumps(refusal(Path(model), Path(os.environ["GRADIO_TEMP_DIR"]), said)), file=answers, flush=True)


def _end_with(parent: TextIO) -> None:
    """End this process when the one that started it has ended, also if it was killed."""
    parent.read()
    os._exit(1)


if __name__ == "__main__":
    main()
