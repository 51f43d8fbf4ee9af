"""The place of this package, for processes that run parts of it."""

import os
from pathlib import Path


def importing_environment() -> dict[str, str]:
    """Return the environment of a process that is to import this package, even if it is not installed.

    Returns:
        This process's environment, with the folder of the package in PYTHONPATH.

    Example:
        >>> str(Path(cnnviz.__file__).parents[1]) in importing_environment()["PYTHONPATH"].split(os.pathsep)
        True
    """
    paths = [str(Path(__file__).parents[2]), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
