"""A model's config, as Keras writes it, without what no answer depends on."""

from typing import Any

COMPILED, IDENTITY = "compile_config", "shared_object_id"
"""What no answer depends on: how a model was trained; and Keras's number of a part that several layers have, an address
in memory."""


def essential(config: Any) -> Any:
    """Copy a config, and leave out at any depth what no answer depends on.

    Args:
        config: Plain JSON values.

    Returns:
        The copy.

    Example:
        >>> essential({"layers": [{"name": "a", "shared_object_id": 7}], "compile_config": {"optimizer": "adam"}})
        {'layers': [{'name': 'a'}], 'compile_config': {}}
    """
    if isinstance(config, dict):
        kept = {name: {} if name == COMPILED else value for name, value in config.items() if name != IDENTITY}
        return {name: essential(value) for name, value in kept.items()}
    return [essential(value) for value in config] if isinstance(config, list) else config
