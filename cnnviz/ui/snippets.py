"""Calls of the API as Python, JavaScript and shell commands, which run as they stand."""

import json
import shlex
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from gradio.route_utils import API_PREFIX

Values = Mapping[str, Any]
"""Values of an endpoint's parameters by name."""


def snippets(endpoint: str, values: Values, root: str) -> dict[str, str]:
    """Write a call in all languages that Gradio's panel shows.

    Args:
        endpoint: Its name, such as "/predict".
        values: The values of its parameters by name. A file is a mapping with a web address as "url".
        root: Address of the page, without a slash at its end.

    Returns:
        The call by the panel's names of the languages.
    """
    writers = {"python": in_python, "javascript": in_javascript, "bash": in_shell, "cli": in_cli}
    return {language: write(endpoint, values, root) for language, write in writers.items()}


def is_file(value: Any) -> bool:
    """Tell whether a value is a file.

    Args:
        value: The value of a parameter.

    Returns:
        Whether it is one.
    """
    return isinstance(value, dict) and "url" in value and "meta" in value


def in_python(endpoint: str, values: Values, root: str) -> str:
    """Write a call for gradio_client, as `snippets`."""
    names = ["Client", "handle_file"] if any(map(is_file, values.values())) else ["Client"]
    given = {
        name: f"handle_file({value['url']!r})" if is_file(value) else repr(value) for name, value in values.items()
    }
    lines = [f"    {name}={text}," for name, text in {**given, "api_name": repr(endpoint)}.items()]
    start = f"from gradio_client import {', '.join(names)}\n\nclient = Client({root!r})"
    return "\n".join([start, "result = client.predict(", *lines, ")", "print(result)"])


def in_javascript(endpoint: str, values: Values, root: str) -> str:
    """Write a call for @gradio/client, as `snippets`."""
    names = ["Client", "handle_file"] if any(map(is_file, values.values())) else ["Client"]
    given = {
        name: f"handle_file({json.dumps(value['url'])})" if is_file(value) else json.dumps(value)
        for name, value in values.items()
    }
    lines = [f"    {name}: {text}," for name, text in given.items()]
    start = f'import {{ {", ".join(names)} }} from "@gradio/client";\n'
    connect = f"const client = await Client.connect({json.dumps(root)});"
    call = [f"const result = await client.predict({json.dumps(endpoint)}, {{", *lines, "});"]
    return "\n".join([start, connect, *call, "console.log(result.data);"])


def in_shell(endpoint: str, values: Values, root: str) -> str:
    """Write a call for curl, as `snippets`: files are downloaded, to be uploaded like a visitor's own."""
    base = root + API_PREFIX
    lines = []
    body: dict[str, Any] = {}
    for name, value in values.items():
        if is_file(value):
            file = name + PurePosixPath(value["url"]).suffix
            lines.append(f"curl -s -o {shlex.quote(file)} {shlex.quote(value['url'])}")
            lines.append(f"{name.upper()}=$(curl -s {base}/upload -F files=@{shlex.quote(file)} | tr -d '[]\"')")
        body[name] = {"path": f"${name.upper()}"} if is_file(value) else value
    text = shlex.quote(json.dumps(body))
    for name in filter(lambda name: is_file(values[name]), values):
        text = text.replace(f"${name.upper()}", f"'${name.upper()}'")
    lines.append(f"curl -s {base}/call/v2{endpoint} -H 'Content-Type: application/json' \\")
    lines.append(f"  -d {text} \\")
    lines.append(f"  | awk -F'\"' '{{ print $4 }}' | (read EVENT_ID; curl -s {base}/call{endpoint}/$EVENT_ID)")
    return "\n".join(lines)


def in_cli(endpoint: str, values: Values, root: str) -> str:
    """Write a call for Gradio's command line, as `snippets`; the panel fills in the name of the command."""
    given = {
        name: {"path": value["url"], "meta": value["meta"]} if is_file(value) else value
        for name, value in values.items()
    }
    return f"{{command}} predict {root} {endpoint} {shlex.quote(json.dumps(given))}"
