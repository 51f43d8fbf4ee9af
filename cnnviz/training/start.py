"""The model that a run starts from: whether it fits, and what is said of it."""

from os import PathLike

from cnnviz.base.errors import TrainingError
from cnnviz.base.names import join_names
from cnnviz.data.dataset import Dataset
from cnnviz.data.splits import split_seed_of
from cnnviz.explorer.explorer import Explorer
from cnnviz.explorer.loading import find_reference
from cnnviz.network.network import Network
from cnnviz.picture.preprocessing import Preprocessing


def as_begun(start_from: str | PathLike[str], commit: str | None) -> str | PathLike[str]:
    """Name the commit that a run began with: the Hub may have a newer one by now.

    Args:
        start_from: The model to start from, as the user names it.
        commit: That of the model that the run began with; None for a new run, or if it was not on the Hub.

    Returns:
        "USER/NAME@COMMIT" for a branch or a tag on the Hub; everything else as it is.
    """
    reference = find_reference(start_from) if commit else None
    return f"{reference.repository}@{commit}" if reference and not reference.is_commit else start_from


def require_same_shape(start: Network, size: int, width: float) -> None:
    """Refuse to go on from a network that takes pictures of another size, or has more or fewer channels.

    Args:
        start: The network.
        size: Side of the pictures of the network to train, in pixels.
        width: Factor of its number of channels.

    Raises:
        TrainingError: If its pictures are others, or are preprocessed in another way; or if cnnviz trained it with
            another width.
    """
    rows, columns = start.preprocessing.height, start.preprocessing.width
    if start.preprocessing != Preprocessing(rows, columns):
        raise TrainingError(
            "A network is trained on RGB pictures that are stretched, and divided by 255. Start from a model of such "
            f"pictures. Received: {start.preprocessing}."
        )
    if (rows, columns) != (size, size):
        raise TrainingError(
            f"The model to start from takes pictures of {columns}x{rows} pixels, the network to train of "
            f"{size}x{size}. "
            + (f"Train with --size {rows}." if rows == columns else "Only square pictures can be trained on.")
        )
    training = start.manifest.get("training")
    its_width = training.get("width", 1.0) if training else width
    if its_width != width:
        raise TrainingError(
            f"The model to start from has {its_width:g} times as many channels as the embedded model, the network to "
            f"train {width:g} times. Train with --width {its_width:g}."
        )


def require_same_split(start: Network, dataset: Dataset) -> None:
    """Refuse to go on from a network of the same classes that may have seen this run's test photographs.

    Args:
        start: The network.
        dataset: The photographs of the run.

    Raises:
        TrainingError: If its photographs were dealt otherwise.
    """
    its_seed = split_seed_of(start.manifest)
    if its_seed != dataset.split_seed:
        raise TrainingError(
            "The model to start from was trained on photographs that were dealt with another seed, so it may have seen "
            f"test photographs of this run. Expected --split-seed {its_seed}. Received: {dataset.split_seed}."
        )


def describe_start(start: Explorer, class_names: tuple[str, ...]) -> str:
    """Say which model a run started from, and what was taken of it.

    Args:
        start: The model.
        class_names: The classes of the run.

    Returns:
        A phrase for the model's card.
    """
    network, source = start.network, start.source
    command = network.manifest.get("training", {}).get("command")
    own_name = f"the model of `{command}`" if command else f"the model {source.name}"
    name = f"{source.name} on the Hugging Face Hub, commit {source.commit}" if source.kind == "hub" else own_name
    if network.class_names == class_names:
        return name
    return (
        f"{name}, which knows {join_names(network.class_names)}: all layers but the last, which is new and learned "
        "alone at first. If that model learned from some of these photographs, the figures are too good"
    )
