"""A loaded model with everything that the page shows of it, prepared before it goes live."""

import shutil
import threading
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from cnnviz.atlas.atlas import LayerAtlas
from cnnviz.network.network import Network
from cnnviz.picture.image import load_image
from cnnviz.result.layer_result import DEFAULT_COLORMAP, DEFAULT_SCALE
from cnnviz.serving.endpoints import Endpoints
from cnnviz.serving.seen_photos import SeenPhotos
from cnnviz.surveys.few import survey_pictures
from cnnviz.surveys.survey import Survey
from cnnviz.ui.cleanup import MAX_AGE_SECONDS
from cnnviz.ui.example import Example
from cnnviz.ui.kept_timeline import KeptTimeline
from cnnviz.ui.story.references import References

NUM_FAVOURITES = 3
"""How many of the examples are kept for each channel."""


@dataclass(frozen=True)
class ServedModel:
    """One model, and what the page shows of it.

    Args:
        version: Tells it from the other models of this process.
        endpoints: Answer for it.
        examples: Pictures to try.
        references: Other photos, to compare a photo with.
        folder: Holds its pictures as long as it is shown.
        atlas: What the channels of convolutions look for, by layer; empty if the model does not say.
        timeline: What it was while it learned; None if nobody knows.
        about: What the views of a model show, by name.
        opening: What the views of a photo show at first, by name: the answer to the first example.
    """

    version: str
    endpoints: Endpoints
    examples: list[Example]
    references: References
    folder: Path
    atlas: dict[str, LayerAtlas] = field(default_factory=dict)
    timeline: KeptTimeline | None = None
    about: dict[str, Any] = field(default_factory=dict)
    opening: dict[str, Any] = field(default_factory=dict)

    @property
    def network(self) -> Network:
        """The network."""
        return self.endpoints.explorer.network

    @property
    def survey(self) -> Survey | None:
        """What a data set says of the channels; None if the model does not say."""
        return self.endpoints.surveyed

    @cached_property
    def examples_survey(self) -> Survey | None:
        """What the examples say of the channels, measured when it is first asked for; None if there are none."""
        pictures = [(example.name, load_image(example.path)) for example in self.examples]
        return survey_pictures(self.network, pictures, NUM_FAVOURITES) if pictures else None

    @property
    def is_embedded(self) -> bool:
        """Whether it is the model that comes with this package."""
        return self.endpoints.explorer.source.kind == "embedded"

    @property
    def photos(self) -> SeenPhotos:
        """The photos that visitors look into."""
        return self.endpoints.photos

    @property
    def shown(self) -> dict[str, Any]:
        """Which photo the page shows when it is opened, and in which colours."""
        return self.showing(str(self.examples[0].path), DEFAULT_COLORMAP, DEFAULT_SCALE)

    def showing(self, path: str | None, colormap: str, scale: str) -> dict[str, Any]:
        """Note what the page shows, for the next request.

        Args:
            path: The photo's file, if it has one.
            colormap: The colours.
            scale: What the brightest colour stands for.

        Returns:
            Plain JSON values: these, and which model answers.
        """
        return {"path": path, "colormap": colormap, "scale": scale, "version": self.version}

    def retire(self) -> None:
        """Delete its pictures when those who still look at it had the time to load them."""
        timer = threading.Timer(MAX_AGE_SECONDS, shutil.rmtree, (self.folder,), {"ignore_errors": True})
        timer.daemon = True
        timer.start()
