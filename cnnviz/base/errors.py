"""Errors with a message for the user.

    CnnvizError
    ├── ImageError           the picture cannot be read or is too large
    ├── FolderError          the model folder is missing, damaged or foreign
    ├── NetworkError         the model is not an image classifier whose layers can be shown
    ├── DatasetError         the training photographs cannot be used
    ├── TrainingError        the network cannot be trained with these settings
    ├── CheckpointError      a checkpoint of training cannot be written or read
    ├── HubError             a model cannot be published to the Hugging Face Hub, or pulled from it
    │   └── HubUnreachableError  the Hub does not answer
    ├── StoppedError         the user stopped training; it can go on
    ├── StorageError         the disk is full, or a file cannot be written
    ├── LayerNotFoundError   no layer of that name
    └── OptionError          an unknown colour map, scale or other setting

Anything else that is raised is a bug.
"""


class CnnvizError(Exception):
    """Base class of every error that a user can cause and correct.

    Example:
        >>> try:
        ...     cnnviz.load_image(b"no picture")
        ... except cnnviz.CnnvizError as error:
        ...     type(error).__name__
        'ImageError'
    """


class ImageError(CnnvizError):
    """The picture cannot be read, or is larger than the limits.

    Example:
        >>> try:
        ...     cnnviz.load_image(b"")
        ... except cnnviz.ImageError as error:
        ...     print(str(error).split(".")[0])
        The picture is empty: expected JPEG, PNG, WebP, GIF, AVIF, BMP or TIFF
    """


class FolderError(CnnvizError):
    """The model folder is missing, incomplete, damaged, or was not written by cnnviz.

    Example:
        >>> try:
        ...     cnnviz.load("nowhere")
        ... except cnnviz.FolderError as error:
        ...     print(str(error).split(".")[0])
        No model folder at 'nowhere'
    """


class NetworkError(CnnvizError):
    """The model is not an image classifier whose layers can be shown.

    Example:
        >>> try:
        ...     cnnviz.Network(cnnviz.build_model(), ("cat",), cnnviz.Preprocessing())
        ... except cnnviz.NetworkError as error:
        ...     print(str(error).split(".")[0])
        A model with 1 output(s) needs 2 different class names
    """


class DatasetError(CnnvizError):
    """The training photographs cannot be used.

    Example:
        >>> from cnnviz.data.sources import open_photos
        >>> try:
        ...     open_photos(["nowhere"])
        ... except cnnviz.DatasetError as error:
        ...     print(str(error).split(":")[0])
        No photographs at 'nowhere'
    """


class TrainingError(CnnvizError):
    """The loss became infinite or NaN, or the settings do not fit the model or the photographs.

    Example:
        >>> from cnnviz.training.learner import Learner
        >>> from cnnviz.training.recipe import Recipe
        >>> recipe, photos = Recipe.named("book", precision="float32"), np.zeros((1, 150, 150, 3), np.uint8)
        >>> try:
        ...     Learner(recipe, steps_per_epoch=1, seed=0).start_from([np.zeros(3)], photos)
        ... except cnnviz.TrainingError as error:
        ...     print(str(error).split(".")[0])
        The model to start from has another architecture
    """


class CheckpointError(CnnvizError):
    """A checkpoint of training cannot be written, or is damaged.

    Example:
        >>> from pathlib import Path
        >>> from cnnviz.training.checkpoint import read_checkpoint
        >>> try:
        ...     read_checkpoint(Path("nowhere"))
        ... except cnnviz.CheckpointError as error:
        ...     print(str(error).split(".")[0])
        The checkpoint 'nowhere' cannot be read
    """


class HubError(CnnvizError):
    """A model cannot be published to the Hugging Face Hub, or pulled from it.

    Example:
        >>> from cnnviz.hub.publish import require_repository
        >>> try:
        ...     require_repository("my model")
        ... except cnnviz.HubError as error:
        ...     print(str(error).split(",")[0])
        A model is published as USER/NAME
    """


class HubUnreachableError(HubError):
    """The Hub does not answer, or is too busy; another try later may succeed.

    Example:
        >>> issubclass(cnnviz.HubUnreachableError, cnnviz.HubError)
        True
    """


class StoppedError(CnnvizError):
    """Work was left off: training by Ctrl-C or SIGTERM, with everything saved; or an answer that nobody waits for.

    Example:
        >>> issubclass(cnnviz.StoppedError, cnnviz.CnnvizError)
        True
    """


class StorageError(CnnvizError):
    """The disk is full, or a file cannot be written.

    Example:
        >>> from pathlib import Path
        >>> from cnnviz.base.storage import require_room
        >>> try:
        ...     require_room(Path("."), 10**18)
        ... except cnnviz.StorageError as error:
        ...     print(error)
        The disk of the server is full. Try again later.
    """


class LayerNotFoundError(CnnvizError):
    """No layer has that name.

    Example:
        >>> try:
        ...     cnnviz.load()("photo.jpg")["conv9"]
        ... except cnnviz.LayerNotFoundError as error:
        ...     print(str(error).split(".")[0])
        No layer named 'conv9'
    """


class OptionError(CnnvizError):
    """A setting has a value that does not exist.

    Example:
        >>> try:
        ...     cnnviz.load()("photo.jpg")["conv2d_1"].grid(colormap="magmaa")
        ... except cnnviz.OptionError as error:
        ...     print(str(error).split(".")[0])
        No colour map named 'magmaa'
    """
