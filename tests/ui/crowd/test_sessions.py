"""What is kept of each caller."""

import gradio as gr
from gradio.state_holder import StateHolder

from cnnviz.ui.crowd.sessions import keep_little


def test_a_session_keeps_no_copy_of_the_page_and_has_its_events() -> None:
    with gr.Blocks() as blocks:
        gr.Button().click(lambda: None, None, None)
    blocks.state_session_capacity = 2
    sessions = StateHolder()
    sessions.set_blocks(blocks)
    assert sessions["before"].config_values  # Gradio's own way
    keep_little(blocks)
    assert (sessions["one"].config_values, sessions["one"].blocks_config.fns) == ({}, blocks.fns)
    assert sessions["one"] is sessions["one"]
    assert sessions["two"] is not sessions["one"]
    assert set(sessions.session_data) == {"one", "two"}  # as many as there may be
