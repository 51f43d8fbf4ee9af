"""Answers to calls of the API that name no endpoint or no parameter of ours."""

from typing import Any

from fastapi import Request
from fastapi.responses import JSONResponse
from gradio.route_utils import API_PREFIX, FnIndexInferError

SEE = f"See {API_PREFIX}/info."


async def explain(request: Request, error: Exception) -> JSONResponse:
    """Say what is wrong with a call, where Gradio by itself fails with a traceback.

    Args:
        request: What was asked.
        error: What Gradio raised.

    Returns:
        The answer, with one sentence as its "error".

    Raises:
        Exception: The error itself if it has nothing to do with a call: it is a bug.
    """
    if request.method != "POST" or f"{API_PREFIX}/call/" not in request.url.path:
        raise error
    if isinstance(error, TypeError):
        sentence = str(error).partition(" Please click")[0].rstrip(".")
        return JSONResponse({"error": f"{sentence}. {SEE}"}, 400)
    return JSONResponse({"error": f"There is no endpoint of that name. {SEE}"}, 404)


HANDLERS: dict[type[Exception], Any] = dict.fromkeys((TypeError, KeyError, FnIndexInferError), explain)
"""The value for FastAPI's `exception_handlers`."""
