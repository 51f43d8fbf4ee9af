"""What a data set tells of each layer: its most telling channels, near-duplicates and dead ones."""

from typing import TypedDict
from urllib.parse import urlencode

from cnnviz.base.figures import count, decimals, share
from cnnviz.surveys.layer_survey import LayerSurvey
from cnnviz.ui.component import plain
from cnnviz.ui.network import words
from cnnviz.ui.served_model import ServedModel
from cnnviz.ui.view import View

NUM_BEST, NUM_PAIRS, NUM_DEAD = 5, 3, 8


class ChannelLink(TypedDict):
    """A channel, and the address that opens it."""

    text: str
    address: str


class SurveyedLayer(TypedDict):
    """What is told of a layer."""

    name: str
    number: str
    best: list[ChannelLink]
    pairs: list[ChannelLink]
    more_pairs: str
    dead: list[ChannelLink]
    more_dead: str


class DataSetValue(TypedDict):
    """What a data set tells of the layers."""

    heading: str
    text: str
    summary: str
    headings: tuple[str, ...]
    layers: list[SurveyedLayer]


def describe_data_set(model: ServedModel) -> DataSetValue:
    """Describe what data_set.html shows.

    Args:
        model: The model.

    Returns:
        Plain JSON values; without layers if the model has no survey.
    """
    survey = model.survey
    if survey is None:
        return {"heading": "", "text": "", "summary": "", "headings": (), "layers": []}
    known = survey.num_right
    text = words.SURVEY_TEXT_SHOWN.format(licence=survey.licence) if survey.pictures else words.SURVEY_TEXT
    right = "" if known is None else words.SURVEY_RIGHT.format(share=share(known / max(survey.num_photos, 1), 1))
    return {
        "heading": words.SURVEY_HEADING.format(number=count(survey.num_photos)),
        "text": f"{text} {right}".strip(),
        "summary": words.SURVEY_SUMMARY,
        "headings": words.SURVEY_TOLD if any(map(_tells, survey.layers.values())) else words.SURVEY_UNTOLD,
        "layers": [_describe(name, layer) for name, layer in survey.layers.items()],
    }


def _tells(layer: LayerSurvey) -> bool:
    """Tell whether its channels are known to tell classes apart, or not: of too many classes nothing is known."""
    return len(layer.class_means) > 0


def _describe(name: str, layer: LayerSurvey) -> SurveyedLayer:
    values = layer.telling if _tells(layer) else layer.deviation
    told = [channel for channel in layer.ranked()[:NUM_BEST] if values[channel] == values[channel]]
    pairs, dead = layer.duplicates, [int(channel) for channel in layer.dead.nonzero()[0]]
    return {
        "name": name,
        "number": count(len(layer)),
        "best": [_link(name, each, f"{each} ({decimals(float(values[each]), 2)})") for each in told],
        "pairs": [_link(name, one, f"{one} & {other}") for one, other, _ in pairs[:NUM_PAIRS]],
        "more_pairs": _more(len(pairs) - NUM_PAIRS),
        "dead": [_link(name, each, str(each)) for each in dead[:NUM_DEAD]],
        "more_dead": _more(len(dead) - NUM_DEAD),
    }


def _link(name: str, channel: int, text: str) -> ChannelLink:
    return {"text": text, "address": f"?{urlencode({'layer': name, 'channel': channel})}"}


def _more(number: int) -> str:
    return words.SURVEY_MORE.format(number=count(number)) if number > 0 else ""


DATA_SET = View("network/data_set", describe_data_set, plain)
