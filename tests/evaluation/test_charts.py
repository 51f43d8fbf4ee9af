"""The card's pictures: complete, deterministic, and drawable whatever was measured."""

import io
import warnings

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from cnnviz.evaluation import chart_style
from cnnviz.evaluation.chart_style import DARK, LIGHT
from cnnviz.evaluation.charts import draw_charts, draw_curves, draw_reliability, draw_roc
from cnnviz.evaluation.metrics import accuracy_of, calibration_error, reliability, roc_auc, roc_curve
from fonts import CAT, DOG

NAMES = ("cat", "dog")
FEW_DOTS = 40


def history(num_epochs: int) -> dict[str, list[float]]:
    """A run that gets better."""
    loss = [1 / (2 + epoch) for epoch in range(num_epochs)]
    accuracy = [1 - value for value in loss]
    return {"loss": loss, "accuracy": accuracy, "val_loss": loss, "val_accuracy": accuracy}


def measured(labels: np.ndarray, logits: np.ndarray, names: tuple[str, ...] = NAMES) -> dict[str, object]:
    """What an evaluation gives for these answers."""
    called = (logits > 0).astype(int)
    false_alarms, hits = roc_curve(logits, labels)
    bins = reliability(1 / (1 + np.exp(-np.abs(logits))), called == labels)
    answers = [{other: int(((labels == i) & (called == k)).sum()) for k, other in enumerate(names)} for i in range(2)]
    classes = {
        name: {
            "num_photos": int((labels == index).sum()),
            "called": {other: number for other, number in answers[index].items() if number},
        }
        for index, name in enumerate(names)
    }
    return {
        "num_photos": len(labels),
        **accuracy_of(called == labels),
        "classes": classes,
        "reliability": bins,
        "expected_calibration_error": calibration_error(bins),
        "roc_auc": roc_auc(false_alarms, hits),
        "roc_curve": {"false_alarms": false_alarms.tolist(), "hits": hits.tolist()},
    }


def some_answers() -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(0)
    labels = np.arange(400) % 2
    return labels, random.normal(size=400) * 2 + 4 * labels - 2


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content)).convert("RGB")


@pytest.fixture
def coarse(monkeypatch: pytest.MonkeyPatch) -> None:
    """Charts have few dots, for tests of what is on them and not of how it looks."""
    monkeypatch.setattr(chart_style, "DOTS_PER_INCH", FEW_DOTS)


@pytest.fixture(scope="module")
def charts() -> dict[str, bytes]:
    return draw_charts({"history": history(8), "test": measured(*some_answers())}, NAMES)


def test_every_chart_is_drawn_on_white_and_on_black(charts: dict[str, bytes]) -> None:
    stems = ("curves", "confusion", "reliability", "roc")
    assert [*charts] == [*(f"{stem}.png" for stem in stems), *(f"{stem}-dark.png" for stem in stems)]
    for name, content in charts.items():
        picture = opened(content)
        paper = (DARK if "-dark" in name else LIGHT).paper
        assert picture.width == 1400
        assert "#{:02x}{:02x}{:02x}".format(*picture.getpixel((2, 2))) == paper
        assert len(content) < 100_000


def test_drawing_again_gives_the_same_bytes(charts: dict[str, bytes]) -> None:
    assert draw_reliability(measured(*some_answers())) == charts["reliability.png"]
    assert all(not Image.open(io.BytesIO(content)).info for content in charts.values())


def test_drawing_coarsely_again_gives_the_same_bytes(coarse: None) -> None:
    one, other = (draw_charts({"history": history(8), "test": measured(*some_answers())}, NAMES) for _ in range(2))
    assert one == other


@pytest.mark.parametrize("num_epochs", [1, 2, 300])
def test_curves_are_drawn_for_any_number_of_epochs(num_epochs: int, coarse: None) -> None:
    drawn = draw_curves(history(num_epochs))
    assert drawn != draw_curves(history(num_epochs), dark=True)
    assert drawn != draw_curves(history(num_epochs + 1))


@pytest.mark.parametrize("reached", [0.6, 0.947, 0.966, 0.9412])
def test_marks_beside_the_accuracy_are_the_values_where_they_stand(
    reached: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[Figure] = []
    monkeypatch.setattr("cnnviz.evaluation.charts.encode", lambda figure: drawn.append(figure) or b"")
    rising = [0.94, (0.94 + reached) / 2, reached]
    draw_curves({"loss": [3, 2, 1], "val_loss": [3, 2, 1], "accuracy": rising, "val_accuracy": rising})
    axis = drawn[0].axes[1].yaxis
    labels = [label.get_text() for label in axis.get_ticklabels()]
    assert [float(label.removesuffix("%")) for label in labels] == pytest.approx(100 * axis.get_majorticklocs())
    assert len({*labels}) == len(labels) >= 3


def test_curves_of_a_run_that_learns_nothing_are_drawn(coarse: None) -> None:
    flat = {name: [0.5, 0.5] for name in history(1)}
    assert opened(draw_curves(flat)).width == chart_style.WIDTH * FEW_DOTS


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("num_photos", [2, 31])
def test_charts_of_a_test_that_is_all_right_or_all_wrong_are_drawn(sign: int, num_photos: int, coarse: None) -> None:
    labels = np.arange(num_photos) % 2
    charts = draw_charts({"history": history(1), "test": measured(labels, sign * (80.0 * labels - 40))}, NAMES)
    assert len(charts) == 8
    assert all(opened(content).width == chart_style.WIDTH * FEW_DOTS for content in charts.values())


def runs_off(content: bytes) -> bool:
    """Tell whether anything reaches the right or the lower edge of a picture."""
    pixels = np.asarray(opened(content))
    return any((edge != pixels[0, 0]).any() for edge in (pixels[:, -1], pixels[-1]))


def test_a_class_that_is_never_called_is_drawn(coarse: None) -> None:
    labels = np.arange(30) % 2
    assert opened(draw_roc(measured(labels, np.linspace(-2, -1, 30)), NAMES)).size[0] > 0


def test_dollars_in_names_are_no_formula(coarse: None) -> None:
    names = ("5$ x^{", "10$ \\frac")
    assert len(draw_charts({"test": measured(*some_answers(), names)}, names)) == 6


def test_names_in_letters_that_our_font_lacks_are_written_in_one_of_the_machine(chinese: None, coarse: None) -> None:
    with warnings.catch_warnings(action="error"):  # matplotlib warns of letters that it has no picture of
        draw_charts({"test": measured(*some_answers(), (CAT, "dog"))}, (CAT, "dog"))
    with pytest.warns(UserWarning, match="missing from font"):
        draw_charts({"test": measured(*some_answers(), (DOG, "cat"))}, (DOG, "cat"))


def test_a_dot_in_the_corner_is_drawn_whole() -> None:
    labels = np.arange(30) % 2
    pixels = np.asarray(opened(draw_roc(measured(labels, 80.0 * labels - 40), NAMES))).astype(int)
    blue = (pixels[..., 2] > 150) & (pixels[..., 0] < 60)
    top = np.flatnonzero(blue.any(axis=1))[0]
    assert blue[top].sum() < 12  # the top of a disk of 22 pixels; where it is cut off, it is wider
    assert blue[top + 11].sum() >= 20


@pytest.mark.parametrize("name", ["roc", "reliability", "curves", "confusion"])
def test_nothing_runs_off_a_chart(name: str, charts: dict[str, bytes]) -> None:
    assert not runs_off(charts[f"{name}.png"])
