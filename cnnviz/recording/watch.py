"""The callback that records the timeline of any network that Keras trains."""

import logging
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras
from numpy.typing import ArrayLike

from cnnviz.base.errors import CnnvizError, OptionError
from cnnviz.data.sources import open_photos
from cnnviz.explorer.class_list import Classes
from cnnviz.explorer.interpretation import Interpretation
from cnnviz.network.copies import copy_model
from cnnviz.network.network import Network
from cnnviz.picture.image import ImageSource
from cnnviz.picture.preprocessing import Preprocessing
from cnnviz.picture.several import Photo, Photos
from cnnviz.recording.fixed_photos import FixedPhotos
from cnnviz.recording.recorder import Recorder
from cnnviz.timelines.timeline import Timeline
from cnnviz.timelines.timeline_folder import FOLDER, read_timeline
from cnnviz.timelines.timeline_writer import require_own

LOGGER = logging.getLogger("cnnviz")
NO_TIMELINE = "The timeline ends here, the training goes on. %s"


class Watch(keras.callbacks.Callback):  # type: ignore[misc]  # keras ships no types
    """Records the timeline of a network while `fit` trains it: up to 20 snapshots of its weights.

        model.fit(x, y, callbacks=[cnnviz.callbacks.Watch(x_val, labels=y_val)])
        cnnviz.load(model).timeline("timeline")

    A snapshot is taken before the first step, after steps 1, 2, 4, 8 and so on, and at the end. If more than 20 were
    taken, those are kept that are spread best on a logarithmic scale. Where `fit` goes on with a model whose optimizer
    has counted steps, the timeline goes on, too, if it was measured on the same photographs; else it begins anew.

    A snapshot that cannot be written, on a full disk for example, ends the recording with a warning, not the training.

    Args:
        photos: Photographs to measure on, of which 32 are taken: a folder, an archive or a table of photographs, with
            or without classes; or several as for calling an explorer, such as a batch.
        folder: The timeline's folder.
        every: Steps from one snapshot to the next; None for 1, 2, 4, 8 and so on.
        labels: The classes of photographs that have none by their place, as Keras takes them; None if they are not
            known.
        classes: The names of the classes, as for `cnnviz.load`; None for those of the folder of photographs, in the
            order of `keras.utils.image_dataset_from_directory`, if there are as many.
        preprocessing: How pixels are scaled for the model, as for `cnnviz.load`.
        kind: "sigmoid", "softmax" or "multi_label", where the model ends in logits.

    Raises:
        FolderError: If the folder holds something else.
        OptionError: If `every` is no number of steps.
    """

    def __init__(
        self,
        photos: "str | os.PathLike[str] | ImageSource | Photos[Photo]",
        folder: str | os.PathLike[str] = FOLDER,
        *,
        every: int | None = None,
        labels: ArrayLike | None = None,
        classes: Classes | None = None,
        preprocessing: str | Preprocessing | None = None,
        kind: str = "",
    ) -> None:
        """Remember what was said; the photographs are read when the training begins."""
        super().__init__()
        if every is not None and (type(every) is not int or every < 1):
            raise OptionError(f"`every` is a number of steps, at least 1. Received: every={str(every)[:100]}.")
        self.photos, self.folder, self.every, self.labels = photos, Path(folder), every, labels
        self.classes, self.preprocessing, self.kind = classes, preprocessing, kind
        require_own(self.folder)
        self.network: Network | None = None
        self._recorder: Recorder | None = None
        self._step = self._epoch_begun = self._epoch = 0
        self._is_deferred = False

    @property
    def timeline(self) -> Timeline:
        """The timeline so far. Its network has the weights of the last snapshot, and is not the one that is trained.

        Raises:
            OptionError: If nothing is recorded yet.
            FolderError: If the timeline cannot be read.
        """
        if self.network is None:
            raise OptionError("Nothing is recorded yet: the training has not begun.")
        return read_timeline(self.network, self.folder)

    def on_train_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        """Read the photographs, and take the first snapshot."""
        self.network = network = self._understand()
        self._recorder = None
        recorder = Recorder(self.folder, network, self._read_photos(network), self.every)
        self._step = int(keras.ops.convert_to_numpy(self.model.optimizer.iterations))
        try:
            recorder.begin(self._step)
        except CnnvizError as error:
            LOGGER.warning(NO_TIMELINE, error)
            return
        self._recorder = recorder
        self._take({})

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Count steps from here."""
        self._epoch, self._epoch_begun = epoch, self._step

    def on_train_batch_end(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Take a snapshot if it is due; after the last step of an epoch, when the epoch is measured."""
        done, steps = batch + 1, self._steps_per_epoch
        done = min(done, steps) if steps else done  # of several steps in one go, Keras counts those that are not there
        self._step = self._epoch_begun + done
        if self._recorder and self._recorder.is_due(self._step):
            self._is_deferred = done == steps
            if not self._is_deferred:
                self._take(logs or {})

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Take the snapshot that is due after the last step, with the figures on validation data."""
        if self._is_deferred:
            self._take(logs or {})
        self._is_deferred = False

    def on_train_end(self, logs: Mapping[str, Any] | None = None) -> None:
        """Take the last snapshot."""
        self._take(logs or {})

    @property
    def _steps_per_epoch(self) -> int | None:
        steps: int | None = (self.params or {}).get("steps")
        return steps

    def _take(self, figures: Mapping[str, Any]) -> None:
        """Take a snapshot of the weights as they are."""
        if not (self._recorder and self.network):
            return
        weights, steps = self.model.get_weights(), self._steps_per_epoch
        epoch = self._epoch + (self._step - self._epoch_begun) / steps if steps else None
        self.network.model.set_weights(weights)
        try:
            self._recorder.record(self._step, weights, figures, epoch)
        except CnnvizError as error:
            LOGGER.warning(NO_TIMELINE, error)
            self._recorder = None

    def _understand(self) -> Network:
        """Interpret a copy of the model, which the training does not touch."""
        names = self.classes
        if names is None and isinstance(self.photos, str | os.PathLike):
            names = _own_classes(self.photos, int(self.model.output_shape[-1]))
        said = Interpretation(names, self.preprocessing, kind=self.kind)
        network, assumed = said.build(copy_model(self.model, self.model.get_weights()))
        for sentence in assumed:
            LOGGER.warning("%s", sentence)
        return network

    def _read_photos(self, network: Network) -> FixedPhotos:
        if isinstance(self.photos, str | os.PathLike):
            return FixedPhotos.of_data([self.photos], network.preprocessing, network.class_names)
        return FixedPhotos.of_pictures(self.photos, self.labels, network.preprocessing)


def _own_classes(photos: str | os.PathLike[str], num_outputs: int) -> list[str] | None:
    """Name the classes after those of the photographs, if there are as many."""
    names = sorted({name for source in open_photos([photos], needs_classes=False) for name in source.classes})
    return names if len(names) == (2 if num_outputs == 1 else num_outputs) else None
