"""Train the network on photographs of two classes or more, measure it, and save it as a model folder.

    python train.py --data photos/ --output runs/first
    python train.py --data photos/ --output runs/first --resume       go on after a stop or a crash
    python train.py --evaluate runs/first/model --data photos/ [--split all] [--output report/]
                                                                      measure any saved model
    python train.py --publish runs/first/model --push-to-hub alice/cats-and-dogs
                                                                      publish it on the Hugging Face Hub
    python train.py --atlas runs/first/model                          compute what each channel looks for; while
                                                                      training, --atlas alone does so at the end

`--data` names folders, zip or tar files, Parquet files or data sets on the Hub: Kaggle's train/cat.0.jpg, dog.0.jpg,
...; or one folder per class, with or without train/, validation/ and test/ above them.
"""

import argparse
import os
import shlex
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import cnnviz
from cnnviz.atlas.atlas_folder import add_atlas
from cnnviz.data.addresses import without_keys
from cnnviz.evaluation.report import evaluate_folder
from cnnviz.hub.publish import list_files, publish, require_publishable
from cnnviz.model_folder.manifest import read_manifest
from cnnviz.timelines.timeline_folder import FOLDER as TIMELINE
from cnnviz.timelines.timeline_folder import add_timeline
from cnnviz.training.checkpoint import read_settings
from cnnviz.training.parts import list_recipes, set_parts
from cnnviz.training.run_folder import CHECKPOINTS
from cnnviz.training.settings import kept_recipe

INTERRUPTED = 130  # the exit status of a program that Ctrl-C ended
STOPPED = "Stopped."
print_line = partial(print, flush=True)  # so that a line is seen at once, also where the output goes to a file


def main(argv: Sequence[str] | None = None) -> int:
    """Do what the flags ask for, and return the exit status."""
    argv = sys.argv[1:] if argv is None else argv
    arguments = parse_arguments(argv)
    arguments.command = shlex.join(["python", "train.py", *repeatable(argv, arguments.data or ())])
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # read when TensorFlow is imported
    work = choose_work(arguments)
    try:
        work(arguments)
    except (cnnviz.StoppedError, KeyboardInterrupt) as error:
        print(str(error) or STOPPED, file=sys.stderr)
        return INTERRUPTED
    except cnnviz.CnnvizError as error:
        print(f"train.py: {error}", file=sys.stderr)
        return 1
    return 0


def repeatable(flags: Sequence[str], data: Sequence[str]) -> list[str]:
    """Return the flags that begin the same run, as it is told and published: without the keys of an address."""
    kept = [flag for flag in flags if flag != "--resume"]
    return [next((flag.replace(each, without_keys(each)) for each in data if each in flag), flag) for flag in kept]


def choose_work(arguments: argparse.Namespace) -> Callable[[argparse.Namespace], None]:
    """Tell what the flags ask for."""
    if arguments.recipes:
        return show_recipes
    if arguments.evaluate or arguments.publish:
        return evaluate if arguments.evaluate else publish_folder
    return draw_atlas if isinstance(arguments.atlas, Path) else train


