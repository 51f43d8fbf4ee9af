"""What does each choice of the recipe bring?

    python -m benchmarks.ablation --data photos/ --output runs/ablation

Trains once with the default recipe and once without each of its parts (or with a part that it lacks), all alike
otherwise and all from the same weights, and prints a table with the figures on the validation photographs. It goes on
where it was if it is started again. It takes hours, and is no part of `make bench`.
"""

import argparse
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from benchmarks.timing import print_table
from cnnviz.augmentation import Augmentation
from cnnviz.dataset import Dataset, read_dataset
from cnnviz.dropout import Dropout
from cnnviz.folder import read_folder
from cnnviz.measures import wilson_interval
from cnnviz.network import Network
from cnnviz.preprocessing import Preprocessing
from cnnviz.recipe import PRECISIONS, RECIPES, Recipe
from cnnviz.training import Training

DEFAULT = RECIPES["default"]


def changed(**strengths: float) -> Recipe:
    """The default recipe with other strengths of augmentation."""
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
    parser.add_argument("--precision", choices=tuple(PRECISIONS), default="float32", help="as for train.py")
    parser.add_argument("--start-from", type=Path, help="model folder whose weights come first in each run")
    arguments = parser.parse_args()
    dataset = read_dataset(arguments.data, Preprocessing())
    start = read_folder(arguments.start_from) if arguments.start_from else None
    rows = [("variant", "validation accuracy", "95% interval", "loss")]
    for name, recipe in VARIANTS.items():
        recipe = replace(recipe, epochs=arguments.epochs, precision=arguments.precision)
        history = train(arguments.output / name.replace(" ", "-"), dataset, recipe, start)
        rows.append((name, *describe(history, len(dataset.splits["validation"]))))
        print(*rows[-1], sep="; ", flush=True)
    print_table(rows)


def train(folder: Path, dataset: Dataset, recipe: Recipe, start: Network | None) -> Mapping[str, list[float]]:
    """Train one variant, or what is left of it."""
    return Training(folder, dataset, recipe, start=start, report=lambda line: None).fit(resume=True)


def describe(history: Mapping[str, list[float]], num_photos: int) -> tuple[str, str, str]:
    """Give the figures of the last epoch: nothing was chosen by them."""
    accuracy = history["val_accuracy"][-1]
    low, high = wilson_interval(round(accuracy * num_photos), num_photos)
    return f"{accuracy:.2%}", f"{low:.1%} to {high:.1%}", f"{history['val_loss'][-1]:.4f}"


if __name__ == "__main__":
    main()
