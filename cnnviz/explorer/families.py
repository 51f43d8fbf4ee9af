"""The networks of `keras.applications` whose pictures have to be preprocessed outside, and how to tell them."""

from collections.abc import Mapping, Set
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class Family:
    """Networks of one kind.

    Args:
        module: Their module in `keras.applications`.
        scaling: What their `preprocess_input` does, by the name of `Preprocessing`.
        layers: Layers that all of them have, by which they are told: name and kind.
        without: Names of layers that none of them has.
    """

    module: str
    scaling: str
    layers: Mapping[str, str]
    without: Set[str] = frozenset()


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
)


def find_family(model: "keras.Model") -> Family | None:
    """Find out whether a model has the layers of a family, at any depth.

    Args:
        model: A Sequential or functional model.

    Returns:
        The family; None if there is none.
    """
    layers = {layer.name: type(layer).__name__ for layer in model._flatten_layers()}
    for family in FAMILIES:
        if family.layers.items() <= layers.items() and not family.without & layers.keys():
            return family
    return None
