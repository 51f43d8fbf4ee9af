"""The files of an atlas in a model folder: atlas.json, and for each convolution a picture with a tile per channel."""

import io
import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cnnviz.atlas.atlas import LayerAtlas, build_atlas, convolutions, require_convolution
from cnnviz.atlas.unit_patches import MAX_LAYER_BYTES
from cnnviz.base.errors import FolderError, ImageError
from cnnviz.base.seeds import require_seed
from cnnviz.drawing.grid import columns_for
from cnnviz.model_folder.folder import add_files, read_folder
from cnnviz.model_folder.manifest import CARD, CONFIG, WEIGHTS, read_json, read_manifest, verify_file
from cnnviz.network.layer import Layer
from cnnviz.network.network import Network
from cnnviz.picture.image import load_image

ATLAS = "atlas.json"
PICTURE = "atlas-{}.png"
LARGEST = float(np.finfo(np.float32).max)
COMMAND = "python train.py --atlas FOLDER"

CARD_SECTION = f"""
## What its channels look for

The pictures `{PICTURE.format("*")}`, one for each convolution, are synthetic, computed and not photographed: each tile
excites one channel as strongly as gradient ascent could find.
"""


def add_atlas(folder: Path, seed: int, report: Callable[[str], None]) -> None:
    """Compute what each channel of a saved model looks for, and put it into the model's folder.

    Args:
        folder: A model folder; an atlas that it has is replaced.
        seed: Draws the starts, as for `build_atlas`.
        report: Shows a line to the user, after each layer.

    Raises:
        OptionError: If the seed is out of range.
        FolderError: If there is no intact model folder, or it cannot be written.
        NetworkError: If the model has no convolution, or its values leave the range of numbers.
    """
    require_seed(seed)
    write_atlas(folder, build_atlas(read_folder(folder), seed, report))


def write_atlas(folder: Path, atlases: Iterable[LayerAtlas]) -> None:
    """Put an atlas into a model folder; the folder's card gets a section on it.

    Args:
        folder: A model folder; an existing atlas is replaced.
        atlases: One atlas for each convolution, in order.

    Raises:
        FolderError: If there is no intact model folder, or it cannot be written.
    """
    files = atlas_files(read_manifest(folder), atlases)
    card = (folder / CARD).read_text(encoding="utf-8", errors="replace")
    section = "" if CARD_SECTION in card else CARD_SECTION
    add_files(folder, {**files, CARD: (card + section).encode()})


def atlas_files(manifest: Mapping[str, Any], atlases: Iterable[LayerAtlas]) -> dict[str, bytes]:
    """Encode an atlas as the files that lie in its model's folder.

    Args:
        manifest: Of the model's folder, in which the model is listed.
        atlases: One for each convolution, in order.

    Returns:
        Names and contents: atlas.json, and one picture for each convolution.
    """
    pictures, layers = {}, {}
    for number, atlas in enumerate(atlases, start=1):
        name = PICTURE.format(number)
        pictures[name] = _encode(atlas.sheet())
        layers[atlas.layer_name] = {
            "picture": name,
            "box": list(atlas.box),
            "activations": atlas.activations.astype(float).tolist(),
        }
    about = {"model": _model_hashes(manifest), "layers": layers}
    return {ATLAS: json.dumps(about, indent=2).encode(), **pictures}


def list_atlas(network: Network) -> list[str]:
    """List the layers whose atlas is in the network's folder.

    Args:
        network: The network.

    Returns:
        The names of its convolutions, in order; empty if there is no folder, or no atlas of these weights in it.

    Raises:
        FolderError: If the atlas is damaged.
    """
    return [layer.name for layer in convolutions(network)] if _read(network) else []


