"""Event handlers of the channel explorer; errors are returned as part of the answer."""

from typing import Any, ClassVar, NotRequired, TypedDict

import gradio as gr
import numpy as np

from cnnviz.base.errors import OptionError
from cnnviz.base.figures import percent
from cnnviz.base.steps import finish, within
from cnnviz.network.head import SOFTMAX
from cnnviz.result.ablation import AblationFacts
from cnnviz.result.channel_details import ChannelDetails, describe_details
from cnnviz.result.channel_scores import EFFECTS, GRAY, channel_effects, color_losses
from cnnviz.result.channel_timeline import follow_in_steps
from cnnviz.result.layer_result import LayerResult
from cnnviz.result.result import Result
from cnnviz.result.statistics import plain
from cnnviz.ui.answers import SLOW_SECONDS, Asked, Questions, find_photo, named, reply
from cnnviz.ui.channel_data import (
    ClassShare,
    EvidenceChange,
    LayerSheet,
    Pattern,
    describe_classes,
    describe_evidence,
    describe_sheet,
    describe_tile,
    name_answer,
    unit_name,
)
from cnnviz.ui.channels.data_set import DataSetFacts, describe_data_set
from cnnviz.ui.channels.film import FilmAnswer, describe_film
from cnnviz.ui.crowd.fair_queue import is_wanted
from cnnviz.ui.served_model import ServedModel

# "class" is no name of Python's, so that the fields are not written as those of a class.
LastStep = TypedDict(
    "LastStep",
    {
        "class": str,
        "side": int | None,
        "layer": str,
        "unit": str,
        "values": list[float],
        "bias": float,
        "logit": float,
        "percent": str,
        "is_sigmoid": bool,
    },
)
"""What each unit, or channel, of a layer adds to a logit."""


class Telling(TypedDict):
    """How well each channel of a layer tells the classes of a data set apart, in [1/2, 1]."""

    values: list[float]
    num_photos: int


class SheetAnswer(LayerSheet):
    """All activations of a layer; the last step, if the layer takes part in it; what a data set tells, if one does."""

    sum: LastStep | None
    telling: Telling | None


class RankingAnswer(TypedDict):
    """One number for each channel of a layer, by which they are ordered; in black and white, the activations too."""

    layer: str
    by: str
    values: list[float]
    sheet: NotRequired[SheetAnswer]


class DetailsAnswer(ChannelDetails):
    """All that is known of one channel; what it looks for, and what a data set tells of it, if the model says so."""

    looks_for: Pattern | None
    data_set: DataSetFacts | None


class AblationAnswer(AblationFacts):
    """The answer without some channels."""

    classes: list[ClassShare]
    evidence: EvidenceChange


