"""Prepares models for the page, and photos for the views that show them."""

import shutil
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from cnnviz.atlas.atlas_folder import list_atlas
from cnnviz.base.errors import NetworkError
from cnnviz.base.failures import failing_as
from cnnviz.explorer.explorer import Explorer
from cnnviz.result.layer_result import DEFAULT_COLORMAP, DEFAULT_SCALE
from cnnviz.serving.decoder import shared_decoder
from cnnviz.serving.endpoints import Endpoints
from cnnviz.serving.results import ResultCache
from cnnviz.serving.seen_photos import SeenPhotos
from cnnviz.surveys.survey_folder import find_own_survey
from cnnviz.ui.cleanup import KEPT
from cnnviz.ui.example import Example, as_shown_with
from cnnviz.ui.examples.examples import find_examples
from cnnviz.ui.examples.tiles import EXAMPLES, describe_tiles
from cnnviz.ui.kept_timeline import keep_timeline
from cnnviz.ui.layers.choice import choose_layers
from cnnviz.ui.parts import MODEL_VIEWS, PHOTO_VIEWS
from cnnviz.ui.served_model import ServedModel
from cnnviz.ui.shown_photo import ShownPhoto
from cnnviz.ui.story.references import References
from cnnviz.ui.view import View


def describe_views(photo: ShownPhoto, views: Iterable[View[ShownPhoto]] = PHOTO_VIEWS) -> dict[str, Any]:
    """Describe a photo for views that show it.

    Args:
        photo: The photo.
        views: The views; all by default.

    Returns:
        Plain JSON values by the views' names.
    """
    return {view.name: view.describe(photo) for view in views}


def prepare_models(
    cache_bytes: int, folder: Path, examples_folder: Path | None, timeline: Path | None = None
) -> Callable[[Explorer], ServedModel]:
    """Prepare what all models of the page have in common.

    Args:
        cache_bytes: Limit for the memory of the results of the photos seen last.
        folder: Gradio's upload folder, whose files are served.
        examples_folder: Where the examples are; None for those of the project.
        timeline: Where the models' timeline is, which may still be recorded; None for that in a model's folder, or
            beside it.

    Returns:
        A function that prepares a model. The model answers the first example, by which it is also warmed up; a
        NetworkError says that its values leave the range of numbers, or why else it cannot be shown.

    Raises:
        OptionError: If the folder holds no pictures, or one that cannot be read.
    """
    examples = find_examples(folder / EXAMPLES.name, examples_folder)
    describe_tiles(examples)  # or a picture that cannot be read would be found out when a model is there
    decode = shared_decoder()

    def prepare(explorer: Explorer) -> ServedModel:
        endpoints = Endpoints(SeenPhotos(explorer, ResultCache(cache_bytes), decode=decode), folder)
        is_embedded = explorer.source.kind == "embedded"
        shown = as_shown_with(examples, is_embedded)
        if is_embedded:  # ours: what goes wrong with it is a bug, and its traceback is wanted
            return _prepare(endpoints, shown, timeline)
        with failing_as(NetworkError, "The model cannot be shown."):
            return _prepare(endpoints, shown, timeline)

    return prepare


def _prepare(endpoints: Endpoints, examples: list[Example], timeline_folder: Path | None) -> ServedModel:
    explorer, first = endpoints.explorer, examples[0].path
    network = explorer.network
    version = f"{explorer.source.version or explorer.source.kind}-{time.time_ns():x}"
    folder = endpoints.folder / KEPT / version
    try:
        folder.mkdir(parents=True)
        references = References(network, [example.path for example in examples])
        atlas = {name: explorer.atlas(name) for name in list_atlas(network)}
        timeline = keep_timeline(network, timeline_folder)
        endpoints = replace(endpoints, surveyed=find_own_survey(network))
        model = ServedModel(version, endpoints, examples, references, folder, atlas, timeline)
        explorer.predict(first)
        shown = replace(endpoints, folder=folder).visualize(
            first, DEFAULT_COLORMAP, DEFAULT_SCALE, choose_layers(network)
        )
        endpoints.photos.keep_for_good(shown.seen)
        about = {view.name: view.describe(model) for view in MODEL_VIEWS}
        return replace(model, about=about, opening=describe_views(ShownPhoto(model, shown, str(first))))
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
