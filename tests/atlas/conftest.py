"""What the tests of atlases share: one that is computed once."""

from dataclasses import dataclass

import pytest

from cnnviz.atlas.atlas import LayerAtlas, build_atlas
from cnnviz.network.network import Network
from networks import build_branches


@dataclass(frozen=True)
class Built:
    """An atlas as it was built: of which network, what came of it, and what was reported."""

    network: Network
    atlases: list[LayerAtlas]
    lines: list[str]

    def of(self, layer_name: str) -> LayerAtlas:
        """Return the atlas of one layer."""
        return next(atlas for atlas in self.atlases if atlas.layer_name == layer_name)


@pytest.fixture(scope="session")
def built() -> Built:
    """The atlas of a network with branches, of seed 0; not to be changed."""
    network, lines = build_branches(), list[str]()
    return Built(network, build_atlas(network, 0, lines.append), lines)
