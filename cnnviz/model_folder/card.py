"""The model card: a README.md for the model folder that states what was measured, for readers who are not experts."""

import math
from collections.abc import Mapping
from typing import Any

from huggingface_hub import EvalResult, ModelCardData

from cnnviz.base.figures import count, share
from cnnviz.base.names import join_names
from cnnviz.model_folder.card_figures import write_accuracy, write_picture, write_quality, write_table
from cnnviz.model_folder.findings import describe_difference
from cnnviz.network.head import MULTI_LABEL, SIGMOID, SOFTMAX
from cnnviz.network.network import Network

HERE = "path/to/this/folder"
"""The path in the card's code examples, until the folder is published and has an address."""

BINARY, NUM_IN_TITLE = 2, 5
"""Two classes are said in another way than more, and up to so many are all named in the title."""

OUTPUTS = {
    SIGMOID: "one number in [0, 1], the probability of {last}; the probability of {first} is 1 minus this number",
    SOFTMAX: "{number} numbers in [0, 1] that sum to 1, the probabilities of the classes in this order",
    MULTI_LABEL: "{number} numbers in [0, 1], the probabilities of the classes in this order; each is a yes or no",
}
"""What the network gives, by the kind of its head."""


def write_card(network: Network, metrics: Mapping[str, Any]) -> str:
    """Write the card of a network.

    Args:
        network: The network, read back from its folder.
        metrics: test from `evaluation.evaluate`, calibration from `calibration.compare_calibration`,
            probes and dead_channels from `probe.examine_layers`, all of `cnnviz.evaluation`.

    Returns:
        Markdown with the Hub's front matter. It shows the pictures of `cnnviz.evaluation.charts.draw_charts`.
    """
    parts = (
        f"---\n{_front_matter(network, metrics['test'])}\n---",
        _introduction(network),
        write_quality(network, metrics),
        _layers(network, metrics),
        _limits(network, metrics["test"]),
        _training(network),
        _use(network),
    )
    return "\n\n".join(parts) + "\n"


def _front_matter(network: Network, test: Mapping[str, Any]) -> str:
    """Return the facts that the Hub reads, as YAML."""
    training = network.manifest["training"]
    figures = {
        "accuracy": ("Accuracy", test["accuracy"]),
        **({"roc_auc": ("Area under the ROC curve", test["roc_auc"])} if "roc_auc" in test else {}),
        "log_loss": ("Log loss", test["loss"]),
        "expected_calibration_error": ("Expected calibration error", test["expected_calibration_error"]),
    }
    hub_datasets = training.get("hub_datasets")
    results = [
        EvalResult(
            task_type="image-classification",
            dataset_type=hub_datasets[0] if hub_datasets else "imagefolder",
            dataset_name=training["data"],
            dataset_split="test",
            metric_type=metric,
            metric_name=name,
            metric_value=round(value, 5),
        )
        for metric, (name, value) in figures.items()
    ]
    data = ModelCardData(
        library_name="keras",
        pipeline_tag="image-classification",
        tags=["cnnviz", "image-classification"],
        license=training.get("license"),
        datasets=hub_datasets,
        model_name="-or-".join(network.class_names) if _few(network) else f"{len(network.class_names)}-classes",
        eval_results=results,
    )
    return data.to_yaml()


def _few(network: Network) -> bool:
    """Tell whether there are so few classes that a title names them all."""
    return len(network.class_names) <= NUM_IN_TITLE


def _introduction(network: Network) -> str:
    names = network.class_names
    size = f"{network.preprocessing.width}x{network.preprocessing.height}"
    num_parameters = count(network.model.count_params())
    title = join_names(names, "or") if _few(network) else f"{count(len(names))} classes of photographs"
    output = OUTPUTS[network.head.kind].format(first=names[0], last=names[-1], number=count(len(names)))
    does = f"classifies a photo as {join_names(names, 'or')}"
    if network.head.is_multi_label:
        does = f"says yes or no to each of {join_names(names)}"
    return f"""# {title[:1].upper()}{title[1:]}

A convolutional network with {num_parameters} parameters: numbers that it learned from photographs. It
{does}. With cnnviz you can look into it, layer by layer.

- **Classes**: {" and ".join(names) if len(names) == BINARY else ", ".join(names)}
- **Input**: an upright RGB picture, resized to {size} pixels (bilinear, antialiased, aspect ratio not kept), divided
  by 255
- **Output**: {output}"""


def _layers(network: Network, metrics: Mapping[str, Any]) -> str:
    dead, always = metrics["dead_channels"], share(metrics["probe_majority_share"], 1)
    rows = ([name, *write_accuracy(probe), str(len(dead[name]))] for name, probe in metrics["probes"].items())
    return f"""## What its layers know

A linear probe is a simple classifier. It reads only the mean of each of a layer's channels. How often it is right shows
how well the layers up to this one distinguish {join_names(network.class_names)}. Always answering the most frequent
class is right on {always}. The probes were fitted on the training photographs and scored
on the validation photographs. A channel is dead if it is zero on every validation photograph.

{write_table(["layer", "probe is right", "95% interval", "dead channels"], rows)}"""


