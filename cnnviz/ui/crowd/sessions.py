"""What Gradio keeps of each caller: no copy of the whole page, which costs as much as half a forward pass."""

from types import SimpleNamespace
from typing import Any

import gradio as gr
from gradio.state_holder import SessionState, StateHolder


class Sessions(StateHolder):
    """Gradio's sessions; each begins without a copy of the page's configuration, which only its deep links need."""

    def __getitem__(self, session_id: str) -> SessionState:
        """Find a caller's session, or begin one."""
        if session_id not in self.session_data:
            nothing: Any = SimpleNamespace(default_config=self.blocks.default_config, blocks={})
            self.session_data[session_id] = SessionState(nothing)
        return super().__getitem__(session_id)


def keep_little(blocks: gr.Blocks) -> None:
    """Let the sessions of a page that is served already keep no copy of it.

    Args:
        blocks: The page.
    """
    blocks.state_holder.__class__ = Sessions
