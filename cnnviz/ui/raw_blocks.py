"""A gr.Blocks whose handlers get what was sent, with nothing opened, moved or fetched on the way."""

from typing import Any

import gradio as gr


class RawBlocks(gr.Blocks):
    """Hands the values of a request to the events that have `preprocess=False` untouched.

    Gradio still moves and checks files for them, so that a path that was not uploaded, or a web address, ends in an
    error without a word, and a list that ends early in another.
    """

    async def preprocess_data(
        self, block_fn: Any, inputs: list[Any], state: Any, explicit_call: bool = False
    ) -> list[Any]:
        """Return an event's inputs; those that a program left out at the end have their components' values.

        Args:
            block_fn: The event.
            inputs: What was sent.
            state: The session.
            explicit_call: Whether the server itself makes the call.

        Returns:
            One value per input component.
        """
        if block_fn.preprocess:
            processed: list[Any] = await super().preprocess_data(block_fn, inputs, state, explicit_call)
            return processed
        defaults = [getattr(block, "value", None) for block in block_fn.inputs]
        return [*inputs, *defaults[len(inputs) :]][: len(defaults)]
