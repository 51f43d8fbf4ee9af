"""Train the network on photographs of two classes, measure it, and save it as a model folder.

    python train.py --data photos/ --output runs/first
    python train.py --data photos/ --output runs/first --resume       go on after a stop or a crash
    python train.py --evaluate runs/first/model --data photos/ [--split all] [--output report/]
                                                                      measure any saved model
    python train.py --publish runs/first/model --push-to-hub alice/cats-and-dogs
                                                                      publish it on the Hugging Face Hub
    python train.py --atlas runs/first/model                          compute what each channel looks for; while
                                                                      training, --atlas alone does so at the end

`--data` names folders, zip files, Parquet files or data sets on the Hub: Kaggle's train/cat.0.jpg, dog.0.jpg, ...; or
one folder per class, with or without train/, validation/ and test/ above them.
"""

import argparse
import os
import shlex
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnnviz.base.errors import CnnvizError, StoppedError

if TYPE_CHECKING:
    from cnnviz.data.dataset import Dataset
    from cnnviz.network.network import Network
    from cnnviz.training.devices import Devices
    from cnnviz.training.recipe import Recipe

INTERRUPTED = 130
"""The exit status of a program that Ctrl-C ended."""


def main() -> int:
    """Read the flags, train or evaluate, and give the exit status."""
    arguments = parse_arguments()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # read when TensorFlow is imported
    try:
        choose_work(arguments)(arguments)
    except (StoppedError, KeyboardInterrupt) as error:
        advice = f" Go on with: {command_line()} --resume" if choose_work(arguments) is train else ""
        print(f"{str(error) or 'Stopped.'}{advice}", file=sys.stderr)
        return INTERRUPTED
    except CnnvizError as error:
        print(f"train.py: {error}", file=sys.stderr)
        return 1
    return 0


def choose_work(arguments: argparse.Namespace) -> Callable[[argparse.Namespace], None]:
    """Give what the flags ask for."""
    if arguments.evaluate:
        return evaluate
    if arguments.publish:
        return publish
    return draw_atlas if isinstance(arguments.atlas, Path) else train


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, prog="train.py"
    )
    add = parser.add_argument
    add("--data", nargs="+", help="where the photographs are")
    add("--data-name", help="what the photographs are, for the model's card (the names of --data)")
    add("--data-license", help="their licence, for the model's card")
    add("--allow-corrupt", action="store_true", help="go on if more than 1%% of the files cannot be read")
    add("--output", type=Path, help="folder for the run; with --evaluate, if given, for figures and pictures")
    add("--evaluate", type=Path, metavar="FOLDER", help="measure this model folder instead of training")
    add("--split", choices=("test", "validation", "train", "all"), default="test", help="with --evaluate (%(default)s)")
    add("--recipe", choices=("default", "book"), default="default", help="the settings to start from (%(default)s)")
    add("--epochs", type=int, help="passes over the photographs (the recipe's)")
    add("--batch-size", type=int, help="photographs per step (the recipe's)")
    add("--learning-rate", type=float, help="highest learning rate (the recipe's)")
    add("--precision", choices=("float32", "bfloat16"), help="bfloat16 is faster where the processor has it (float32)")
    add("--devices", choices=("one", "all"), default="one", help="all divides a batch among all GPUs (%(default)s)")
    add("--seed", type=int, default=0, help="of splits, weights, order and changes of photographs (%(default)s)")
    add("--start-from", type=Path, metavar="FOLDER", help="model folder whose weights come first")
    add("--resume", action="store_true", help="go on with the run in --output")
    add(
        "--atlas",
        type=Path,
        nargs="?",
        const=True,
        metavar="FOLDER",
        help="compute what each channel looks for, for the trained model, or for this model folder instead of training",
    )
    add("--push-to-hub", metavar="USER/NAME", help="publish the model there, when it is trained or with --publish")
    add("--publish", type=Path, metavar="FOLDER", help="publish this model folder instead of training")
    add("--private", action="store_true", help="if the repository is made now, only its owner sees it")
    add("--branch", default="main", help="where the published commit goes (%(default)s)")
    add("--tag", default="", help="names the published version (the next of v1, v2 and so on)")
    add("--dry-run", action="store_true", help="with --publish, only tell what would be uploaded")
    arguments = parser.parse_args()
    complaint = find_complaint(arguments)
    if complaint:
        parser.error(complaint)
    return arguments


def find_complaint(arguments: argparse.Namespace) -> str:
    """Say what is missing among the flags, or does not go together; "" if all is well."""
    if arguments.publish and not (arguments.push_to_hub or arguments.dry_run):
        return "--publish needs --push-to-hub USER/NAME, or --dry-run."
    if arguments.atlas and (arguments.evaluate or arguments.publish):
        return "--atlas goes with training, or names a model folder and stands alone."
    if isinstance(arguments.atlas, Path):
        if arguments.push_to_hub:
            return "--atlas FOLDER does not publish. Do that afterwards: --publish FOLDER --push-to-hub USER/NAME."
        trains = arguments.data or arguments.output
        return "--atlas takes no FOLDER while training: it is of the trained model." if trains else ""
    if not arguments.publish and not arguments.data:
        return "--data is needed to train and to measure a model."
    if not arguments.output and not arguments.evaluate and not arguments.publish:
        return "--output is needed to train, --evaluate to measure a model, --publish to publish one."
    return ""


