"""Values of the API's parameters with which its calls work as they are shown."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from gradio.components import Component

from cnnviz.result.comparison import telling_layer
from cnnviz.ui.files import ServedFile, served
from cnnviz.ui.served_model import ServedModel

Kind = TypeVar("Kind", bound=Component)

CHANNELS_BY_LAYER = {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "integer"}}}
"""The JSON schema of indices by name; Gradio only knows that it is JSON."""


@dataclass(frozen=True)
class CallExamples:
    """Values that fit the model that answers now.

    Args:
        model: Returns the model.
    """

    model: Callable[[], ServedModel]

    def photo(self) -> ServedFile:
        """Return the first of the page's examples."""
        return served(self.model().examples[0].path)

    def other(self) -> ServedFile:
        """Return another of them, if there is one."""
        return served(self.model().examples[:2][-1].path)

    def layer(self) -> str:
        """Return the name of the last convolution, or of the first layer."""
        return telling_layer(self.model().network)

    def layers(self) -> list[str]:
        """Return the same as a list."""
        return [self.layer()]

    def without(self) -> dict[str, list[int]]:
        """Return the first channel of that layer."""
        return {self.layer(): [0]}

    def class_name(self) -> str:
        """Return the name of the first class."""
        return self.model().network.class_names[0]


def described(
    component: Kind, text: tuple[str, str], example: Callable[[], Any], schema: dict[str, Any] | None = None
) -> Kind:
    """Describe a parameter of the API.

    Args:
        component: What Gradio takes it for.
        text: Its name, and what it takes.
        example: Returns a value that it can have.
        schema: Its JSON schema; the component's if left out.

    Returns:
        The component.
    """
    component.label, sentence = text
    own = component.api_info
    # "additional_description" is what Gradio's panel shows, "description" what a tool has.
    component.api_info = lambda: {  # type: ignore[method-assign]
        **(schema or own()),
        "description": sentence,
        "additional_description": sentence,
    }
    component.example_inputs = example  # type: ignore[method-assign]
    return component
