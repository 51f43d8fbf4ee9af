"""See what every layer of a convolutional network makes of your photo.

    import cnnviz

    explorer = cnnviz.load()                     # or a folder, "user/name@v1" on the Hub, "my.keras", a keras.Model
    result = explorer("photo.jpg")               # a path, bytes, a file, a picture, an array; or several in a list
    result.label, result.probabilities           # "dog", {"cat": 0.03, "dog": 0.97}
    for layer in result: layer.statistics        # a result is a collection of its layers
    result["conv2d_3"].grid(colormap="magma")    # every channel of a layer as one picture
    result["conv2d_3"].strongest(3)              # the most active units, and what they saw
    result.contributions().strongest(3)          # the units that added or took the most for the answer
    result.explain("hires_cam", target="cat")    # which parts of the picture speak for a class
    result.trace().path                          # the answer followed back, step by step, to a pixel
    explorer.ablate("photo.jpg", {"conv2d_3": [17]})   # the answer without a channel
    explorer.effects("photo.jpg", "conv2d_3")    # the effect of each channel of a layer on the answer
    explorer.kernels()                           # what the first layer looks for: edges, colours, brightness
    explorer.atlas("conv2d_4").pictures          # what each channel looks for, as synthetic pictures
    explorer.timeline()                          # snapshots of its training: what the network was at each
    result.timeline("conv2d_3", 17).picture()    # what a channel made of the photo while the network learned
    explorer.compare("cat.jpg", "dog.jpg")       # which channels of each layer tell two photos apart
    result.save("out/")                          # one picture per layer, probabilities and statistics as JSON
    cnnviz.show(model, classes=[...])            # the page, in a notebook or in a window of the browser
    cnnviz.save(model, "my-model", classes=[...]) # any Keras model as a folder that others can open
    cnnviz.survey(explorer, "photos/", "survey/")["conv2d_4"].favourites(42) # a whole data set through every channel
    run = cnnviz.train("photos/", "runs/mine")   # train on your own photos, measure the model and save it
    cnnviz.timeline(["1.keras", "2.keras"], "timeline") # checkpoints of your own as a timeline
    model.fit(x, y, callbacks=[cnnviz.callbacks.Watch(x)]) # the timeline of any network that Keras trains

The import loads no machine-learning library. The first `load` or `train` does: TensorFlow, or JAX if
KERAS_BACKEND=jax.
"""

from importlib import import_module as _import_module
from typing import Any as _Any

from cnnviz.atlas.atlas import LayerAtlas
from cnnviz.base.errors import (
    CheckpointError,
    CnnvizError,
    DatasetError,
    FolderError,
    HubError,
    HubUnreachableError,
    ImageError,
    LayerNotFoundError,
    NetworkError,
    OptionError,
    StoppedError,
    StorageError,
    TrainingError,
)
from cnnviz.base.source import Source
from cnnviz.base.version import __version__ as __version__
from cnnviz.explorer.explorer import Explorer
from cnnviz.explorer.loading import load
from cnnviz.explorer.saving import save
from cnnviz.network.architecture import build_model
from cnnviz.network.decision import Contributions, Decision
from cnnviz.network.layer import Layer
from cnnviz.network.network import Network
from cnnviz.network.receptive_field import ReceptiveField
from cnnviz.picture.image import load_image
from cnnviz.picture.preprocessing import Preprocessing
from cnnviz.recording.checkpoints import timeline
from cnnviz.result.ablation import Ablation
from cnnviz.result.arithmetic import Arithmetic, Kernel
from cnnviz.result.channel import Channel
from cnnviz.result.channel_timeline import ChannelTimeline
from cnnviz.result.comparison import Comparison
from cnnviz.result.kernels import ColorKernel
from cnnviz.result.layer_result import LayerResult, Strongest
from cnnviz.result.result import Result
from cnnviz.result.statistics import Statistics
from cnnviz.result.trace import Trace
from cnnviz.surveying.run import survey
from cnnviz.surveys.layer_survey import Favourite, LayerSurvey
from cnnviz.surveys.survey import Survey, SurveyPhoto
from cnnviz.timelines.snapshot import Snapshot
from cnnviz.timelines.timeline import Timeline
from cnnviz.training.recipe import Recipe
from cnnviz.training.run import Run, train
from cnnviz.why.explain import Explanation
from cnnviz.why.trust import Curve, Trust
from cnnviz.window import show

__all__ = [
    "Ablation",
    "Arithmetic",
    "Channel",
    "ChannelTimeline",
    "CheckpointError",
    "CnnvizError",
    "ColorKernel",
    "Comparison",
    "Contributions",
    "Curve",
    "DatasetError",
    "Decision",
    "Explanation",
    "Explorer",
    "Favourite",
    "FolderError",
    "HubError",
    "HubUnreachableError",
    "ImageError",
    "Kernel",
    "Layer",
    "LayerAtlas",
    "LayerNotFoundError",
    "LayerResult",
    "LayerSurvey",
    "Network",
    "NetworkError",
    "OptionError",
    "Preprocessing",
    "ReceptiveField",
    "Recipe",
    "Result",
    "Run",
    "Snapshot",
    "Source",
    "Statistics",
    "StoppedError",
    "StorageError",
    "Strongest",
    "Survey",
    "SurveyPhoto",
    "Timeline",
    "Trace",
    "TrainingError",
    "Trust",
    "build_model",
    "load",
    "load_image",
    "save",
    "show",
    "survey",
    "timeline",
    "train",
]


def __getattr__(name: str) -> _Any:
    """Import `cnnviz.callbacks`, and Keras with it, when it is first asked for."""
    if name == "callbacks":
        return _import_module("cnnviz.callbacks")
    raise AttributeError(f"module 'cnnviz' has no attribute '{name}'")