class ChannelQuestions(Questions):
    """Answers the explorer. Every value that it sends may have been made up by a program."""

    ANSWERS: ClassVar = {
        "look": "sheet",
        "rank": "ranking",
        "inspect": "details",
        "ablate": "ablation",
        "film": "frames",
    }

    def look(self, event: gr.EventData) -> Any:
        """Describe all activations of a layer."""
        return reply("sheet", event, self._look)

    def rank(self, event: gr.EventData) -> Any:
        """Tell what each channel of a layer adds to the answer, or what it loses in black and white."""
        return reply("ranking", event, self._rank)

    def inspect(self, event: gr.EventData) -> Any:
        """Describe one channel, and the arithmetic of one of its units; also in black and white."""
        return reply("details", event, self._inspect)

    def ablate(self, event: gr.EventData) -> Any:
        """Answer without some channels."""
        return reply("ablation", event, self._ablate)

    def film(self, event: gr.EventData) -> Any:
        """Show what a channel made of the photo while the network learned; also in black and white."""
        return reply("frames", event, self._film)

    def _look(self, asked: Asked) -> SheetAnswer:
        model = self.model()
        result = find_photo(model, asked)
        return self._sheet(model, result, named(asked, "layer"), result.label)

    def _sheet(self, model: ServedModel, result: Result, name: str, class_name: str) -> SheetAnswer:
        sheet, told = describe_sheet(result[name], model.endpoints), describe_telling(model, name)
        return {**sheet, "sum": describe_sum(result, result[name], class_name), "telling": told}

    def _rank(self, asked: Asked) -> RankingAnswer:
        model = self.model()
        result = find_photo(model, asked)
        layer, by = named(asked, "layer"), named(asked, "by")
        explorer = model.endpoints.explorer
        if by == EFFECTS:
            effects = channel_effects(explorer.network, result, layer, result.label)
            values = finish(within(effects, SLOW_SECONDS), is_wanted())
            return {"layer": layer, "by": by, "values": values.tolist()}
        if by != GRAY:
            raise OptionError(f"Channels are ranked by {EFFECTS} or by {GRAY}. Received: by={by!r}.")
        in_gray = explorer.in_gray(result.seen)
        values = color_losses(result, in_gray, layer)
        sheet = self._sheet(model, in_gray, layer, result.label)
        return {"layer": layer, "by": by, "values": values.tolist(), "sheet": sheet}

    def _inspect(self, asked: Asked) -> DetailsAnswer:
        model = self.model()
        result = _find_colored_or_gray(model, asked)
        layer = named(asked, "layer")
        place: dict[str, Any] = {key: asked.get(key) for key in ("channel", "row", "column")}
        details = describe_details(model.endpoints.explorer.network, result, layer, **place)
        atlas = model.atlas.get(layer)
        channel, maximum = details["channel"], float(details["statistics"]["max"])
        return {
            **details,
            "looks_for": describe_tile(atlas, channel) if atlas else None,
            "data_set": describe_data_set(model, layer, channel, maximum),
        }

    def _film(self, asked: Asked) -> FilmAnswer:
        model = self.model()
        result, name = _find_colored_or_gray(model, asked), named(asked, "layer")
        channel, layer = result.channel(name, asked.get("channel")).index, result[name].layer  # type: ignore[arg-type]
        if model.timeline is None or not layer.places:
            raise OptionError(f"Nobody knows how the maps of '{name}' came about.")
        steps = follow_in_steps(model.timeline.read(), result.numbers, layer, channel, result.label)
        return describe_film(finish(within(steps, SLOW_SECONDS), is_wanted()), asked.get("gray") is True)

    def _ablate(self, asked: Asked) -> AblationAnswer:
        model = self.model()
        result = find_photo(model, asked)
        ablation, head = model.endpoints.explorer.ablate(result.seen, asked.get("without") or {}), result.network.head
        return {
            **ablation.to_dict(),
            "label": name_answer(head, ablation.probabilities),
            "original_label": name_answer(head, ablation.original),
            "classes": describe_classes(head, ablation.probabilities, ablation.original),
            "evidence": {
                **describe_evidence(head, ablation.original_logits, result.label),
                "after": head.class_logit(ablation.logits, result.label),
            },
        }


def _find_colored_or_gray(model: ServedModel, asked: Asked) -> Result:
    """Return what the network made of the photo, or of it in black and white."""
    result = find_photo(model, asked)
    return model.endpoints.explorer.in_gray(result.seen) if asked.get("gray") is True else result


def describe_telling(model: ServedModel, layer_name: str) -> Telling | None:
    """Describe how well each channel of a layer tells the classes of the model's data set apart.

    Args:
        model: The model.
        layer_name: The layer.

    Returns:
        Plain JSON values; None if there is no survey, or it says nothing of classes.
    """
    survey = model.survey
    if survey is None or layer_name not in survey.layers or not len(survey[layer_name].class_means):
        return None
    return {"values": plain(np.nan_to_num(survey[layer_name].telling, nan=1 / 2)), "num_photos": survey.num_photos}


def describe_sum(result: Result, layer: LayerResult, class_name: str) -> LastStep | None:
    """Describe the last step: what each unit, or channel, of a layer adds to a logit.

    Args:
        result: What the network made of the photo.
        layer: The layer that is looked into.
        class_name: The class whose logit it is.

    Returns:
        Plain JSON values, among them side, the index of the class of two opposites, else None; None if the layer is
        neither the last one nor the one that feeds it.
    """
    decision = result.decision
    if decision is None or layer.name not in (decision.layer_name, result.layers[-1].name):
        return None
    contributions = result.contributions(class_name)
    head, num_channels = result.network.head, len(result[contributions.layer_name].feature_maps)
    return {
        "class": contributions.class_name,
        "side": head.class_names.index(contributions.class_name) if head.is_binary else None,
        "layer": contributions.layer_name,
        "unit": unit_name(result[contributions.layer_name]),
        "values": contributions.by_channel(num_channels).tolist(),
        "bias": contributions.bias,
        "logit": contributions.logit,
        "percent": percent(result.probabilities[contributions.class_name]),
        "is_sigmoid": head.kind != SOFTMAX,
    }
