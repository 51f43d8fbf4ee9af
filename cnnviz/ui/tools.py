"""The endpoints as tools of language models, over the Model Context Protocol."""

import json
from typing import Any

import gradio as gr
import gradio.mcp
from anyio.to_thread import run_sync

FORWARDED = "x-forwarded-for"


class Tools(gradio.mcp.GradioMCPServer):
    """Gradio's server of tools, where pictures and callers are what they are for all other programs.

    Gradio's own describes parameters by docstrings alone, writes each picture of a `data:` URL to the disk, takes the
    caller's word for the caller's address, and answers with Python's notation.
    """

    def get_fn_description(self, block_fn: Any, tool_name: str) -> tuple[str, dict[str, str]]:
        """Return what a tool does; its parameters are described by their schemas.

        Args:
            block_fn: The endpoint.
            tool_name: Its name.

        Returns:
            The text, and nothing of the parameters.
        """
        description, _ = super().get_fn_description(block_fn, tool_name)
        return description, {}

    def convert_strings_to_filedata(self, value: Any, filedata_positions: list[list[str | int]]) -> Any:
        """Return a tool's arguments as `uploaded_picture` takes them.

        Args:
            value: The arguments by name.
            filedata_positions: Where files are among them.

        Returns:
            The arguments.
        """
        files = {position[0] for position in filedata_positions}
        return {
            name: {"path": each, "url": each} if name in files and isinstance(each, str) else each
            for name, each in value.items()
        }

    def _prepare_tool_call_args(self, name: str, arguments: dict[str, Any]) -> tuple[Any, ...]:
        endpoint, values, headers, function = super()._prepare_tool_call_args(name, arguments)
        request = self.mcp_server.request_context.request
        return endpoint, values, {**headers, FORWARDED: request.client.host if request.client else ""}, function

    async def _execute_tool_without_progress(self, job: Any) -> list[Any]:
        answer = await run_sync(job.result)
        return list(answer) if isinstance(answer, tuple) else [answer]

    def postprocess_output_data(self, data: Any, root_url: str) -> list[Any]:
        """Return an answer as pictures and JSON.

        Args:
            data: What the endpoint has answered.
            root_url: Address of the page.

        Returns:
            The parts of the answer, in order.
        """
        parts = [part for each in data for part in (_pictures(each) or [each])]
        plain = [each if _is_file(each) or isinstance(each, str) else json.dumps(each) for each in parts]
        contents: list[Any] = super().postprocess_output_data(plain, root_url)
        return contents


def use_tools() -> None:
    """Let a page that is launched from now on have these tools: Gradio makes its own while it is launched."""
    gradio.mcp.GradioMCPServer = Tools  # type: ignore[misc]


def refresh_tools(blocks: gr.Blocks) -> None:
    """Describe the tools anew, after another model has come in.

    Args:
        blocks: The page; nothing happens if it serves no tools.
    """
    tools = blocks.mcp_server_obj
    if tools is not None:
        tools.api_info = blocks.get_api_info()
        tools.mcp_server._tool_cache.clear()


def _is_file(value: Any) -> bool:
    return isinstance(value, dict) and "path" in value and "meta" in value


def _pictures(value: Any) -> list[Any]:
    """Return captions and pictures one by one, if a value is a list of pictures."""
    if not (isinstance(value, list) and value and all(isinstance(each, dict) and "image" in each for each in value)):
        return []
    return [part for each in value for part in (each["caption"], each["image"])]
