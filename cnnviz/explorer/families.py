"""The networks of `keras.applications` whose pictures have to be preprocessed before them, and how to tell them."""

from collections.abc import Mapping, Set
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class Family:
    """Networks of one kind.

    Args:
        module: Their module in `keras.applications`.
        scaling: What their `preprocess_input` does, by the name of `Preprocessing`; or what their first layers do,
            which `include_preprocessing=False` leaves out.
        layers: Layers that all of them have, by which they are told: name, where * is any text, and kind.
        without: Names of layers that none of them has.
        is_bare: Whether their first layers were left out.
    """

    module: str
    scaling: str
    layers: Mapping[str, str]
    without: Set[str] = frozenset()
    is_bare: bool = False

    def has(self, layers: Mapping[str, str]) -> bool:
        """Tell whether a network is of this family.

        Args:
            layers: The kind of each of its layers, by name.

        Returns:
            Whether it has all layers of the family, and none that the family has not.
        """
        return not self.without & layers.keys() and all(
            any(known == kind and fnmatchcase(name, pattern) for name, known in layers.items())
            for pattern, kind in self.layers.items()
        )


FAMILIES = (
    Family("vgg16", "caffe", {"block1_conv1": "Conv2D", "block5_conv3": "Conv2D"}, {"block1_conv1_bn", "block5_conv4"}),
    Family("vgg19", "caffe", {"block1_conv1": "Conv2D", "block5_conv4": "Conv2D"}, {"block1_conv1_bn"}),
    Family(
        "resnet", "caffe", {"conv1_bn": "BatchNormalization", "conv2_block1_1_conv": "Conv2D"}, {"conv2_block1_concat"}
    ),
    Family("resnet_v2", "tf", {"conv1_conv": "Conv2D", "conv2_block1_preact_bn": "BatchNormalization"}),
    Family("densenet", "torch", {"conv1_conv": "Conv2D", "conv2_block1_concat": "Concatenate"}),
    Family("mobilenet", "tf", {"conv_dw_1": "DepthwiseConv2D", "conv_pw_1": "Conv2D"}),
    Family("mobilenet_v2", "tf", {"Conv1": "Conv2D", "expanded_conv_depthwise": "DepthwiseConv2D"}),
    Family("xception", "tf", {"block1_conv1_bn": "BatchNormalization", "block2_sepconv1": "SeparableConv2D"}),
    Family("inception_v3", "tf", {"mixed0": "Concatenate", "mixed10": "Concatenate"}),
    Family("inception_resnet_v2", "tf", {"mixed_5b": "Concatenate", "conv_7b": "Conv2D"}),
    Family("nasnet", "tf", {"stem_conv1": "Conv2D", "stem_bn1": "BatchNormalization"}),
    Family(
        "mobilenet_v3",
        "tf",
        {"conv": "Conv2D", "conv_1": "Conv2D", "expanded_conv_depthwise": "DepthwiseConv2D"},
        is_bare=True,
    ),
    Family(
        "efficientnet_v2",  # S, M and L, which repeat their second block four times or more
        "tf",
        {"stem_conv": "Conv2D", "block1a_project_conv": "Conv2D", "block2d_expand_conv": "Conv2D"},
        {"block1a_dwconv"},
        is_bare=True,
    ),
    Family(
        "efficientnet_v2",  # B0 to B3
        "torch",
        {"stem_conv": "Conv2D", "block1a_project_conv": "Conv2D", "block2a_expand_conv": "Conv2D"},
        {"block1a_dwconv", "block2d_expand_conv"},
        is_bare=True,
    ),
    Family(
        "convnext",
        "torch",
        {"*_stem_conv": "Conv2D", "*_stage_0_block_0_depthwise_conv": "Conv2D", "*_downsampling_conv_2": "Conv2D"},
        is_bare=True,
    ),
)


def find_family(model: "keras.Model") -> Family | None:
    """Find out whether a model has the layers of a family, at any depth.

    Args:
        model: A Sequential or functional model.

    Returns:
        The family; None if there is none.
    """
    layers = {layer.name: type(layer).__name__ for layer in model._flatten_layers()}
    return next((family for family in FAMILIES if family.has(layers)), None)
