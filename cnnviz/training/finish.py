"""What follows the last epoch: the best model is calibrated, measured, and put in place with what is known of it."""

from collections.abc import Mapping
from typing import Any

from cnnviz.atlas.atlas import build_atlas
from cnnviz.atlas.atlas_folder import CARD_SECTION, atlas_files
from cnnviz.base.errors import FolderError
from cnnviz.data.dataset import Split
from cnnviz.evaluation.calibration import calibrate, compare_calibration
from cnnviz.evaluation.charts import draw_charts
from cnnviz.evaluation.evaluation import evaluate_logits, gather_logits, gather_views
from cnnviz.evaluation.probe import examine_layers
from cnnviz.evaluation.report import summarize, summarize_layers
from cnnviz.evaluation.samples import write_samples
from cnnviz.model_folder.card import write_card
from cnnviz.model_folder.folder import measured_folder
from cnnviz.model_folder.manifest import MODEL
from cnnviz.network.network import Network
from cnnviz.network.passes import Values
from cnnviz.training.run_folder import SAMPLES, finish_run
from cnnviz.training.training import Training


def finish(training: Training, atlas: bool = False) -> tuple[dict[str, Any], str]:
    """Calibrate the best model of a run and measure it, in one replacement of its folder, which is read back once.

    The test photographs pass through the model once for each view: their figures, what calibration brought and the
    samples all come from that. The validation photographs pass once to calibrate; they and the
    training photographs pass once more to look into the layers.

    Args:
        training: The run, after `Training.fit`. At the end its checkpoints are gone.
        atlas: Whether to compute what each channel looks for.

    Returns:
        What was measured, the content of metrics.json; and the same as lines of text.

    Raises:
        FolderError: If the model folder or the samples cannot be written.
        NetworkError: If the network's values leave the range of numbers.
    """
    folder, splits = training.folder, training.dataset.splits
    with measured_folder(folder / MODEL, calibrate(training.best_network(), splits["validation"])) as fresh:
        network = fresh.network
        logits = gather_logits(network, splits["test"])
        metrics = {**_measure(network, splits, logits), "history": training.history}
        summary = f"{summarize(metrics)}\n{summarize_layers(metrics)}"
        training.report(summary)
        card, files = write_card(network, metrics), draw_charts(metrics, network.class_names)
        if atlas:
            files |= atlas_files(network.manifest, build_atlas(network, training.seed, training.report))
            card += CARD_SECTION
        fresh.describe(metrics, card, files)
    try:
        write_samples(folder / SAMPLES, network, splits["test"], logits)
        finish_run(folder)
    except OSError as error:
        raise FolderError(
            f"Cannot write in '{folder}'. Make room and go on with --resume. Received: {error}."
        ) from error
    return network.metrics, summary


def _measure(network: Network, splits: Mapping[str, Split], logits: Values) -> dict[str, Any]:
    """Compute all figures of a network, whose logits of the test photographs are known."""
    test = splits["test"]
    return {
        "test": evaluate_logits(network.head, test.labels, logits, gather_views(network, test)),
        "calibration": compare_calibration(network, logits, test.labels),
        **examine_layers(network, splits),
    }
