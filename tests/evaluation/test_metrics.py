"""Measures against loops that say what they mean."""

from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnviz.evaluation.metrics import (
    accuracy_of,
    balanced_accuracy,
    calibration_error,
    class_scores,
    log_loss,
    majority_share,
    reliability,
    roc_auc,
    roc_curve,
    similar_answers,
    wilson_interval,
)

HUGE = float(np.finfo(np.float32).max)
RANKED = st.lists(st.tuples(st.integers(-3, 3), st.integers(0, 1)), min_size=2).filter(
    lambda rows: len({label for _, label in rows}) == 2
)
"""Scores with many ties, and labels of which both occur."""

ANSWERS = st.lists(st.tuples(st.sampled_from([0.5, 0.6, 0.625, 0.9, 1.0]), st.booleans()), min_size=1, max_size=80)


@pytest.mark.parametrize(
    ("num_right", "num_photos", "low", "high"),
    [(0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (81, 263, 0.2553, 0.3662), (90, 100, 0.8256, 0.9448)],
)
def test_wilson_interval_has_known_values(num_right: int, num_photos: int, low: float, high: float) -> None:
    assert wilson_interval(num_right, num_photos) == pytest.approx([low, high], abs=5e-5)


@given(st.integers(1, 10_000).flatmap(lambda count: st.tuples(st.integers(0, count), st.just(count))))
def test_wilson_interval_holds_the_share_and_stays_within_0_and_1(counts: tuple[int, int]) -> None:
    num_right, num_photos = counts
    low, high = wilson_interval(num_right, num_photos)
    assert 0 <= low <= num_right / num_photos + 1e-12
    assert num_right / num_photos - 1e-12 <= high <= 1
    assert wilson_interval(num_photos - num_right, num_photos) == pytest.approx([1 - high, 1 - low], abs=1e-12)


def test_accuracy_comes_with_its_interval() -> None:
    right = np.array([True, False, True, True])
    assert accuracy_of(right) == {"accuracy": 0.75, "accuracy_interval_95": wilson_interval(3, 4)}


def test_who_always_answers_the_most_frequent_class_is_seen_for_what_that_is() -> None:
    labels = np.array([2] * 95 + [0] * 5)
    assert accuracy_of(labels == 2)["accuracy"] == majority_share(labels) == 0.95
    assert balanced_accuracy(labels == 2, labels) == 0.5
    half = np.arange(100) % 2 == 0  # 48 of the 95, 2 of the 5
    assert balanced_accuracy(half, labels) == pytest.approx((48 / 95 + 2 / 5) / 2)


def test_log_loss_is_the_mean_logarithm_of_the_true_class_s_probability() -> None:
    logits = np.random.default_rng(0).normal(size=(50, 3))
    labels = np.arange(50) % 3
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    assert log_loss(class_scores(logits), labels) == pytest.approx(-np.log(probabilities[range(50), labels]).mean())
    sigmoid = 1 / (1 + np.exp(-logits[:, 0]))
    truth = np.where(labels > 0, sigmoid, 1 - sigmoid)
    assert log_loss(class_scores(logits[:, :1]), (labels > 0).astype(int)) == pytest.approx(-np.log(truth).mean())


def test_log_loss_of_huge_logits_is_finite_and_exact() -> None:
    logits = np.array([[HUGE], [-HUGE], [HUGE], [5000]], np.float32)
    assert log_loss(class_scores(logits), np.array([1, 0, 0, 0])) == pytest.approx((HUGE + 5000) / 4)


@given(RANKED)
def test_area_under_the_curve_counts_the_pairs_in_the_right_order_and_half_of_the_ties(
    rows: list[tuple[int, int]],
) -> None:
    zeros, ones = ([score for score, label in rows if label == wanted] for wanted in (0, 1))
    wins = sum(1.0 if one > zero else 0.5 if one == zero else 0.0 for one in ones for zero in zeros)
    scores, labels = np.array(rows, float).T
    assert roc_auc(*roc_curve(scores, labels.astype(int))) == pytest.approx(wins / (len(ones) * len(zeros)))


@given(RANKED)
def test_roc_curve_has_a_corner_only_where_a_threshold_gives_it(rows: list[tuple[int, int]]) -> None:
    scores, labels = np.array(rows, float).T
    curve = list(zip(*(counts.tolist() for counts in roc_curve(scores, labels.astype(int))), strict=True))
    thresholds = [np.inf, *sorted(set(scores), reverse=True)]
    points = [tuple(int((labels[scores >= low] == wanted).sum()) for wanted in (0, 1)) for low in thresholds]
    assert set(curve) <= set(points)
    assert (curve[0], curve[-1]) == (points[0], points[-1])
    xs, ys = zip(*curve, strict=True)
    assert all(np.interp(x, xs, ys) >= y - 1e-9 or x in xs for x, y in points)


@given(ANSWERS, st.randoms(use_true_random=False))
def test_reliability_does_not_depend_on_the_order_of_the_answers(
    answers: list[tuple[float, bool]], randomness: Random
) -> None:
    shuffled = randomness.sample(answers, len(answers))
    one, other = (reliability(*map(np.array, zip(*each, strict=True))) for each in (answers, shuffled))
    assert len(one) == len(other) == min(15, len(answers))
    for left, right in zip(one, other, strict=True):
        assert left == pytest.approx(right)


@given(ANSWERS)
def test_bins_hold_all_answers_from_the_least_to_the_most_sure(answers: list[tuple[float, bool]]) -> None:
    confidence, right = map(np.array, zip(*answers, strict=True))
    bins = reliability(confidence, right)
    counts = [each["num_photos"] for each in bins]
    assert sum(counts) == len(answers)
    assert max(counts) - min(counts) <= 1
    assert sum(each["accuracy"] * each["num_photos"] for each in bins) == pytest.approx(right.sum())
    bounds = [bound for each in bins for bound in (each["confidence_low"], each["confidence_high"])]
    assert bounds == sorted(bounds)
    for each in bins:
        assert each["confidence_low"] - 1e-12 <= each["mean_confidence"] <= each["confidence_high"] + 1e-12


@pytest.mark.parametrize("num_answers", [1, 14, 15, 16, 300, 307])
def test_calibration_error_is_what_a_plain_loop_finds(num_answers: int) -> None:
    random = np.random.default_rng(num_answers)
    confidence = random.uniform(0.5, 1, num_answers)  # all different
    right = random.random(num_answers) < confidence**2
    rows = sorted(zip(confidence, right, strict=True))
    num_bins, error, start = min(15, num_answers), 0.0, 0
    for number in range(num_bins):
        size = num_answers // num_bins + (number < num_answers % num_bins)
        chosen = rows[start : start + size]
        start += size
        error += abs(sum(hit for _, hit in chosen) - sum(sure for sure, _ in chosen)) / num_answers
    assert calibration_error(reliability(confidence, right)) == pytest.approx(error)


def test_answers_that_are_as_often_right_as_they_claim_have_no_calibration_error() -> None:
    confidence = np.repeat([0.75, 1.0], 60)
    right = np.concatenate([np.arange(60) % 4 > 0, np.ones(60, bool)])
    assert calibration_error(reliability(confidence, right)) == pytest.approx(0)
    assert calibration_error(reliability(np.ones(60), np.zeros(60, bool))) == 1


def test_similar_answers_are_those_of_the_bin_that_the_confidence_lies_in() -> None:
    random = np.random.default_rng(0)
    confidence = random.uniform(0.5, 1, 300)
    bins = reliability(confidence, random.random(300) < confidence)
    for each in bins:
        assert similar_answers(bins, each["confidence_low"]) is each
        assert similar_answers(bins, each["confidence_high"]) is each
    assert similar_answers(bins, 0.5) is bins[0]
    assert similar_answers(bins, 1.0) is bins[-1]
