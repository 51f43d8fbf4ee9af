"""What has to be known of a model that only Keras has saved: its classes, and how its pictures are preprocessed."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from cnnviz.base.errors import OptionError
from cnnviz.explorer.class_list import Classes, read_classes
from cnnviz.explorer.families import find_family
from cnnviz.explorer.keras_hub import is_hub_classifier, read_preprocessor, require_scaling
from cnnviz.network.beginning import Beginning, find_beginning, find_unread
from cnnviz.network.graph import require_graph
from cnnviz.network.network import Network
from cnnviz.network.ports import find_answer, find_picture
from cnnviz.picture.preprocessing import BITS_8_MAX, NUM_CHANNELS, Preprocessing
from cnnviz.picture.scaling import SCALINGS

if TYPE_CHECKING:
    import keras

USUAL_SIDE = 224
"""Side of the picture in pixels, where the model takes any: that of most networks of `keras.applications`."""

SMALL = 30
"""What pixels from 0 to 255 have to be scaled to, at most, by a model that scales them itself."""

LARGE_OFFSET = 2
"""An offset of more than this, in the units of the picture, is one of pixels from 0 to 255."""

Size = int | tuple[int, int]


@dataclass(frozen=True)
class Interpretation:
    """What a user says of a model; what is left out is found in the model, or assumed.

    Args:
        classes: Its classes, as for `read_classes`; None for those of its folder, else "class 0", "class 1" and so on.
        preprocessing: The scaling of pixels by its name, or the whole preprocessing; None for that of its folder, or
            for what is found in the model.
        size: Height and width of the picture in pixels, or one number for both; None for what the model takes.
        fit: What happens to photos of another aspect ratio: "stretch", "crop" or "pad"; None for that of its folder,
            or to stretch.
        kind: What its outputs are, if they are logits: "sigmoid", "softmax" or "multi_label"; "" for what its folder or
            its end says.
        output: The output to look into, as for `Network`; "" for that of its folder, or the first classifier.
        inputs: The values of the inputs that take no picture, as for `Network`; none for those of its folder.

    Raises:
        OptionError: If the preprocessing is given as a whole, and a size or fit besides.
    """

    classes: Classes | None = None
    preprocessing: str | Preprocessing | None = None
    size: Size | None = None
    fit: str | None = None
    kind: str = ""
    output: str = ""
    inputs: Mapping[str, ArrayLike] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse two ways to say the same."""
        if isinstance(self.preprocessing, Preprocessing) and (self.size or self.fit):
            raise OptionError("A whole `preprocessing` has its own size and fit: give one or the other.")

    def build(self, model: "keras.Model") -> tuple[Network, tuple[str, ...]]:
        """Interpret a model of which nothing else is known.

        Args:
            model: A built Sequential or functional model.

        Returns:
            The network; and what was assumed, as sentences.

        Raises:
            NetworkError: If it takes no picture, or its layers cannot be shown.
            OptionError: If what is said of it does not fit it; or if it may be no classifier, and nobody names classes.
        """
        require_graph(model)
        preprocessing, assumed = self._find_preprocessing(model)
        num_outputs = int(find_answer(model, self.output).shape[-1] or 0)
        if self.classes is None:
            names = tuple(f"class {index}" for index in range(2 if num_outputs == 1 else num_outputs))
            assumed += ("Nobody said how its classes are called: they are numbered. Name them with `classes`.",)
        else:
            names = read_classes(self.classes)
        network = Network(model, names, preprocessing, kind=self.kind, output=self.output, inputs=self.inputs)
        if network.ends_in_logits and self.classes is None and not is_hub_classifier(model):
            raise OptionError(
                "Is this a classifier? It ends in plain numbers, which may be logits of classes or measurements. If it "
                f"is one, say which classes it has: `classes`, {len(names)} names."
            )
        return network, (*network.notes, *assumed)

    def change(self, network: Network) -> Network:
        """Put what a user says in the place of what a model's folder says.

        Args:
            network: The network, as its folder describes it.

        Returns:
            The same network, or one with other classes or another preprocessing.

        Raises:
            NetworkError: If the classes do not fit it.
            OptionError: If the preprocessing does not fit it.
        """
        names = network.class_names if self.classes is None else read_classes(self.classes)
        preprocessing = self._changed(network.preprocessing)
        told: dict[str, Any] = {"kind": self.kind, "output": self.output, "inputs": self.inputs}
        changed = {name: value for name, value in told.items() if value}
        if (names, preprocessing) == (network.class_names, network.preprocessing) and not changed:
            return network
        same_answers = preprocessing == network.preprocessing and not changed
        metrics = network.metrics if same_answers else {}
        return replace(network, class_names=names, preprocessing=preprocessing, metrics=metrics, **changed)

    def _changed(self, known: Preprocessing) -> Preprocessing:
        if isinstance(self.preprocessing, Preprocessing):
            return self.preprocessing
        height, width = _sides(self.size) or (known.height, known.width)
        scaling, fit = self.preprocessing or known.scaling, self.fit or known.fit
        return replace(known, height=height, width=width, scaling=scaling, fit=fit)

    def _find_preprocessing(self, model: "keras.Model") -> tuple[Preprocessing, tuple[str, ...]]:
        if isinstance(self.preprocessing, Preprocessing):
            return self.preprocessing, ()
        assumed: list[str] = []
        height, width, num_channels = find_picture(model, self.inputs).shape[1:]
        (color_mode,) = (mode for mode, number in NUM_CHANNELS.items() if number == num_channels)
        own = read_preprocessor(model)
        given = _sides(self.size) or (own.size if own and not (height and width) else None)
        if not (given or (height and width)):
            assumed.append(
                f"It takes pictures of any size, and gets {USUAL_SIDE}x{USUAL_SIDE} pixels. Choose others with `size`."
            )
        height, width = given or (height or USUAL_SIDE, width or USUAL_SIDE)
        scaling, fit = self.preprocessing, self.fit or (own.fit if own else Preprocessing.fit)
        if scaling is None and own:
            scaling = require_scaling(own)
            assumed.append(f"It gets pixels as its own preprocessor of KerasHub makes them ('{scaling}', {fit}).")
        elif scaling is None:
            scaling, sentence = find_scaling(model, self.inputs, self.output)
            assumed.append(sentence)
        return Preprocessing(height, width, scaling, fit, color_mode), tuple(assumed)