def read_atlas(network: Network, layer_name: str) -> LayerAtlas:
    """Read the atlas of a layer from the network's folder.

    Args:
        network: The network.
        layer_name: The convolution's whole name.

    Returns:
        The atlas of the layer.

    Raises:
        LayerNotFoundError: If no layer has that name.
        OptionError: If it is no convolution.
        FolderError: If the folder has no atlas of these weights, or a damaged one.
    """
    layer = network.layer(layer_name)
    require_convolution(layer)
    layers, folder = _read(network), network.folder
    if not layers or folder is None:
        raise FolderError(f"This model has no atlas: make one with `{COMMAND}`.")
    about, size = layers[layer_name], (network.preprocessing.height, network.preprocessing.width)
    left, top, right, bottom = about["box"]
    verify_file(folder / about["picture"], network.manifest["files"][about["picture"]])
    pictures = _decode(folder / about["picture"], (layer.shape[-1], bottom - top, right - left))
    return LayerAtlas(
        layer_name, pictures, np.array(about["activations"], np.float32), (left, top, right, bottom), size
    )


def _read(network: Network) -> dict[str, Any]:
    """Read and check the description of each layer's atlas; empty if there is no atlas of these weights."""
    files = network.manifest.get("files", {})
    if network.folder is None or ATLAS not in files:
        return {}
    verify_file(network.folder / ATLAS, files[ATLAS])
    about = read_json(network.folder / ATLAS)
    if about.get("model") != _model_hashes(network.manifest):
        return {}
    layers = about.get("layers")
    names = [layer.name for layer in convolutions(network)]
    if not isinstance(layers, dict) or list(layers) != names:
        raise _damaged(network.folder, "its layers are not the model's convolutions")
    size = network.preprocessing.height, network.preprocessing.width
    for layer in convolutions(network):
        if not _fits(layers[layer.name], layer, size, files):
            raise _damaged(network.folder, f"the values of '{layer.name}' are missing or out of range")
    return layers


def _fits(about: Any, layer: Layer, size: tuple[int, int], files: Mapping[str, Any]) -> bool:
    """Tell whether the description of a layer's atlas is valid."""
    if not isinstance(about, dict) or not isinstance(about.get("picture"), str) or about["picture"] not in files:
        return False
    box, activations = about.get("box"), about.get("activations")
    if not isinstance(box, list) or [type(edge) for edge in box] != [int] * 4 or not isinstance(activations, list):
        return False
    left, top, right, bottom = box
    num_bytes = 3 * layer.shape[-1] * (bottom - top) * (right - left)
    return (
        0 <= left < right <= size[1]
        and 0 <= top < bottom <= size[0]
        and num_bytes <= MAX_LAYER_BYTES
        and len(activations) == layer.shape[-1]
        and all(type(each) is float and abs(each) <= LARGEST for each in activations)
    )


def _model_hashes(manifest: Mapping[str, Any]) -> list[str]:
    """Return the hashes of architecture and weights, which identify the model that an atlas belongs to."""
    return [manifest["files"][name]["sha256"] for name in (CONFIG, WEIGHTS)]


def _encode(picture: Image.Image) -> bytes:
    """Encode a picture as the smallest PNG."""
    stream = io.BytesIO()
    picture.save(stream, "PNG", optimize=True)
    return stream.getvalue()


def _decode(file: Path, shape: tuple[int, int, int]) -> NDArray[np.uint8]:
    """Cut a sheet into its pictures: shape (C, h, w, 3), uint8."""
    num_channels, height, width = shape
    columns = columns_for(num_channels)
    rows = -(-num_channels // columns)
    try:
        picture = load_image(file)
    except ImageError as error:
        raise _damaged(file.parent, f"{file.name} is no picture") from error
    if picture.size != (columns * width, rows * height):
        raise _damaged(file.parent, f"{file.name} has another size")
    sheet = np.asarray(picture)
    tiles = sheet.reshape(rows, height, columns, width, 3).swapaxes(1, 2)
    return np.ascontiguousarray(tiles.reshape(-1, height, width, 3)[:num_channels])


def _damaged(folder: Path, reason: str) -> FolderError:
    return FolderError(f"The atlas in '{folder}' is damaged: {reason}. Make it again with `{COMMAND}`.")
