"""The explorer: it runs photos through a network and returns results."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import overload

import numpy as np
from numpy.typing import NDArray

from cnnviz.atlas.atlas import LayerAtlas
from cnnviz.atlas.atlas_folder import read_atlas
from cnnviz.base.errors import NetworkError
from cnnviz.base.names import brief, list_briefly
from cnnviz.base.source import IN_MEMORY, Source
from cnnviz.base.steps import finish
from cnnviz.network.network import Network, require_numbers
from cnnviz.picture.image import ImageSource, load_image, to_gray
from cnnviz.picture.several import Photo, Photos, as_photos
from cnnviz.result.ablation import Ablation, masks_without, require_channel_lists
from cnnviz.result.arithmetic import Arithmetic, unit_arithmetic
from cnnviz.result.channel_scores import channel_effects, color_losses
from cnnviz.result.comparison import Comparison
from cnnviz.result.kernels import ColorKernels, color_kernels
from cnnviz.result.result import Result, build_result
from cnnviz.surveys.layer_survey import LayerSurvey
from cnnviz.surveys.survey import Survey
from cnnviz.surveys.survey_folder import read_own_survey
from cnnviz.timelines.timeline import Timeline
from cnnviz.timelines.timeline_folder import read_timeline

BATCH = 32
"""Number of photos that are answered together."""


@dataclass(frozen=True)
class Explorer:
    """Runs photos through a network. It keeps no state of a photo, so threads can share it.

    If you train the model further, the next photo passes through the new weights; a result from before is out of date.

    It can be pickled for other processes. Give it to a pool's initializer, as `Pool(4, remember, (explorer,))`: so each
    process opens the model once, and not for each task.

    Args:
        network: The network.
        source: The source of the network.
        assumed: What was assumed of the model, as sentences; nothing for a model folder.

    Raises:
        NetworkError: If weights of the network are infinite or NaN.

    Example:
        >>> explorer = cnnviz.load()
        >>> explorer("photo.jpg").label in explorer.network.class_names
        True
    """

    network: Network
    source: Source = IN_MEMORY
    assumed: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """Describe the explorer in one line."""
        source, network = brief(self.source.name or str(self.source)), self.network
        return f"<Explorer of {source}: {len(network.layers)} layers, {list_briefly(network.class_names)}>"

    def __post_init__(self) -> None:
        """Refuse weights that are infinite or NaN. A ReLU may turn them into zeros: all photos would look the same."""
        import keras

        for weights in self.network.model.weights:
            if not np.isfinite(keras.ops.convert_to_numpy(weights)).all():
                raise NetworkError(f"The weights '{weights.path}' hold infinite values or NaN: the model is damaged.")

    @overload
    def __call__(self, photo: ImageSource) -> Result: ...

    @overload
    def __call__(self, photo: Photos[Photo]) -> list[Result]: ...

    def __call__(self, photo: ImageSource | Photos[Photo]) -> Result | list[Result]:
        """Run photos through the network and keep the activations of every layer.

        Args:
            photo: What `cnnviz.load_image` reads: a path, the bytes of a file or an open binary file, a Pillow picture,
                or an array or tensor, uint8 in [0, 255] or float in [0, 1]. Or several: a list, a tuple or an iterator
                of them, or a batch, an array or tensor with four axes. Photos are as they are; the explorer itself
                resizes and scales them for the network.

        Returns:
            The photo's result; for several photos, also for a batch of one, a list of the results in the same order.
            Each result holds all activations, `Result.nbytes`; `predict` holds none.

        Raises:
            ImageError: If a photo cannot be read.
            NetworkError: If the network's values are infinite or NaN.
        """
        photos, is_single = as_photos(photo)
        results = [self._explore(each) for each in photos]
        return results[0] if is_single else results

    @overload
    def predict(self, photo: ImageSource) -> dict[str, float]: ...

    @overload
    def predict(self, photo: Photos[Photo]) -> list[dict[str, float]]: ...

    def predict(self, photo: ImageSource | Photos[Photo]) -> dict[str, float] | list[dict[str, float]]:
        """Return only the answer, without keeping or drawing any activation.

        Args:
            photo: As for calling the explorer; of several photos, 32 at a time are read and answered together.

        Returns:
            Each class's probability, in [0, 1]; they sum to 1, unless the network is multi-label. For several photos,
            a list of such answers.

        Raises:
            ImageError: If a photo cannot be read.
            NetworkError: If the network's values are infinite or NaN.
        """
        photos, is_single = as_photos(photo)
        waiting = iter(photos)
        batches = iter(lambda: list(islice(waiting, BATCH)), [])
        answers = [answer for batch in batches for answer in self._answer(batch)]
        return answers[0] if is_single else answers

    def ablate(self, photo: ImageSource, without: Mapping[str, Sequence[int] | NDArray[np.integer]]) -> Ablation:
        """Compute the answer again with some channels switched off: their activations are zero.

        For a convolution with ReLU, this is the same as setting the kernels and biases of these channels to zero.

        Args:
            photo: As for calling the explorer.
            without: Indices of channels by layer name, each a sequence or an array. A flattened layer has the channels
                of the layer that it flattens; a dense layer has its units.

        Returns:
            The answer with and without these channels.

        Raises:
            ImageError: If the photo cannot be read.
            LayerNotFoundError: If no layer has one of the names.
            OptionError: If `without` is not such a mapping, or a layer has no such channel or is the layer of the
                answer.
            NetworkError: If the network's values are infinite or NaN.

        Example:
            >>> ablation = cnnviz.load().ablate("photo.jpg", {"conv2d_3": [17, 40]})
            >>> ablation.without
            {'conv2d_3': [17, 40]}
        """
        network = self.network
        without = require_channel_lists(without)
        masks = masks_without(network.layers, without)
        batch = network.preprocessing([load_image(photo)])
        original, changed = network.logits(batch), network.logits_without(batch, masks)
        for logits in (original, changed):
            require_numbers(logits, network.layers[-1].name)
        probabilities, before = (network.head.probabilities(logits[0]) for logits in (changed, original))
        named = {name: sorted({int(channel) for channel in channels}) for name, channels in without.items()}
        return Ablation(named, probabilities, before, changed[0], original[0], network.head.is_multi_label)

    def in_gray(self, photo: ImageSource) -> Result:
        """Show the network a photo in black and white.

        Args:
            photo: As for calling the explorer. The colours are removed after it is resized to the network's size.

        Returns:
            The result.

        Raises:
            ImageError: If the photo cannot be read.
            NetworkError: If the network's values are infinite or NaN.
        """
        return self(to_gray(self.network.preprocessing.resize(load_image(photo))))

    def color_losses(self, photo: ImageSource, layer_name: str) -> NDArray[np.float64]:
        """Compute what each channel of a layer loses if the photo is black and white: so, which react to colour.

        Args:
            photo: As for calling the explorer.
            layer_name: The layer's whole name.

        Returns:
            Shape (C,), float64 in [0, 1]: the share of a channel's activation that is lost; 0 if it is silent.

        Raises:
            ImageError: If the photo cannot be read.
            LayerNotFoundError: If no layer has that name.
            NetworkError: If the network's values are infinite or NaN.
        """
        result = self._explore(photo)
        return color_losses(result, self.in_gray(result.seen), layer_name)

    def effects(self, photo: ImageSource, layer_name: str, class_name: str | None = None) -> NDArray[np.float64]:
        """Measure how much each channel of a layer matters: switch it off alone, and compute the answer again.

        Args:
            photo: As for calling the explorer.
            layer_name: The layer's whole name; it must not be the layer of the answer.
            class_name: The class whose logit is compared; None for the most probable.

        Returns:
            Shape (C,), float64: the logit of the class minus the same logit without the channel. Positive: the channel
            speaks for the class. For the layer that feeds the last one, these are `Result.contributions` by channel.

        Raises:
            ImageError: If the photo cannot be read.
            LayerNotFoundError: If no layer has that name.
            OptionError: If it is the layer of the answer.
            NetworkError: If there is no such class, or the network's values are infinite or NaN.
        """
        return finish(channel_effects(self.network, self._explore(photo), layer_name, class_name))

    def compare(self, photo: ImageSource, other: ImageSource) -> Comparison:
        """Run two photos through the network, to find the channels that distinguish them.

        Args:
            photo: As for calling the explorer.
            other: Another photo, as for calling the explorer.

        Returns:
            The comparison; its differences are the other photo's numbers minus the first photo's.

        Raises:
            ImageError: If a photo cannot be read.
            NetworkError: If the network's values are infinite or NaN.
        """
        return Comparison(self._explore(photo), self._explore(other))

    def arithmetic(self, photo: ImageSource, layer_name: str, channel: int, row: int, column: int) -> Arithmetic:
        """Show how one unit of a convolution computed its activation: patch times kernel, plus the bias.

        Args:
            photo: As for calling the explorer.
            layer_name: The convolution's whole name.
            channel: The channel's index.
            row: Row of the unit in its feature map.
            column: Column of the unit in its feature map.

        Returns:
            The arithmetic.

        Raises:
            ImageError: If the photo cannot be read.
            LayerNotFoundError: If no layer has that name.
            OptionError: If the layer has no such unit.
            NetworkError: If the layer is not a convolution, or the network's values are infinite or NaN.
        """
        return unit_arithmetic(self.network, self._explore(photo), layer_name, channel, row, column)

    def kernels(self) -> ColorKernels:
        """Describe what the first convolution looks for in a picture.

        Returns:
            One kernel for each of its channels, in order; none if it reads anything other than the picture's colours.
        """
        return color_kernels(self.network)

    def atlas(self, layer_name: str) -> LayerAtlas:
        """Return synthetic pictures of what each channel of a convolution looks for; train.py computed them.

        Args:
            layer_name: The convolution's whole name.

        Returns:
            A picture for each channel, and the activation that the channel reaches with it.

        Raises:
            LayerNotFoundError: If no layer has that name.
            OptionError: If the layer is not a convolution.
            FolderError: If the model has no atlas, or a damaged one.

        Example:
            >>> atlas = cnnviz.load().atlas("conv2d_1")
            >>> atlas.pictures.shape, atlas.on_gray(5).size
            ((32, 3, 3, 3), (150, 150))
        """
        return read_atlas(self.network, layer_name)

    @overload
    def survey(self, layer_name: None = None) -> Survey: ...

    @overload
    def survey(self, layer_name: str) -> LayerSurvey: ...

    def survey(self, layer_name: str | None = None) -> Survey | LayerSurvey:
        """Return what a whole data set tells of the network's channels, or of those of a layer.

        `cnnviz.survey` and the command `cnnviz survey --add` measure it and put it into the model's folder.

        Args:
            layer_name: The layer's whole name; None for the whole survey.

        Returns:
            The numbers.

        Raises:
            LayerNotFoundError: If the survey has no layer of that name.
            FolderError: If the model has no survey, or a damaged one.
        """
        found = read_own_survey(self.network)
        return found if layer_name is None else found[layer_name]

    def timeline(self, folder: str | os.PathLike[str] | None = None) -> Timeline:
        """Open the timeline of the network: what it was at several moments of its training.

        Args:
            folder: Where it was recorded: by `train.py --snapshots`, `cnnviz timeline` or `cnnviz.callbacks.Watch`.
                None for the one in the model's folder, or beside it.

        Returns:
            The timeline, a sequence of snapshots.

        Raises:
            FolderError: If there is none, or it is damaged or of another architecture.

        Example:
            >>> try:
            ...     cnnviz.load().timeline("nowhere")
            ... except cnnviz.FolderError as error:
            ...     print(str(error).split(":")[0])
            No timeline in 'nowhere'
        """
        return read_timeline(self.network, folder)

    def _answer(self, sources: Sequence[ImageSource]) -> list[dict[str, float]]:
        logits = self.network.logits(self.network.preprocessing([load_image(source) for source in sources]))
        require_numbers(logits, self.network.layers[-1].name)
        return [self.network.head.probabilities(each) for each in logits]

    def _explore(self, source: ImageSource) -> Result:
        photo = load_image(source)
        seen = self.network.preprocessing.resize(photo)
        batch = self.network.preprocessing.scale(np.asarray(seen)[None])
        activations, logits = self.network.activations(batch)
        return build_result(self.network, photo, seen, activations, logits)
