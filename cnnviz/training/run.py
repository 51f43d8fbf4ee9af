"""The whole of training as one call: from photographs to a model folder with everything that was measured.

Importing it loads no machine-learning library, so that paths and settings are refused at once.
"""

import math
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import Any

from cnnviz.base.errors import OptionError
from cnnviz.base.figures import count
from cnnviz.base.names import join_names
from cnnviz.base.seeds import require_seed
from cnnviz.data.addresses import without_keys
from cnnviz.data.dataset import MIN_CLASSES, Data, Dataset, look_at, read_dataset
from cnnviz.data.skipped import describe_skipped
from cnnviz.data.sources import as_list, is_hub_dataset
from cnnviz.explorer.explorer import Explorer
from cnnviz.explorer.loading import load, require_model
from cnnviz.model_folder.licenses import require_license
from cnnviz.model_folder.manifest import MODEL
from cnnviz.network.architecture import require_classes
from cnnviz.picture.preprocessing import Preprocessing
from cnnviz.timelines.timeline_folder import FOLDER as TIMELINE
from cnnviz.training.checkpoint import read_settings
from cnnviz.training.devices import choose_devices, joins_machines
from cnnviz.training.parts import changed_parts
from cnnviz.training.recipe import RECIPES, Recipe
from cnnviz.training.run_folder import CHECKPOINTS, SAMPLES, SKIPPED, open_run
from cnnviz.training.settings import kept_recipe
from cnnviz.training.start import as_begun, describe_start, require_same_shape

FEW_TO_CHOOSE = 200
"""With fewer validation photographs than this, a warning says that chance has its part in choosing the best epoch."""

FEW_STEPS = 3000
"""With fewer steps from random weights than this, a warning says that a network hardly learns in them."""

Report = Callable[[str], None]


@dataclass(frozen=True, eq=False)
class Run:
    """A run of training that came to its end.

    Args:
        folder: The run's folder, with model/, samples/, history.csv, curves.png and skipped.txt; and with timeline/, if
            snapshots were taken.
        metrics: What was measured of the model, the content of its metrics.json. Empty in a process that trained along
            with the first one: only the first measures.
        summary: The same as lines of text.

    Example:
        >>> from pathlib import Path
        >>> cnnviz.Run(Path("runs/mine")).model.as_posix()
        'runs/mine/model'
    """

    folder: Path
    metrics: Mapping[str, Any] = field(default_factory=dict, repr=False)
    summary: str = field(default="", repr=False)

    @property
    def model(self) -> Path:
        """The model folder, for `cnnviz.load`, `app.py --model` or publishing."""
        return self.folder / MODEL

    @property
    def samples(self) -> Path:
        """The folder of test photographs: for each class the surest right and the surest wrong answer."""
        return self.folder / SAMPLES

    @cached_property
    def explorer(self) -> Explorer:
        """Looks at photos with the trained model, which is opened when it is first asked for."""
        return load(self.model)