def parse_arguments(argv: Sequence[str]) -> argparse.Namespace:
    """Read the command line."""
    as_written = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser("train.py", description=__doc__, formatter_class=as_written)
    add = parser.add_argument
    add("--data", nargs="+", help="where the photographs are")
    add("--data-name", help="what the photographs are, for the model's card (the names of --data)")
    add("--data-license", help="their licence, for the model's card")
    add(
        "--license",
        dest="model_license",
        help="the model's licence, for its card, as the Hub names it: mit, other, ...",
    )
    add("--allow-corrupt", action="store_true", help="go on if more than 1%% of the files cannot be read")
    add("--output", type=Path, help="folder for the run; with --evaluate, if given, for figures and pictures")
    add("--evaluate", type=Path, metavar="FOLDER", help="measure this model folder instead of training")
    add("--split", choices=("test", "validation", "train", "all"), default="test", help="with --evaluate (%(default)s)")
    recipes = ("default", "refine", "book")
    add("--recipe", choices=recipes, help="the settings to start from (default; with --resume, the run's)")
    add("--recipes", action="store_true", help="list the recipes, and each part that --set changes")
    about = "change one part of the recipe; can be given several times"
    add("--set", action="append", default=[], metavar="NAME=VALUE", help=about)
    add("--epochs", type=int, help="passes over the photographs (the recipe's)")
    add("--minutes", type=float, help="time for all, in which as many epochs are made as fit; instead of --epochs")
    add("--batch-size", type=int, help="photographs per step (the recipe's)")
    add("--learning-rate", type=float, help="highest learning rate (the recipe's)")
    about = "bits to compute with; auto is the fastest that the processor or GPU has (auto)"
    add("--precision", choices=("auto", "float32", "bfloat16"), help=about)
    add("--size", type=int, help="side of the pictures that the network gets, in pixels, 46 to 512 (150)")
    add("--width", type=float, help="factor of the number of channels, 0.1 to 4 (1: 3.5 million parameters)")
    about = "balanced gives each class the same weight, however many photographs it has (none)"
    add("--class-weight", choices=("none", "balanced"), help=about)
    add("--devices", choices=("one", "all"), default="one", help="all divides a batch among all GPUs (%(default)s)")
    add("--seed", type=int, default=0, help="of weights, order and changes of photographs (%(default)s)")
    add("--split-seed", type=int, help="of training, validation and test photographs (that of --seed)")
    add("--start-from", metavar="FOLDER", help="model folder, file, or USER/NAME on the Hub, whose weights come first")
    add("--resume", action="store_true", help="go on with the run in --output")
    about = "compute what each channel looks for, of the trained model, or of this one instead of training"
    add("--atlas", type=Path, nargs="?", const=True, metavar="FOLDER", help=about)
    about = "keep up to 20 snapshots of the weights in timeline/ beside the model; with --publish, publish them, too"
    add("--snapshots", action="store_true", help=about)
    add("--push-to-hub", metavar="USER/NAME", help="publish the model there, when it is trained or with --publish")
    add("--publish", type=Path, metavar="FOLDER", help="publish this model folder instead of training")
    add("--private", action="store_true", help="if the repository is made now, only its owner sees it")
    add("--branch", default="main", help="where the published commit goes (%(default)s)")
    add("--tag", default="", help="names the published version (the next of v1, v2 and so on)")
    add("--force", action="store_true", help="publish over a model of other classes, or over a much better one")
    add("--dry-run", action="store_true", help="with --publish, only tell what would be uploaded")
    arguments = parser.parse_args(argv)
    if complaint := find_complaint(arguments):
        parser.error(complaint)
    return arguments


def find_complaint(flags: argparse.Namespace) -> str:
    """Say what is missing among the flags, or does not go together; "" if all is well."""
    if flags.recipes:
        return ""
    if flags.minutes and flags.epochs:
        return "--minutes decides how many --epochs there are: give one of the two."
    stored = isinstance(flags.atlas, Path)  # the atlas of a model that is there already
    if flags.publish and not (flags.push_to_hub or flags.dry_run):
        return "--publish needs --push-to-hub USER/NAME, or --dry-run."
    if flags.snapshots and (flags.evaluate or isinstance(flags.atlas, Path)):
        return "--snapshots goes with training, or with --publish."
    if flags.atlas and (flags.evaluate or flags.publish):
        return "--atlas goes with training, or names a model folder and stands alone."
    if stored and flags.push_to_hub:
        return "--atlas FOLDER does not publish. Do that afterwards: --publish FOLDER --push-to-hub USER/NAME."
    if stored and (flags.data or flags.output):
        return "--atlas takes no FOLDER while training: it is of the trained model."
    if not (stored or flags.publish or flags.data):
        return "--data is needed to train and to measure a model."
    if not (stored or flags.publish or flags.evaluate or flags.output):
        return "--output is needed to train, --evaluate to measure a model, --publish to publish one."
    return ""


def show_recipes(arguments: argparse.Namespace) -> None:
    """List the recipes and what can be changed."""
    print(list_recipes())


def train(arguments: argparse.Namespace) -> None:
    """Train, and publish what was trained if that is wished; whether it may be is asked before hours of work."""
    recipe = choose_recipe(arguments)
    if arguments.push_to_hub:
        require_publishable(arguments.push_to_hub, arguments.tag)
    options = pick(arguments, "data output seed split_seed resume minutes start_from atlas snapshots devices")
    options |= pick(arguments, "allow_corrupt data_name data_license model_license")
    try:
        run = cnnviz.train(recipe=recipe, command=arguments.command, report=print_line, **options)
    except (cnnviz.StoppedError, KeyboardInterrupt) as error:
        raise cnnviz.StoppedError(f"{str(error) or STOPPED} Go on with: {arguments.command} --resume") from error
    if not run.metrics:  # of several processes, the first one does the rest
        return
    model, samples = shlex.quote(str(run.model)), shlex.quote(str(run.samples))
    print(f"Saved {model}. Look into it, on test photographs: python app.py --model {model} --examples {samples}")
    if arguments.push_to_hub:
        push_trained(run.model, arguments)


