"""Other photos to compare with: how much do a layer's maps look like photos that the network was not shown?"""

from collections.abc import Sequence

from cnnviz.network.network import Network
from cnnviz.picture.image import ImageSource, load_image
from cnnviz.result.photo_likeness import Integrals, Values, integrate, likeness, sketch
from cnnviz.result.result import Result
from cnnviz.ui.story.findings import Likenesses
from cnnviz.ui.story.told import told_layers

MAX_REFERENCES = 4


class References:
    """A few photos, sketched as every layer that is told of could at best report them.

    Args:
        network: The network.
        photos: The photos; the first few are used.
    """

    def __init__(self, network: Network, photos: Sequence[ImageSource]) -> None:
        """Sketch the photos, once for all visitors."""
        seen = [network.preprocessing.resize(load_image(photo)) for photo in photos[:MAX_REFERENCES]]
        spatial = [layer for layer in told_layers(network) if layer.places]
        self._seen = [picture.tobytes() for picture in seen]
        integrals = [integrate(picture) for picture in seen]
        self._sketches: dict[str, list[Values]] = {
            layer.name: [sketch(each, layer.receptive_field) for each in integrals] for layer in spatial
        }

    def compare(self, result: Result, integrals: Integrals) -> Likenesses:
        """Tell of every layer with places that is told of how much its maps look like the photo, and like others.

        Args:
            result: The photo's result.
            integrals: From `integrate`: of what the network saw.

        Returns:
            By layer name the likeness to the photo, and the mean likeness to those of the others that are not the
            photo itself; None if there are none.
        """
        this = result.seen.tobytes()
        others = [index for index, pixels in enumerate(self._seen) if pixels != this]
        compared: Likenesses = {}
        for name, sketches in self._sketches.items():
            layer = result[name]
            own, *rest = likeness(
                layer.feature_maps, [sketch(integrals, layer.receptive_field), *(sketches[i] for i in others)]
            )
            compared[name] = own, sum(rest) / len(rest) if rest else None
        return compared