def train(
    data: Data,
    output: str | PathLike[str],
    *,
    recipe: Recipe | str | None = None,
    seed: int = 0,
    split_seed: int | None = None,
    resume: bool = False,
    start_from: str | PathLike[str] | None = None,
    atlas: bool = False,
    snapshots: bool = False,
    devices: str = "one",
    minutes: float | None = None,
    allow_corrupt: bool = False,
    data_name: str | None = None,
    data_license: str | None = None,
    model_license: str | None = None,
    command: str | None = None,
    report: Report = print,
) -> Run:
    """Train the network on photographs of two classes or more, measure it, and save it as a model folder.

        run = cnnviz.train("photos/", "runs/mine")
        run.explorer("photo.jpg").label
        run.metrics["test"]["accuracy"]

    From the first epoch on, the run's folder holds the best model so far, and everything that it takes to go on after
    a stop, a crash or a power cut. At the end that model is calibrated, read back, measured as it was read, and put
    in place with its metrics, card and charts, all at once.

    Args:
        data: Where the photographs are: a folder, a zip file, a Parquet file or a data set on the Hub; or several.
        output: The run's folder, which is made; with `resume`, the one of the run to go on with.
        recipe: The settings, or the name of a recipe; `Recipe.named` changes some of them. None for the default
            recipe or, with `resume`, for the one that the run was started with.
        seed: Draws the first weights, the order of photographs and their changes; from 0 to 2**32 - 1.
        split_seed: Deals the photographs to training, validation and test; None for `seed`.
        resume: Whether to go on with the run in `output`.
        start_from: A model whose weights come first, instead of random ones: a folder, a file or, as text, "USER/NAME"
            or "USER/NAME@REVISION" on the Hugging Face Hub. If it knows other classes, its last layer is not taken.
            With `resume` it is the commit that the run began with, whatever was published since.
        atlas: Whether to compute what each channel looks for, which takes minutes, and keep it in the model folder.
        snapshots: Whether to keep up to 20 snapshots of the weights, on a logarithmic scale of steps, in the run's
            timeline/: `Explorer.timeline` looks at them. With `resume`, a run that has a timeline goes on with it.
        devices: "one"; or "all", which divides each batch among all accelerators.
        minutes: The time that all of it may take, which decides how many epochs there are; None for the recipe's. The
            atlas and snapshots are not counted. With `resume` the epochs stay as they were decided at the start.
        allow_corrupt: Whether to go on if more than 1% of the files cannot be read.
        data_name: What the photographs are, for the model's card; None for the names of the sources.
        data_license: Their licence, for the model's card; with `resume`, None for what the run was started with.
        model_license: The model's licence, one of `cnnviz.model_folder.licenses`, for its card; with `resume` the same.
        command: How to repeat the run, for the model's card; None for this call.
        report: Shows a line to the user: the device, what was found, each epoch, the figures.

    Returns:
        The finished run.

    Raises:
        FolderError: If the output holds something else, another run is using it, or no model is at `start_from`.
        HubError: If the Hub has no such model, or does not answer.
        DatasetError: If the photographs cannot be used.
        OptionError: If settings are out of range or do not fit the devices.
        TrainingError: If the loss is no longer a number, or the run to go on with had other settings.
        CheckpointError: If the run's state cannot be written or read.
        StoppedError: If the user stopped it; it can be resumed.

    Example:
        >>> try:
        ...     cnnviz.train("nowhere", "runs/mine")
        ... except cnnviz.DatasetError as error:
        ...     print(str(error).split(":")[0])
        No photographs at 'nowhere'
    """
    started = time.monotonic()
    folder, sources = Path(output), as_list(data)
    _require_minutes(minutes)
    require_seed(seed)
    recipe = Recipe.named(recipe) if isinstance(recipe, str) else recipe
    model_license = model_license and require_license(model_license)
    with ExitStack() as held:
        # Of several processes only the first opens the folder, and which one that is shows when they have met.
        alone = not joins_machines()
        if alone:
            held.enter_context(open_run(folder, resume))
        kept = read_settings(folder / CHECKPOINTS, report) if resume else {}
        recipe = recipe or kept_recipe(kept) or RECIPES["default"]
        notes = look_at(sources, MIN_CLASSES)
        if start_from:
            require_model(start_from)  # whether it is there, before anything is imported that takes seconds
        used = choose_devices(devices)
        say = report if used.first else _stay_silent
        # From here on Keras is loaded, as these modules need it.
        from cnnviz.training.device_names import advise, describe_device
        from cnnviz.training.finish import finish
        from cnnviz.training.precision import choose_precision, find_fast_bfloat16
        from cnnviz.training.time_budget import fit_epochs
        from cnnviz.training.training import Training

        device = describe_device(used)
        say(". ".join(filter(None, (f"Device: {device}", advise(used)))))
        used.require_divisible(recipe.batch_size)
        if used.first and not alone:
            held.enter_context(open_run(folder, resume))
        precision, reason = choose_precision(recipe.precision, find_fast_bfloat16(), kept.get("precision"))
        say(reason)
        recipe = replace(recipe, precision=precision)
        start = load(as_begun(start_from, kept.get("start_commit"))) if start_from else None
        preprocessing = Preprocessing(recipe.size, recipe.size)
        if start:
            require_same_shape(start.network, recipe.size, recipe.width)
        skipped_list = folder / SKIPPED if used.first else None
        split_seed = seed if split_seed is None else split_seed
        dataset = read_dataset(
            sources, preprocessing, split_seed, allow_corrupt=allow_corrupt, skipped_list=skipped_list
        )
        require_classes(len(dataset.class_names))
        skipped = [f"Skipped: {kind}" for kind in describe_skipped(dataset.skipped)]
        say("\n".join([_describe_photos(dataset), *skipped, *notes, *dataset.notes, *_warn_of_few(dataset)]))
        if minutes and kept:
            recipe = replace(recipe, epochs=kept["epochs"])
            say(f"Schedule: {recipe.epochs} epoch(s), as the run began with them")
        elif minutes:
            left = 60 * minutes - (time.monotonic() - started)
            epochs, line = fit_epochs(left, dataset, recipe, seed, used)
            recipe = replace(recipe, epochs=epochs)
            say(line)
        if not kept and (warning := _warn_of_few_steps(dataset, recipe, start is not None)):
            say(warning)
        options = f"recipe={recipe.name!r}, {seed=}, {split_seed=}"
        named = [without_keys(str(source)) for source in sources]
        call = f"cnnviz.train({named}, {str(folder)!r}, {options})"
        record = training_record(
            recipe,
            seed,
            dataset,
            **describe_data(named, data_name),
            data_license=data_license or kept.get("data_license"),
            license=model_license or kept.get("license"),
            command=kept.get("command") or command or call,
            started_from=start and describe_start(start, dataset.class_names),
            start_commit=start.source.commit or None if start else None,
            git_commit=_git_commit(),
            device=device,
        )
        begun = start.network if start else None
        snapshots = snapshots or (resume and (folder / TIMELINE).exists())
        common: dict[str, Any] = {"record": record, "report": say, "devices": used, "snapshots": snapshots}
        training = Training(folder, dataset, recipe, seed, start=begun, **common)
        training.fit(resume)
        used.part_ways()
        return Run(folder, *finish(training, atlas)) if used.first else Run(folder)