def push_trained(folder: Path, arguments: argparse.Namespace) -> None:
    """Publish what was trained, or say how to do it later."""
    try:
        push(folder, arguments)
    except (cnnviz.HubError, KeyboardInterrupt) as error:
        flags = ["--publish", str(folder), "--push-to-hub", arguments.push_to_hub, "--branch", arguments.branch]
        flags += (
            ["--private"] * arguments.private
            + ["--force"] * arguments.force
            + ["--tag", arguments.tag] * bool(arguments.tag)
        )
        later = f"The model is saved. Publish it later: python train.py {shlex.join(flags)}"
        kind = cnnviz.HubError if isinstance(error, cnnviz.HubError) else cnnviz.StoppedError
        raise kind(f"{str(error) or STOPPED} {later}") from error


def choose_recipe(arguments: argparse.Namespace) -> cnnviz.Recipe:
    """Take the recipe that is named, or with --resume the one of the run, and change what the flags say."""
    settings = pick(arguments, "epochs batch_size learning_rate precision size width class_weight")
    resumed = arguments.resume and not arguments.recipe
    kept = kept_recipe(read_settings(arguments.output / CHECKPOINTS, print_line)) if resumed else None
    recipe = replace(kept, **settings) if kept else cnnviz.Recipe.named(arguments.recipe or "default", **settings)
    return set_parts(recipe, arguments.set)


def evaluate(arguments: argparse.Namespace) -> None:
    """Measure a saved model on photographs."""
    seed = arguments.seed if arguments.split_seed is None else arguments.split_seed
    options = pick(arguments, "data split allow_corrupt output")
    evaluate_folder(arguments.evaluate, seed=seed, report=print_line, **options)
    if arguments.output:
        print(f"Saved figures and pictures in {shlex.quote(str(arguments.output))}.")


def draw_atlas(arguments: argparse.Namespace) -> None:
    """Give a saved model an atlas."""
    add_atlas(arguments.atlas, arguments.seed, print_line)
    print(f"Saved the atlas in {shlex.quote(str(arguments.atlas))}.")


def publish_folder(arguments: argparse.Namespace) -> None:
    """Publish a model folder, or tell what would be uploaded."""
    timeline = arguments.publish.resolve().parent / TIMELINE if arguments.snapshots else None
    if not arguments.dry_run:
        if timeline:  # from then on, the model's folder has it
            add_timeline(arguments.publish, timeline)
        push(arguments.publish, arguments)
        return
    with tempfile.TemporaryDirectory() as name:
        folder = arguments.publish
        if timeline:
            read_manifest(folder)
            folder = shutil.copytree(folder, Path(name, "model"))
            add_timeline(folder, timeline)
        files = list_files(folder, arguments.push_to_hub or "")
    print(*(f"{about['sha256']}  {about['size']:>12,}  {name}" for name, about in files.items()), sep="\n")
    print(f"{len(files)} files, {sum(about['size'] for about in files.values()):,} bytes, would be uploaded.")


def push(folder: Path, arguments: argparse.Namespace) -> None:
    """Publish a model folder, and say how a Space serves it."""
    done = publish(folder, arguments.push_to_hub, **pick(arguments, "private branch tag force"))
    print(f"{'Published' if done.is_new else 'Was there already:'} {done.repository}@{done.tag}, commit {done.commit}.")
    print("These two lines make a Space serve it, and what it becomes:")
    print(f"python scripts/deploy.py USER/SPACE --model {done.repository}@{done.commit}")
    print(f"hf spaces variables add USER/SPACE -e CNNVIZ_MODEL={done.repository}@{arguments.branch}")


def pick(arguments: argparse.Namespace, names: str) -> dict[str, Any]:
    """Take those of some flags that were given."""
    return {name: getattr(arguments, name) for name in names.split() if getattr(arguments, name) is not None}


if __name__ == "__main__":
    sys.exit(main())
