"""Gradio's client for Python, on a machine that is busy with other tests."""

from __future__ import annotations

import time
from typing import Any

from gradio_client import Client

PATIENCE_SECONDS = 300


class PatientClient(Client):
    """Gradio's client, one question at a time.

    Gradio's own cancels a question that it asks while the stream of the one before is being closed, and gives up after
    5 seconds without an answer to a request.
    """

    def __init__(self, url: str, **options: Any) -> None:
        """Connect to a server; options are those of Gradio's client."""
        super().__init__(url, verbose=False, httpx_kwargs={"timeout": PATIENCE_SECONDS}, **options)

    def predict(self, *values: Any, **options: Any) -> Any:
        """Ask, once the last question's stream is closed, and wait for the answer."""
        end = time.monotonic() + PATIENCE_SECONDS
        while self.stream_open:
            assert time.monotonic() < end
            time.sleep(0.001)
        return super().predict(*values, **options)
