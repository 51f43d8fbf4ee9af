"""How a model came about, for its folder and card."""

from cnnviz.training.record import training_record
from runs import RECIPE, SIZES, draw_dataset


def test_the_record_says_what_was_done_with_how_many_photographs() -> None:
    record = training_record(RECIPE, 5, draw_dataset(), data="drawings", git_commit=None)
    assert record["num_photos"] == SIZES
    assert record["num_skipped"] == 1
    assert (record["epochs"], record["seed"], record["batch_size"], record["recipe"]) == (3, 5, 4, "default")
    assert (record["data"], record["split"]) == ("drawings", "by hand")
    assert record["augmentation"].startswith("50% mirrored")
    assert record["normalization"] == "the channels of each convolution, per batch"
    assert "git_commit" not in record
