"""Errors that are sentences for a user.

    CnnvizError
    ├── ImageError           the picture cannot be read or is too large
    ├── FolderError          the model folder is missing, damaged or foreign
    ├── NetworkError         the model is not an image classifier that can be looked into
    ├── DatasetError         the training photographs cannot be used
    ├── LayerNotFoundError   no layer of that name
    └── OptionError          an unknown colour map, scale or other setting

Anything else that is raised is a bug.
"""


class CnnvizError(Exception):
    """Base of every error that a user can cause and mend.

    Example:
        >>> try:
        ...     cnnviz.load_image(b"no picture")
        ... except cnnviz.CnnvizError as error:
        ...     type(error).__name__
        'ImageError'
    """


class ImageError(CnnvizError):
    """The picture cannot be read, or is larger than the limits."""


class FolderError(CnnvizError):
    """The model folder is missing, incomplete, damaged or not ours."""


class NetworkError(CnnvizError):
    """The model is not an image classifier whose layers can be looked into."""


class DatasetError(CnnvizError):
    """The training photographs cannot be used."""


class LayerNotFoundError(CnnvizError):
    """No layer has that name."""


class OptionError(CnnvizError):
    """A setting has a value that does not exist."""
