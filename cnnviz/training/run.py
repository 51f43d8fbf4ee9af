"""The whole of training as one call: from photographs to a model folder with everything that was measured.

Importing it loads no machine-learning library, so that paths and settings are refused at once.
"""

import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import Any

from cnnviz.base.figures import count
from cnnviz.data.dataset import Data, Dataset, read_dataset
from cnnviz.data.sources import as_list, require_sources
from cnnviz.explorer.explorer import Explorer
from cnnviz.explorer.loading import load
from cnnviz.model_folder.folder import read_folder
from cnnviz.model_folder.manifest import MODEL, read_manifest
from cnnviz.picture.preprocessing import Preprocessing
from cnnviz.training.devices import choose_devices, joins_machines
from cnnviz.training.recipe import Recipe
from cnnviz.training.run_folder import SAMPLES, SKIPPED, open_run

Report = Callable[[str], None]


@dataclass(frozen=True, eq=False)
class Run:
    """A run of training that came to its end.

    Args:
        folder: The run's folder, with model/, samples/, history.csv, curves.png and skipped.txt.
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
    recipe: Recipe | str = "default",
    seed: int = 0,
    resume: bool = False,
    start_from: str | PathLike[str] | None = None,
    atlas: bool = False,
    devices: str = "one",
    allow_corrupt: bool = False,
    data_name: str | None = None,
    data_license: str | None = None,
    command: str | None = None,
    report: Report = print,
) -> Run:
    """Train the network on photographs of two classes, measure it, and save it as a model folder.

        run = cnnviz.train("photos/", "runs/mine")
        run.explorer("photo.jpg").label
        run.metrics["test"]["accuracy"]

    From the first epoch on, the run's folder holds the best model so far, and everything that it takes to go on after
    a stop, a crash or a power cut. At the end that model is calibrated, read back, measured as it was read, and put
    in place with its metrics, card and charts, all at once.

    Args:
        data: Where the photographs are: a folder, a zip file, a Parquet file or a data set on the Hub; or several.
        output: The run's folder, which is made; with `resume`, the one of the run to go on with.
        recipe: The settings, or the name of a recipe; `Recipe.named` changes some of them.
        seed: Deals the photographs to training, validation and test, and draws the first weights, the order of
            photographs and their changes.
        resume: Whether to go on with the run in `output`.
        start_from: A model folder whose weights come first, instead of random ones.
        atlas: Whether to compute what each channel looks for, which takes minutes, and keep it in the model folder.
        devices: "one"; or "all", which divides each batch among all accelerators.
        allow_corrupt: Whether to go on if more than 1% of the files cannot be read.
        data_name: What the photographs are, for the model's card; None for the names of the sources.
        data_license: Their licence, for the model's card.
        command: How to repeat the run, for the model's card; None for this call.
        report: Shows a line to the user: the device, what was found, each epoch, the figures.

    Returns:
        The finished run.

    Raises:
        FolderError: If the output holds something else, or no model folder is at `start_from`.
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
    folder, sources = Path(output), as_list(data)
    recipe = Recipe.named(recipe) if isinstance(recipe, str) else recipe
    alone = not joins_machines()
    if alone:  # of several processes only the first opens the folder, and which one that is shows when they have met
        open_run(folder, resume)
    require_sources(sources)
    if start_from:
        read_manifest(Path(start_from))  # whether it is there, before anything is imported that takes seconds
    used = choose_devices(devices)
    say = report if used.first else _stay_silent
    # From here on Keras is loaded, as these modules need it.
    from cnnviz.training.device_names import advise, describe_device
    from cnnviz.training.finish import finish
    from cnnviz.training.training import Training

    device = describe_device(used)
    say(". ".join(filter(None, (f"Device: {device}", advise(used)))))
    used.require_divisible(recipe.batch_size)
    if used.first and not alone:
        open_run(folder, resume)
    start = read_folder(start_from) if start_from else None
    skipped_list = folder / SKIPPED if used.first else None
    dataset = read_dataset(sources, Preprocessing(), seed, allow_corrupt=allow_corrupt, skipped_list=skipped_list)
    say(_describe_photos(dataset))
    record = training_record(
        recipe,
        seed,
        dataset,
        data=data_name or ", ".join(Path(source).name for source in sources),
        data_license=data_license,
        hub_datasets=[str(source) for source in sources if not Path(source).exists()] or None,
        command=command or f"cnnviz.train({list(map(str, sources))}, {str(folder)!r}, recipe={recipe.name!r}, {seed=})",
        started_from=start and f"the model of `{start.manifest['training'].get('command')}`",
        git_commit=_git_commit(),
        device=device,
    )
    training = Training(folder, dataset, recipe, seed, start=start, record=record, report=say, devices=used)
    training.fit(resume)
    used.part_ways()
    return Run(folder, *finish(training, atlas)) if used.first else Run(folder)


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
        "seed": seed,
        **recipe.describe(),
        "split": dataset.split_rule,
        "num_photos": {name: len(split) for name, split in dataset.splits.items()},
        "num_skipped": len(dataset.skipped),
        **{name: value for name, value in how.items() if value is not None},
    }


def _describe_photos(dataset: Dataset) -> str:
    """Say how many photographs there are of what."""
    sizes = ", ".join(f"{count(len(split))} {name}" for name, split in dataset.splits.items())
    return f"{' and '.join(dataset.class_names)}: {sizes} photographs, {len(dataset.skipped)} skipped"


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
