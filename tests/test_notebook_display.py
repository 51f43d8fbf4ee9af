"""What a notebook shows of everything public: one short line, and markup where there is a picture."""

import copy
import inspect
import pickle
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from IPython.core.interactiveshell import InteractiveShell
from PIL import Image

import cnnviz
from cnnviz.base.figures import signed
from markup import Shown
from networks import build_branches
from pictures import draw

LONGEST = 140
"""Characters of a line, for names of usual length."""

WITH_PICTURES = (
    "Ablation",
    "Channel",
    "ChannelTimeline",
    "Comparison",
    "Contributions",
    "Explanation",
    "LayerAtlas",
    "LayerResult",
    "Result",
    "Trace",
)
NASTY = "<b onclick=\"alert('dog')\">&amp;\n</b>"


@pytest.fixture(scope="module")
def explorer() -> cnnviz.Explorer:
    return cnnviz.load()


@pytest.fixture(scope="module")
def objects(explorer: cnnviz.Explorer, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """One of each public class."""
    model = cnnviz.save(explorer, tmp_path_factory.mktemp("models") / "saved")
    timeline = cnnviz.timeline([model, model], model.with_name("timeline"))
    result, kernel = explorer(draw()), explorer.kernels()[7]
    explanation, arithmetic = result.explain("hires_cam"), explorer.arithmetic(draw(), "conv2d_2", 3, 4, 5)
    trust = result.trust(explanation)
    folder = tmp_path_factory.mktemp("photos")
    draw().save(folder / "photo.jpg")
    survey = cnnviz.survey(explorer, folder)
    return {
        "Ablation": explorer.ablate(draw(), {"conv2d_3": range(100)}),
        "Arithmetic": arithmetic,
        "Channel": result.channel("conv2d_3", 17),
        "ChannelTimeline": result.timeline("conv2d_3", 17, timeline),
        "ColorKernel": kernel,
        "Comparison": explorer.compare(draw(), draw(seed=1)),
        "Contributions": result.contributions(),
        "Curve": trust.deletion,
        "Decision": explorer.network.decision,
        "Explanation": explanation,
        "Explorer": explorer,
        "Favourite": survey["conv2d_3"].favourites(17)[0],
        "Kernel": arithmetic.kernel,
        "Layer": result[0].layer,
        "LayerAtlas": explorer.atlas("conv2d_2"),
        "LayerResult": result["conv2d_3"],
        "LayerSurvey": survey["conv2d_3"],
        "Network": explorer.network,
        "Preprocessing": explorer.network.preprocessing,
        "ReceptiveField": result[0].receptive_field,
        "Recipe": cnnviz.Recipe.named("default"),
        "Result": result,
        "Run": cnnviz.Run(Path("runs/mine")),
        "Snapshot": timeline[0],
        "Source": explorer.source,
        "Statistics": result[0].statistics,
        "Strongest": result[0].strongest(1)[0],
        "Survey": survey,
        "SurveyPhoto": survey.photos[0],
        "Timeline": timeline,
        "Trace": result.trace("conv2d_2", branches=2, depth=2),
        "Trust": trust,
    }


@pytest.fixture(scope="module")
def strange() -> cnnviz.Result:
    """The result of a network of many layers and classes, whose names hold markup and line breaks."""
    layers = [keras.layers.Conv2D(2, 1, name=f"conv_{number}") for number in range(43)]
    ends = [keras.layers.GlobalAveragePooling2D(name="a>b"), keras.layers.Dense(1000, name=f"answer{90 * 'x'}")]
    model = keras.Sequential([keras.Input((12, 12, 3)), *layers, *ends])
    names = tuple(f"{NASTY} {number}" for number in range(1000))
    return cnnviz.Explorer(cnnviz.Network(model, names, cnnviz.Preprocessing(12, 12)))(draw())


def show(thing: Any) -> str:
    markup: str = thing._repr_html_()
    return markup


def classes() -> set[str]:
    public = {name: getattr(cnnviz, name) for name in cnnviz.__all__}
    return {name for name, each in public.items() if inspect.isclass(each) and not issubclass(each, Exception)}


def test_every_public_class_is_looked_at(objects: dict[str, Any]) -> None:
    assert set(objects) == classes()
    assert all(type(each).__name__ == name for name, each in objects.items())


@pytest.mark.parametrize("name", sorted(classes()))
def test_everything_public_is_described_in_one_short_line(objects: dict[str, Any], name: str) -> None:
    line = repr(objects[name])
    assert name in line
    assert line.isprintable()
    assert len(line) <= LONGEST


def test_line_stays_short_whatever_the_names_are(strange: cnnviz.Result) -> None:
    things = [strange, strange[0], strange[-1], strange.network, strange.decision, cnnviz.Explorer(strange.network)]
    things += [strange.explain("grad_cam"), strange.contributions(), cnnviz.Comparison(strange, strange)]
    things += [strange.network.head, strange.channel("conv_1", 0), strange.trace(depth=3)]
    for each in things:
        assert repr(each).isprintable()
        assert len(repr(each)) <= LONGEST


@pytest.mark.parametrize("name", sorted(classes()))
def test_everything_public_can_be_pickled_and_copied_and_is_shown_the_same(objects: dict[str, Any], name: str) -> None:
    for again in (pickle.loads(pickle.dumps(objects[name])), copy.deepcopy(objects[name])):
        assert type(again) is type(objects[name])
        assert repr(again) == repr(objects[name])
        if name in WITH_PICTURES:
            assert show(again) == show(objects[name])


@pytest.mark.parametrize("name", WITH_PICTURES)
def test_notebook_shows_markup_of_moderate_size(objects: dict[str, Any], name: str) -> None:
    formatter = InteractiveShell.instance().display_formatter
    data, _ = formatter.format(objects[name])
    assert set(data) == {"text/plain", "text/html"}
    assert data["text/plain"] == repr(objects[name])
    shown = Shown(data["text/html"])
    assert set(shown.tags) <= {"div", "img"}
    assert len(data["text/html"]) < 400_000
    assert all(picture.width <= width <= 1216 for picture, width, _ in shown.pictures)


def test_notebook_shows_a_kernel_as_a_picture_and_all_of_them_with_their_names(explorer: cnnviz.Explorer) -> None:
    kernels = explorer.kernels()
    formatter = InteractiveShell.instance().display_formatter
    data, _ = formatter.format(kernels[0])
    assert set(data) == {"text/plain", "image/png"}
    shown = Shown(show(kernels))
    assert len(shown.pictures) == 32
    assert next(text for text in shown.texts if text.endswith(" edge")) == f"{kernels[6].channel} edge"
    assert show(type(kernels)()).count("<img") == 0
    assert kernels == tuple(kernels)
    assert (repr(kernels), repr(type(kernels)())) == ("<ColorKernels: 32 of conv2d_1>", "<ColorKernels: none>")


def test_result_shows_what_was_seen_the_answer_and_each_layer(objects: dict[str, Any]) -> None:
    result = objects["Result"]
    shown = Shown(show(result))
    seen, *maps = shown.pictures
    assert (seen[0].tobytes(), *seen[1:]) == (result.seen.tobytes(), 300, 300)
    assert len(maps) == 11
    for layer in result:
        assert {layer.name, layer.layer.shape_text} <= set(shown.texts)
    assert set(result.probabilities) <= set(shown.texts)


def test_layer_of_a_block_is_shown_by_its_own_name_and_whole_where_one_points_at_it() -> None:
    shown = Shown(show(cnnviz.Explorer(build_branches())(draw())))
    assert {"depthwise", "normalized"} <= set(shown.texts)
    assert "block/depthwise" not in shown.texts
    assert any(title.startswith("block/depthwise · DepthwiseConv2D") for title in shown.titles)


def test_of_many_layers_the_first_are_shown_and_no_name_is_markup(strange: cnnviz.Result) -> None:
    shown = Shown(show(strange))
    assert len(shown.pictures) == 1 + 40
    assert [text for text in shown.texts if text.startswith("and ")] == ["and 995 others", "and 5 others"]
    for each in (strange, strange[-2], strange.explain("grad_cam"), strange.contributions(), strange.network.decision):
        if hasattr(each, "_repr_html_"):
            assert set(Shown(show(each)).tags) <= {"div", "img"}
    assert any(NASTY in text for text in shown.texts)


def test_map_is_shown_over_the_photo_if_it_is_known(objects: dict[str, Any], explorer: cnnviz.Explorer) -> None:
    explanation, result = objects["Explanation"], objects["Result"]
    assert explanation.shown is result.seen
    assert explanation.overlay().tobytes() == explanation.overlay(result.seen).tobytes()
    over, raw = Shown(show(explanation)).pictures
    assert over[0].size == (300, 300)
    assert raw[0].size == (300, 300)
    alone = copy.copy(explanation)
    object.__setattr__(alone, "shown", None)
    assert len(Shown(show(alone)).pictures) == 1
    with pytest.raises(cnnviz.OptionError, match="`picture` is needed"):
        alone.overlay()


@pytest.mark.parametrize(
    ("method", "words"),
    [("hires_cam", "Orange speaks for cat, purple for dog."), ("saliency", "Bright places matter most, for whichever")],
)
def test_map_says_what_its_colours_stand_for(objects: dict[str, Any], method: str, words: str) -> None:
    assert words in show(objects["Result"].explain(method))


def test_map_of_nothing_and_layers_that_are_silent_are_shown(explorer: cnnviz.Explorer) -> None:
    result = explorer(np.zeros((20, 20), np.uint8))
    silent = next(
        result.channel(layer.name, int(index))
        for layer in result
        for index in np.flatnonzero(layer.statistics.silent)[:1]
    )
    assert len(Shown(show(silent)).pictures) == 1
    assert "100% of them zero" in show(silent)
    explanation = copy.copy(result.explain("grad_cam"))
    object.__setattr__(explanation, "values", np.zeros_like(explanation.values))
    assert "Nothing speaks for it" in show(explanation)
    for layer in result:
        assert Shown(show(layer)).pictures


def test_contributions_add_up_in_words(objects: dict[str, Any]) -> None:
    sums = objects["Contributions"]
    texts = Shown(show(sums)).texts
    units = sums.strongest(8)
    assert texts[1:-1] == [text for unit in units for text in (f"unit {unit}", signed(float(sums.values[unit])))]
    others = float(sums.values.sum() - sums.values[units].sum())
    expected = f"The others add {signed(others)}, and the bias {signed(sums.bias)}: {signed(sums.logit)} in all."
    assert texts[-1] == expected
    assert sums.values[units].sum() + others + sums.bias == pytest.approx(sums.logit, rel=1e-4)


def test_grey_photos_are_shown(explorer: cnnviz.Explorer) -> None:
    assert Shown(show(explorer(Image.new("L", (10, 10), 90)))).pictures
