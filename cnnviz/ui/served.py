"""Files of Gradio's upload folder, as the page and the API name them."""

from pathlib import Path
from typing import Any

from gradio.data_classes import FileData
from gradio.route_utils import API_PREFIX
from gradio_client.utils import encode_file_path


def served(path: Path) -> dict[str, Any]:
    """Describe a file of Gradio's upload folder so that it is served as it is.

    Args:
        path: The file.

    Returns:
        What Gradio's own processing would give, without hashing, copying and keeping track of it.
    """
    return FileData(path=str(path), url=f"{API_PREFIX}/file={encode_file_path(str(path))}").model_dump()