def publish(arguments: argparse.Namespace) -> None:
    """Publish a model folder, or tell what would be uploaded."""
    from cnnviz.hub.publish import list_files

    if not arguments.dry_run:
        push(arguments.publish, arguments)
        return
    files = list_files(arguments.publish, arguments.push_to_hub or "")
    for name, about in files.items():
        print(f"{about['sha256']}  {about['size']:>12,}  {name}")
    size = sum(about["size"] for about in files.values())
    print(f"{len(files)} files, {size:,} bytes, would be uploaded.")


def push(folder: Path, arguments: argparse.Namespace) -> None:
    """Publish a model folder, and say how a Space serves it."""
    from cnnviz.hub.publish import publish

    done = publish(folder, arguments.push_to_hub, arguments.private, arguments.branch, arguments.tag)
    version = f"{done.repository}@{done.tag}"
    print(f"{'Published' if done.is_new else 'Was there already:'} {version}, commit {done.commit}.")
    print("These two lines make a Space serve it, and what it becomes:")
    print(f"python scripts/deploy.py USER/SPACE --model {done.repository}@{done.commit}")
    print(f"hf spaces variables add USER/SPACE -e CNNVIZ_MODEL={done.repository}@{arguments.branch}")


def require_publishable(arguments: argparse.Namespace) -> None:
    """Find out before hours of training whether the model can be published afterwards."""
    from cnnviz.hub.publish import require_access, require_free_tag

    if arguments.push_to_hub:
        require_access(arguments.push_to_hub, arguments.tag)
        if arguments.tag:
            require_free_tag(arguments.push_to_hub, arguments.tag)


def train(arguments: argparse.Namespace) -> None:
    """Find the devices, name them before all else, and train on them; of several processes only the first prints."""
    from cnnviz.training.device_names import advise, describe_device
    from cnnviz.training.devices import choose_devices

    devices = choose_devices(arguments.devices)
    device = describe_device(devices)
    with redirect_stdout(sys.stdout if devices.first else None):
        print_line(". ".join(filter(None, (f"Device: {device}", advise(devices)))))
        train_on(devices, device, arguments)


def train_on(devices: "Devices", device: str, arguments: argparse.Namespace) -> None:
    """Photographs -> training -> model folder -> temperature -> read back -> metrics, pictures and card."""
    from cnnviz.data.dataset import read_dataset
    from cnnviz.evaluation.samples import write_samples
    from cnnviz.model_folder.folder import read_folder
    from cnnviz.model_folder.manifest import MODEL
    from cnnviz.picture.preprocessing import Preprocessing
    from cnnviz.training.run_folder import SAMPLES, SKIPPED, finish_run, open_run
    from cnnviz.training.training import Training

    recipe = choose_recipe(arguments)
    require_publishable(arguments)
    devices.require_divisible(recipe.batch_size)
    output, seed, preprocessing = arguments.output, arguments.seed, Preprocessing()
    if devices.first:
        open_run(output, arguments.resume)
    start = read_folder(arguments.start_from) if arguments.start_from else None
    skipped_list = output / SKIPPED if devices.first else None
    corrupt = arguments.allow_corrupt
    dataset = read_dataset(arguments.data, preprocessing, seed, allow_corrupt=corrupt, skipped_list=skipped_list)
    print(describe_photos(dataset), flush=True)

    record = record_run(arguments, recipe, dataset, device, start)
    training = Training(output, dataset, recipe, seed, preprocessing, start, record, print_line, devices=devices)
    history = training.fit(arguments.resume)
    devices.part_ways()
    if not devices.first:
        return
    network = measure(output / MODEL, dataset, history)
    if arguments.atlas:
        make_atlas(output / MODEL, seed)
    write_samples(output / SAMPLES, network, dataset.splits["test"])
    finish_run(output)
    model, samples = (shlex.quote(str(output / name)) for name in (MODEL, SAMPLES))
    print(f"Saved {model}. Look into it, on test photographs: python app.py --model {model} --examples {samples}")
    if arguments.push_to_hub:
        push_or_advise(output / MODEL, arguments)


def push_or_advise(folder: Path, arguments: argparse.Namespace) -> None:
    """Publish what was trained; if that fails, name the command that does it later."""
    from cnnviz.base.errors import HubError

    try:
        push(folder, arguments)
    except HubError as error:
        flags = ["--publish", str(folder), "--push-to-hub", arguments.push_to_hub, "--branch", arguments.branch]
        flags += ["--private"] * arguments.private + ["--tag", arguments.tag] * bool(arguments.tag)
        raise HubError(f"{error} The model is saved. Publish it later: python train.py {shlex.join(flags)}") from error