def _limits(network: Network, test: Mapping[str, Any]) -> str:
    size = f"{network.preprocessing.width}x{network.preprocessing.height}"
    anything = "" if network.head.is_multi_label else ", and calls every picture one of them, whatever it shows"
    return f"""## Limits

- It knows only {join_names(network.class_names)}{anything}.
- {describe_difference(test)}
- {_surest(test["reliability"])}
- It sees the whole picture squeezed to {size} pixels: small things in the picture are hard to recognise.
- The figures are valid for photographs like those used for training. Expect less for others."""


def _surest(bins: list[Mapping[str, Any]]) -> str:
    """Say how often the third of the answers with the highest probabilities was wrong."""
    surest = bins[-max(len(bins) // 3, 1) :]
    number = sum(each["num_photos"] for each in surest)
    num_wrong = round(sum((1 - each["accuracy"]) * each["num_photos"] for each in surest))
    at_least = share(math.floor(1000 * surest[0]["confidence_low"]) / 1000, 1)
    which = f"the {count(number)} test answers with the highest probabilities (at least {at_least})"
    if num_wrong:
        were = "was" if num_wrong == 1 else "were"
        return f"Even a very sure answer can be wrong: of {which}, {count(num_wrong)} {were} wrong."
    return f"Of {which}, none was wrong; this does not show that such an answer never is."


def _training(network: Network) -> str:
    training = network.manifest["training"]
    photos = " / ".join(map(count, training["num_photos"].values()))
    facts = [
        f"recipe: {training['recipe']}{_changes(training)}; {training['optimizer']}; learning rate at most "
        f"{training['learning_rate']:g}; {training['loss']}",
        f"{training['epochs']} epoch(s) in batches of {training['batch_size']}, seed {training['seed']}; "
        f"the best was epoch {training['best_epoch']}, by the loss on the validation photographs",
        f"augmentation: {training['augmentation']}",
        f"averaging: {training['averaging']}",
        f"during training: dropout: {training['dropout']}; normalization: {training['normalization']}",
        f"data: {training['data']}; licence: {training.get('data_license', 'not stated')}",
        f"split: {training['split']}: {photos} photographs for training / validation / test; "
        f"{training['num_skipped']} file(s) were left out",
        f"started from: {training.get('started_from', 'random weights')}",
        *_width(training),
        f"precision: {training['precision']}; device: {training['device']}",
        "versions: " + ", ".join(f"{name} {version}" for name, version in network.manifest["versions"].items()),
        f"git commit: {training.get('git_commit', 'not recorded')}",
    ]
    lines = "\n".join(f"- {fact}" for fact in facts)
    return f"""## How it was trained

`{training["command"]}`

{lines}

{write_picture("curves")}

The training curves were measured during each epoch, on the augmented photographs. The validation curves were measured
after each epoch, on unchanged photographs."""


def _changes(training: Mapping[str, Any]) -> str:
    """Name the parts of the recipe that were changed."""
    changed = training.get("changed")
    return f" with {', '.join(changed)}" if changed else ""


def _width(training: Mapping[str, Any]) -> list[str]:
    """Say how wide a network is, if it is not as wide as the embedded one."""
    width = training.get("width", 1)
    return [] if width == 1 else [f"width: {width:g} times as many channels as the embedded model"]


def address_card(card: str, repository: str) -> str:
    """Change a card's code examples so that they open the published model.

    Args:
        card: The text of a model folder's README.md.
        repository: "user/name" on the Hugging Face Hub.

    Returns:
        The new text; it is unchanged if cnnviz did not write the card.
    """
    ours = card.replace(f'cnnviz.load("{HERE}")', f'cnnviz.load("{repository}")')
    return ours.replace(f'load_model("{HERE}")', f'load_model("hf://{repository}")')


def _use(network: Network) -> str:
    width, height = network.preprocessing.width, network.preprocessing.height
    answer = (
        f"probability = float(model(pixels[np.newaxis] / 255)[0, 0])  # of {network.class_names[1]}"
        if network.head.kind == SIGMOID
        else "probabilities = np.asarray(model(pixels[np.newaxis] / 255))[0]  # of the classes, in the order above"
    )
    return f"""## How to use it

```python
import cnnviz

result = cnnviz.load("{HERE}")("photo.jpg")
print(result.label, result.probabilities)
```

It also opens with Keras alone:

```python
import keras
import numpy as np
from PIL import Image, ImageOps

model = keras.saving.load_model("{HERE}")
photo = ImageOps.exif_transpose(Image.open("photo.jpg")).convert("RGB")
pixels = np.asarray(photo.resize(({width}, {height}), Image.Resampling.BILINEAR), "float32")
{answer}
```"""