def find_scaling(model: "keras.Model", given: Mapping[str, Any] = {}, output: str = "") -> tuple[str, str]:
    """Find out which numbers a model expects for the pixels of a picture.

    Args:
        model: A built Sequential or functional model.
        given: The values of the inputs that take no picture, as for `Network`.
        output: The name of the output that is looked into, as for `Network`.

    Returns:
        The scaling, by its name in `Preprocessing`; and a sentence that says why.
    """
    beginning = find_beginning(model, given, output)
    if beginning and _takes_bytes(beginning):
        return "0-255", f"This model scales pixels itself, in '{beginning.name}': it gets them from 0 to 255."
    if beginning:
        return "0-1", f"This model scales pixels itself, in '{beginning.name}': it gets them from 0 to 1."
    picture = find_picture(model, given)
    if "int" in str(picture.dtype):
        return "0-255", "This model takes whole numbers: it gets pixels from 0 to 255."
    family = find_family(model)
    unread = find_unread(model, given, output) if family else ""
    if family and unread:
        return "0-255", (
            f"It has the layers of keras.applications.{family.module}, but before them it changes the picture in "
            f"'{unread}', which cnnviz cannot read: it gets pixels from 0 to 255, as if it scaled them there. If it "
            "expects other numbers, its answers are wrong: choose another way with `preprocessing`, such as '0-1'."
        )
    if family and (picture.shape[-1] == NUM_CHANNELS["RGB"] or SCALINGS[family.scaling].is_for_gray):
        name, scaling = f"keras.applications.{family.module}", family.scaling
        if family.is_bare:
            why = f"{name} without those that scale pixels, so it gets them as those make them"
        else:
            why = f"{name}, so it gets pixels as preprocess_input there makes them"
        return scaling, f"It has the layers of {why} ('{scaling}'). Choose another way with `preprocessing`."
    return "0-1", (
        "Nothing in the model says how pixels are scaled: it gets them from 0 to 1. If it was trained on other "
        "numbers, its answers are wrong: choose another way with `preprocessing`, such as '0-255'."
    )


def _takes_bytes(beginning: Beginning) -> bool:
    """Tell from how a model scales its picture whether it expects pixels from 0 to 255 rather than from 0 to 1."""
    factor, shift = np.abs(beginning.factor), np.abs(beginning.shift)
    return bool(factor.max() * BITS_8_MAX <= SMALL or ((shift > LARGE_OFFSET * factor) & (factor > 0)).any())


def _sides(size: Size | None) -> tuple[int, int] | None:
    """Read the height and the width that a user gave."""
    if size is None:
        return None
    sides = (size, size) if isinstance(size, int) else tuple(size)
    if len(sides) != 2 or not all(type(side) is int and side > 0 for side in sides):
        raise OptionError(f"`size` is a number of pixels, or height and width. Received: {size!r}.")
    return sides