def choose_recipe(arguments: argparse.Namespace) -> "Recipe":
    """Give the named recipe with the settings that were chosen."""
    from cnnviz.training.recipe import RECIPES

    settings = ("epochs", "batch_size", "learning_rate", "precision")
    chosen = {name: getattr(arguments, name) for name in settings if getattr(arguments, name) is not None}
    return replace(RECIPES[arguments.recipe], **chosen)


def record_run(
    arguments: argparse.Namespace, recipe: "Recipe", dataset: "Dataset", device: str, start: "Network | None"
) -> dict[str, Any]:
    """Describe the run, for the model folder and its card."""
    from cnnviz.training.record import training_record

    return training_record(
        recipe,
        arguments.seed,
        dataset,
        data=arguments.data_name or ", ".join(Path(data).name for data in arguments.data),
        data_license=arguments.data_license,
        hub_datasets=[data for data in arguments.data if not Path(data).exists()] or None,
        command=command_line(),
        started_from=start and f"the model of `{start.manifest['training'].get('command')}`",
        git_commit=git_commit(),
        device=device,
    )


def measure(folder: Path, dataset: "Dataset", history: Mapping[str, Sequence[float]]) -> "Network":
    """Calibrate a trained model, measure it as it is read back, and give it its metrics, pictures and card."""
    from cnnviz.evaluation.calibration import calibrate_folder
    from cnnviz.evaluation.charts import draw_charts
    from cnnviz.evaluation.evaluation import evaluate
    from cnnviz.evaluation.probe import examine_layers
    from cnnviz.evaluation.report import summarize, summarize_layers
    from cnnviz.model_folder.card import write_card
    from cnnviz.model_folder.folder import update_folder

    network, calibration = calibrate_folder(folder, dataset.splits)
    metrics = {
        "test": evaluate(network, dataset.splits["test"]),
        "calibration": calibration,
        **examine_layers(network, dataset.splits),
        "history": history,
    }
    update_folder(folder, metrics, write_card(network, metrics), draw_charts(metrics, network.class_names))
    print(summarize(metrics), summarize_layers(metrics), sep="\n")
    return network


def evaluate(arguments: argparse.Namespace) -> None:
    """Measure a saved model on photographs, and its layers where there are photographs to fit and to score probes."""
    from cnnviz.data.dataset import PROBED, read_photos
    from cnnviz.evaluation.charts import draw_charts
    from cnnviz.evaluation.evaluation import NUM_RANKED_CLASSES, evaluate
    from cnnviz.evaluation.probe import examine_layers
    from cnnviz.evaluation.report import require_empty, summarize, summarize_layers, write_report
    from cnnviz.model_folder.folder import read_folder

    if arguments.output:
        require_empty(arguments.output)
    network = read_folder(arguments.evaluate)
    seed = network.manifest["training"].get("seed", arguments.seed)
    names, corrupt = network.class_names, arguments.allow_corrupt
    splits = read_photos(arguments.data, network.preprocessing, names, arguments.split, seed, allow_corrupt=corrupt)
    measured = {"model": network.fingerprint, "data": arguments.data, "split": arguments.split, "seed": seed}
    metrics = {"measured": measured, "test": evaluate(network, splits[arguments.split])}
    print(summarize(metrics), flush=True)
    two = len(names) == NUM_RANKED_CLASSES
    if two and splits.keys() >= PROBED:
        metrics |= examine_layers(network, splits)
        print(summarize_layers(metrics))
    if arguments.output:
        write_report(arguments.output, metrics, draw_charts(metrics, names) if two else {})
        print(f"Saved figures and pictures in {shlex.quote(str(arguments.output))}.")


def draw_atlas(arguments: argparse.Namespace) -> None:
    """Give a saved model an atlas."""
    make_atlas(arguments.atlas, arguments.seed)
    print(f"Saved the atlas in {shlex.quote(str(arguments.atlas))}.")


def make_atlas(folder: Path, seed: int) -> None:
    """Compute what each channel of a model looks for, as it is read back, and put it into its folder."""
    from cnnviz.atlas.atlas import build_atlas
    from cnnviz.atlas.atlas_folder import write_atlas
    from cnnviz.model_folder.folder import read_folder

    write_atlas(folder, build_atlas(read_folder(folder), seed, print_line))


def describe_photos(dataset: "Dataset") -> str:
    """Say how many photographs there are of what."""
    sizes = ", ".join(f"{len(split):,} {name}" for name, split in dataset.splits.items())
    skipped = f"{len(dataset.skipped)} skipped"
    return f"{' and '.join(dataset.class_names)}: {sizes} photographs, {skipped}"


def print_line(line: str) -> None:
    """Show a line at once, also where the output goes to a file."""
    print(line, flush=True)


def command_line() -> str:
    """Give the command that started the run."""
    return shlex.join(["python", "train.py", *(flag for flag in sys.argv[1:] if flag != "--resume")])


def git_commit() -> str | None:
    """Give the commit of the code, and whether it was changed since; None outside a checkout."""
    here = Path(__file__).parent
    describe = ["git", "-C", str(here), "describe", "--always", "--dirty", "--abbrev=40", "--match", "v*"]
    try:
        return subprocess.run(describe, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return None


if __name__ == "__main__":
    sys.exit(main())
