"""Train the network on photographs of two classes and save it as a model folder.

    python train.py --data photos/ --epochs 6 --output runs/first

`--data` is a folder or zip: Kaggle's train/cat.0.jpg, dog.0.jpg, ...; or one folder per class, with or without
train/, validation/ and test/ above them.
"""

import argparse
import shlex
import sys
from pathlib import Path

from cnnviz.errors import CnnvizError


def main() -> int:
    """Read the flags, train, and give the exit status."""
    arguments = parse_arguments()
    try:
        train(arguments)
    except CnnvizError as error:
        print(f"train.py: {error}", file=sys.stderr)
        return 1
    return 0


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, prog="train.py"
    )
    parser.add_argument("--data", type=Path, required=True, help="folder or zip with the photographs")
    parser.add_argument("--data-name", help="what the photographs are, for the model's card (the name of --data)")
    parser.add_argument("--output", type=Path, required=True, help="model folder to write")
    parser.add_argument("--epochs", type=int, default=6, help="passes over the photographs (%(default)s)")
    parser.add_argument("--batch-size", type=int, default=20, help="photographs per step (%(default)s)")
    parser.add_argument("--learning-rate", type=float, default=5e-4, help="highest learning rate (%(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="of splits, weights, order and flips (%(default)s)")
    return parser.parse_args()


def train(arguments: argparse.Namespace) -> None:
    """Photographs -> model -> folder -> read back -> metrics and card."""
    from cnnviz.card import write_card
    from cnnviz.dataset import SPLITS, read_dataset
    from cnnviz.folder import read_folder, require_replaceable, update_folder, write_folder
    from cnnviz.preprocessing import Preprocessing
    from cnnviz.training import TrainConfig, evaluate, fit, training_record

    config = TrainConfig(arguments.epochs, arguments.batch_size, arguments.learning_rate, arguments.seed)
    require_replaceable(arguments.output)
    preprocessing = Preprocessing()
    print(f"Reading the photographs in {arguments.data}", flush=True)
    dataset = read_dataset(arguments.data, preprocessing, config.seed)
    for name, reason in dataset.skipped.items():
        print(f"Skipped {name}: {reason}")
    sizes = ", ".join(f"{len(dataset.splits[name]):,} {name}" for name in SPLITS)
    print(f"{' and '.join(dataset.class_names)}: {sizes} photographs, {len(dataset.skipped)} skipped", flush=True)

    model, history = fit(dataset, config, preprocessing)
    command = shlex.join(["python", "train.py", *sys.argv[1:]])
    record = training_record(config, dataset, arguments.data_name or arguments.data.name, command)
    folder = write_folder(arguments.output, model, dataset.class_names, preprocessing, record)

    network = read_folder(folder)
    metrics = {"test": evaluate(network, dataset.splits["test"]), "history": history}
    update_folder(folder, metrics, write_card(network, metrics))
    test = metrics["test"]
    low, high = test["accuracy_interval_95"]
    print(
        f"Test accuracy {test['accuracy']:.2%} (95% interval {low:.2%} to {high:.2%}) "
        f"on {test['num_photos']:,} photographs; loss {test['loss']:.4f}"
    )
    for name, each in test["classes"].items():
        print(f"  {name}: {each['accuracy']:.2%} of {each['num_photos']:,}")
    print(f"Saved {folder}. Look into it: python app.py --model {shlex.quote(str(folder))}")


if __name__ == "__main__":
    sys.exit(main())