def describe_data(named: Sequence[str], data_name: str | None = None) -> dict[str, Any]:
    """Describe where photographs come from, for a model's record.

    Args:
        named: The sources, without keys.
        data_name: What the photographs are; None for the names of the sources.

    Returns:
        data, in words; and hub_datasets, the ids of data sets on the Hub, or None.
    """
    datasets = [name for name in named if is_hub_dataset(Path(name))]
    return {"data": data_name or ", ".join(Path(name).name for name in named), "hub_datasets": datasets or None}


def training_record(recipe: Recipe, seed: int, dataset: Dataset, **how: Any) -> dict[str, Any]:
    """Describe a run as plain JSON values, for the model folder and its card.

    Args:
        recipe: The settings.
        seed: Of the run.
        dataset: The photographs.
        how: What else is to be known: data, data_license, command, device, git_commit; None is left out.

    Returns:
        The settings, in numbers and in words, and how many photographs were used and skipped.
    """
    return {
        **{name: value for name, value in recipe.to_dict().items() if name not in ("name", "augmentation", "dropout")},
        "recipe": recipe.name,
        "changed": changed_parts(recipe),
        "seed": seed,
        "split_seed": dataset.split_seed,
        **recipe.describe(),
        "split": dataset.split_rule,
        "num_photos": {name: len(split) for name, split in dataset.splits.items()},
        "num_skipped": len(dataset.skipped),
        **{name: value for name, value in how.items() if value is not None},
    }


def _warn_of_few(dataset: Dataset) -> list[str]:
    """Say that few validation photographs choose the best epoch partly by chance."""
    number = len(dataset.splits["validation"])
    if number >= FEW_TO_CHOOSE:
        return []
    return [
        f"Warning: only {number} validation photographs choose the best epoch, so chance has its part in that. "
        f"With {FEW_TO_CHOOSE} or more it is surer."
    ]


def _warn_of_few_steps(dataset: Dataset, recipe: Recipe, has_start: bool) -> str:
    """Say that a network with random weights learns little in few steps, and how to make more."""
    steps_per_epoch = len(dataset.splits["train"]) // recipe.batch_size or 1
    steps = recipe.epochs * steps_per_epoch
    if has_start or steps >= FEW_STEPS:
        return ""
    return (
        f"Warning: {count(recipe.epochs)} epoch(s) of so few photographs are only {count(steps)} steps, in which "
        f"random weights learn little. Give it --epochs {math.ceil(FEW_STEPS / steps_per_epoch)}, or a trained model "
        "with --start-from."
    )


def _describe_photos(dataset: Dataset) -> str:
    """Say how many photographs there are of what."""
    sizes = ", ".join(f"{count(len(split))} {name}" for name, split in dataset.splits.items())
    return f"{join_names(dataset.class_names)}: {sizes} photographs, {len(dataset.skipped)} skipped"


def _require_minutes(minutes: float | None) -> None:
    """Refuse times in which nothing can be done, and those of several machines, which would not take the same time."""
    if minutes is None:
        return
    if not 0 < minutes < float("inf"):
        raise OptionError(f"--minutes is a number above 0. Received: {minutes:g}.")
    if joins_machines():
        raise OptionError(f"--minutes works on one machine. Set --epochs for several. Received: {minutes:g}.")


def _stay_silent(line: str) -> None:
    """Show nothing: of several processes, only the first reports."""


def _git_commit() -> str | None:
    """Name the commit of the code, and whether it was changed since; None outside a checkout."""
    root = Path(__file__).parents[2]
    if not (root / ".git").exists():  # installed: what git says there is of somebody else's project
        return None
    describe = ["git", "-C", str(root), "describe", "--always", "--dirty", "--abbrev=40", "--match", "v*"]
    try:
        return subprocess.run(describe, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return None
