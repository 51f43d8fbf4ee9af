"""Benchmark: what does each part of the recipe contribute?

    python -m benchmarks.ablation --data photos/ --output runs/ablation

It trains once with the default recipe, and once without each of its parts (or with a part that it lacks). Everything
else is equal: the photographs and the first weights too. Then it prints a table with the figures of the last epoch on
the validation photographs. "changes" is the difference from the first row's share of right answers, with the 95%
interval of a paired comparison. If it is started again, it goes on where it stopped. `make bench` does not run it.
"""

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.timing import print_table
from cnnviz.data.dataset import Dataset, Split, read_dataset
from cnnviz.evaluation.evaluation import gather_logits
from cnnviz.evaluation.metrics import Z_95, class_scores, log_loss
from cnnviz.model_folder.folder import read_folder
from cnnviz.network.network import Network
from cnnviz.network.passes import Values
from cnnviz.picture.preprocessing import Preprocessing
from cnnviz.training.augmentation import Augmentation
from cnnviz.training.dropout import Dropout
from cnnviz.training.recipe import PRECISIONS, RECIPES, Recipe
from cnnviz.training.training import Training

DEFAULT = RECIPES["default"]


def changed(**strengths: float) -> Recipe:
    """Return the default recipe with other strengths of augmentation."""
    return replace(DEFAULT, augmentation=replace(DEFAULT.augmentation, **strengths))


VARIANTS = {
    "the default recipe": DEFAULT,
    "without mirroring": changed(mirror=0.0),
    "without cropping": changed(smallest_area=1.0, aspect=1.0),
    "without stretching": changed(aspect=1.0),
    "without colour changes": changed(brightness=0.0, contrast=0.0, saturation=0.0, tint=0.0, gray=0.0),
    "without erasing": changed(erase=0.0),
    "without any augmentation": replace(DEFAULT, augmentation=Augmentation()),
    "without dropout": replace(DEFAULT, dropout=Dropout()),
    "without normalization": replace(DEFAULT, normalization=False),
    "without averaging": replace(DEFAULT, averaging=0.0),
    "with a constant learning rate": replace(DEFAULT, warm_up=0.0),
    "with labels smoothed by 0.1": replace(DEFAULT, label_smoothing=0.1),
    "with batches of 128": replace(DEFAULT, batch_size=128),
    "the book's recipe": RECIPES["book"],
}


def main() -> None:
    """Train all variants and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", nargs="+", required=True, help="the photographs, as for train.py")
    parser.add_argument("--output", type=Path, required=True, help="folder for the runs, one below it for each variant")
    parser.add_argument("--epochs", type=int, default=8, help="passes over the photographs in each run (%(default)s)")
    parser.add_argument("--photos", type=int, help="how many of the training photographs to train on (all)")
    parser.add_argument("--precision", choices=tuple(PRECISIONS), default="float32", help="as for train.py")
    parser.add_argument("--start-from", type=Path, help="model folder whose weights come first in each run")
    parser.add_argument("--only", nargs="+", choices=VARIANTS, default=VARIANTS, help="some, compared with the first")
    arguments = parser.parse_args()
    dataset = read_dataset(arguments.data, Preprocessing())
    dataset.splits["train"] = some_photos(dataset.splits["train"], arguments.photos)
    start = read_folder(arguments.start_from) if arguments.start_from else None
    rows, compared_with = [("variant", "right", "changes", "loss")], None
    for name in arguments.only:
        recipe = replace(VARIANTS[name], epochs=arguments.epochs, precision=arguments.precision)
        logits = train(arguments.output / name.replace(" ", "-"), dataset, recipe, start)
        scores, labels = class_scores(logits), dataset.splits["validation"].labels
        right = scores.argmax(axis=1) == labels
        change = "" if compared_with is None else describe_change(right, compared_with)
        compared_with = right if compared_with is None else compared_with
        rows.append((name, f"{right.mean():.2%}", change, f"{log_loss(scores, labels):.4f}"))
        print(*rows[-1], sep="; ", flush=True)
    print_table(rows)


def some_photos(split: Split, number: int | None) -> Split:
    """Return so many photographs, spread over the whole split, or all."""
    chosen = np.linspace(0, len(split) - 1, number or len(split)).astype(np.int64)
    rows = np.arange(len(split)) if split.rows is None else split.rows
    return Split(split.images, split.labels[chosen], rows[chosen])


def train(folder: Path, dataset: Dataset, recipe: Recipe, start: Network | None) -> Values:
    """Train one variant to its end, and return the final logits of the validation photographs."""
    training = Training(folder, dataset, recipe, start=start, report=lambda line: None)
    training.fit(resume=True)
    training.averaged.model.set_weights(training.learner.saved_weights(training.measured))
    return gather_logits(training.averaged, dataset.splits["validation"])


def describe_change(right: NDArray[np.bool_], before: NDArray[np.bool_]) -> str:
    """Describe the difference between two shares of right answers, with the normal 95% interval."""
    change = right.astype(float) - before
    return f"{change.mean():+.1%} ± {Z_95 * change.std() / np.sqrt(len(change)):.1%}"


if __name__ == "__main__":
    main()
