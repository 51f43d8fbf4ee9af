"""A model as the page shows it, complete before the first visitor sees any of it."""

import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from cnnviz.atlas.atlas import LayerAtlas
from cnnviz.atlas.atlas_folder import list_atlas
from cnnviz.explorer.explorer import Explorer
from cnnviz.result.layer_result import DEFAULT_COLORMAP, DEFAULT_SCALE
from cnnviz.serving.endpoints import Endpoints, Visualization
from cnnviz.serving.results import ResultCache
from cnnviz.serving.seen_photos import SeenPictures
from cnnviz.ui.answer.answer import describe_answer
from cnnviz.ui.channels.channels import describe_channels
from cnnviz.ui.cleanup import KEPT, MAX_AGE_SECONDS
from cnnviz.ui.comparison.comparison import describe_first
from cnnviz.ui.examples.examples import Example, describe_examples, find_examples
from cnnviz.ui.header.header import describe_header
from cnnviz.ui.layers.layers import describe_layers
from cnnviz.ui.network.atlas import describe_atlas
from cnnviz.ui.network.evidence import describe_evidence
from cnnviz.ui.network.kernels import describe_kernels
from cnnviz.ui.network.network import describe_network, read_card
from cnnviz.ui.story.legend import describe_legend
from cnnviz.ui.story.references import References
from cnnviz.ui.story.stages import tell_stages
from cnnviz.ui.strip.strip import describe_strip
from cnnviz.ui.why.why import describe_why

EXAMPLES = "examples"


@dataclass(frozen=True)
class Exhibit:
    """One model, and what the page shows of it.

    Args:
        version: Tells it from the others of this process.
        endpoints: Do its work.
        examples: Pictures to try.
        choices: Their values on the page.
        references: Other photos to compare with.
        folder: Holds its pictures as long as it is shown.
        atlas: What the channels of convolutions look for, by layer; empty if the model does not say.
        about: The values of header, kernels, atlas, network, card and legend.
        opening: The values of answer, strip, layers, channels, why, comparison and evidence for the first example.
        seen: The pictures that visitors look into.
    """

    version: str
    endpoints: Endpoints
    examples: list[Example]
    choices: dict[str, Any]
    references: References
    folder: Path
    atlas: dict[str, LayerAtlas] = field(default_factory=dict)
    about: tuple[Any, ...] = ()
    opening: tuple[Any, ...] = ()
    seen: SeenPictures = field(default_factory=SeenPictures)

    @property
    def shown(self) -> dict[str, Any]:
        """What the page shows when it is opened, as `Handlers.show` is told it afterwards."""
        colors = {"colormap": DEFAULT_COLORMAP, "scale": DEFAULT_SCALE}
        return {"path": str(self.examples[0].path), **colors, "version": self.version}

    @property
    def values(self) -> list[Any]:
        """What the page shows when it is opened: the opening, which photo and colours that is, and about the model."""
        return [*self.opening, self.shown, *self.about]

    def describe(self, shown: Visualization, path: str | None, for_good: bool = False) -> tuple[Any, ...]:
        """Give the values of answer, strip, layers, channels, why, comparison and evidence.

        Args:
            shown: What the model makes of a photo.
            path: The photo's file, if it has one.
            for_good: Whether its channels can be looked into as long as the model is shown.

        Returns:
            Plain JSON values.
        """
        network = self.endpoints.explorer.network
        likenesses = self.references.compare(shown.result)
        stages = tell_stages(shown.result, likenesses)
        answer = describe_answer(shown, network, self.examples, path)
        channels = describe_channels(shown, network, self.seen.put(shown.result, for_good), answer)
        strip, layers = describe_strip(shown, network, stages, likenesses), describe_layers(shown, stages)
        evidence = describe_evidence(shown.result, stages, likenesses)
        why, comparison = describe_why(channels, network), describe_first(channels, network, self.examples, path)
        return answer, strip, layers, channels, why, comparison, evidence

    def retire(self) -> None:
        """Delete its pictures when those who still look at it had the time to load them."""
        timer = threading.Timer(MAX_AGE_SECONDS, shutil.rmtree, (self.folder,), {"ignore_errors": True})
        timer.daemon = True
        timer.start()


def prepare_exhibits(cache: ResultCache, folder: Path, examples_folder: Path | None) -> Callable[[Explorer], Exhibit]:
    """Prepare all that exhibits have in common.

    Args:
        cache: The results seen last.
        folder: Gradio's upload folder, whose files are served.
        examples_folder: Where the examples are; None for photos that come with Gradio, and drawings.

    Returns:
        A function that makes an exhibit of a model. The model answers the first example, by which it is also warmed
        up; a NetworkError says that its values leave the range of numbers.

    Raises:
        OptionError: If the folder holds no pictures, or one that cannot be read.
    """
    examples = find_examples(folder / EXAMPLES, examples_folder)
    choices = describe_examples(examples)
    return lambda explorer: _prepare(Endpoints(explorer, cache, folder), examples, choices)


def _prepare(endpoints: Endpoints, examples: list[Example], choices: dict[str, Any]) -> Exhibit:
    explorer, first = endpoints.explorer, examples[0].path
    network = explorer.network
    version = f"{explorer.source.version or explorer.source.kind}-{time.time_ns():x}"
    folder = endpoints.folder / KEPT / version
    try:
        references = References(network, [example.path for example in examples])
        atlas = {name: explorer.atlas(name) for name in list_atlas(network)}
        exhibit = Exhibit(version, endpoints, examples, choices, references, folder, atlas)
        explorer.predict(first)
        shown = replace(endpoints, folder=folder).visualize(first, DEFAULT_COLORMAP, DEFAULT_SCALE)
        header, card, legend = describe_header(explorer), read_card(network), describe_legend(network)
        tiles = describe_atlas(list(atlas.values()), network, folder)
        about = (header, describe_kernels(network), tiles, describe_network(network, folder), card, legend)
        return replace(exhibit, about=about, opening=exhibit.describe(shown, str(first), for_good=True))
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
