"""A model as the page shows it, complete before the first visitor sees any of it."""

import shutil
import threading
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cnnviz.endpoints import Endpoints, Visualization
from cnnviz.layer_result import DEFAULT_COLORMAP, DEFAULT_SCALE
from cnnviz.ui.answer import describe_answer
from cnnviz.ui.examples import Example
from cnnviz.ui.files import KEPT, MAX_AGE_SECONDS
from cnnviz.ui.header import describe_header
from cnnviz.ui.layers_tab import describe_layers
from cnnviz.ui.legend import describe_legend
from cnnviz.ui.network_tab import describe_network, read_card
from cnnviz.ui.references import References
from cnnviz.ui.stages import tell_stages
from cnnviz.ui.strip import describe_strip


@dataclass(frozen=True)
class Exhibit:
    """One model, and what the page shows of it.

    Args:
        version: Tells it from the others of this process.
        endpoints: Do its work.
        examples: Pictures to try.
        references: Other photos to compare with.
        folder: Holds its pictures as long as it is shown.
        about: The values of header, network, card and legend.
        opening: The values of answer, strip and layers for the first example.
    """

    version: str
    endpoints: Endpoints
    examples: list[Example]
    references: References
    folder: Path
    about: tuple[Any, ...] = ()
    opening: tuple[Any, ...] = ()

    @property
    def shown(self) -> dict[str, Any]:
        """What the page shows when it is opened, as `Handlers.show` is told it afterwards."""
        colors = {"colormap": DEFAULT_COLORMAP, "scale": DEFAULT_SCALE}
        return {"path": str(self.examples[0].path), **colors, "version": self.version}

    @property
    def values(self) -> list[Any]:
        """What the page's parts show when it is opened: answer, strip, layers, what that is, and about the model."""
        return [*self.opening, self.shown, *self.about]

    def describe(self, shown: Visualization, path: str | None) -> tuple[Any, ...]:
        """Give the values of answer, strip and layers.

        Args:
            shown: What the model makes of a photo.
            path: The photo's file, if it has one.

        Returns:
            Plain JSON values.
        """
        network = self.endpoints.explorer.network
        likenesses = self.references.compare(shown.result)
        stages = tell_stages(shown.result, likenesses)
        answer = describe_answer(shown, network, self.examples, path)
        return answer, describe_strip(shown, network, stages, likenesses), describe_layers(shown, stages)

    def retire(self) -> None:
        """Delete its pictures when those who still look at it had the time to load them."""
        timer = threading.Timer(MAX_AGE_SECONDS, shutil.rmtree, (self.folder,), {"ignore_errors": True})
        timer.daemon = True
        timer.start()


def prepare_exhibit(endpoints: Endpoints, examples: list[Example]) -> Exhibit:
    """Let a model answer the first example, by which it is also warmed up, and describe it.

    Args:
        endpoints: Do the model's work. Their folder lies inside Gradio's upload folder, whose files are served.
        examples: Pictures to try, at least one.

    Returns:
        The exhibit.

    Raises:
        NetworkError: If the model's values leave the range of numbers.
    """
    explorer, first = endpoints.explorer, examples[0].path
    version = f"{explorer.source.version or explorer.source.kind}-{time.time_ns():x}"
    folder = endpoints.folder / KEPT / version
    references = References(explorer.network, [example.path for example in examples])
    exhibit = Exhibit(version, endpoints, examples, references, folder)
    explorer.predict(first)
    shown = replace(endpoints, folder=folder).visualize(first, DEFAULT_COLORMAP, DEFAULT_SCALE)
    about = (
        describe_header(explorer),
        describe_network(explorer.network, folder),
        read_card(explorer.network),
        describe_legend(explorer.network),
    )
    return replace(exhibit, about=about, opening=exhibit.describe(shown, str(first)))
