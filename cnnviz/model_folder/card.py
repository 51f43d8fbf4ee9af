"""The model card: a README.md for the model folder that states what was measured, for readers who are not experts."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

from huggingface_hub import EvalResult, ModelCardData

from cnnviz.base.figures import count, decimals, share
from cnnviz.network.network import Network

HERE = "path/to/this/folder"
"""The path in the card's code examples, until the folder is published and has an address."""

CHARTS = {
    "curves": "Loss and accuracy after each epoch, on training and validation photographs",
    "confusion": "Confusion matrix: the answers for the photographs of each class",
    "reliability": "Reliability: how often answers are right, compared with how sure they are",
    "roc": "ROC curve: true positives against false positives, for every threshold",
}


def write_card(network: Network, metrics: Mapping[str, Any]) -> str:
    """Write the card of a two-class network that ends in one sigmoid.

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
        _quality(network, metrics),
        _layers(network, metrics),
        _limits(network, metrics["test"]),
        _training(network),
        _use(network),
    )
    return "\n\n".join(parts) + "\n"


def _front_matter(network: Network, test: Mapping[str, Any]) -> str:
    """Return the facts that the Hub reads, as YAML."""
    training, (first, second) = network.manifest["training"], network.class_names
    figures = {
        "accuracy": ("Accuracy", test["accuracy"]),
        "roc_auc": ("Area under the ROC curve", test["roc_auc"]),
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
        model_name=f"{first}-or-{second}",
        eval_results=results,
    )
    return data.to_yaml()


def _introduction(network: Network) -> str:
    first, second = network.class_names
    size = f"{network.preprocessing.width}x{network.preprocessing.height}"
    num_parameters = count(network.model.count_params())
    return f"""# {first.capitalize()} or {second}

A convolutional network with {num_parameters} parameters: numbers that it learned from photographs. It
classifies a photo as {first} or {second}. With cnnviz you can look into it, layer by layer.

- **Classes**: {first} and {second}
- **Input**: an upright RGB picture, resized to {size} pixels (bilinear, antialiased, aspect ratio not kept), divided
  by 255
- **Output**: one number in [0, 1], the probability of {second}; the probability of {first} is 1 minus this number"""


def _quality(network: Network, metrics: Mapping[str, Any]) -> str:
    test, (first, second) = metrics["test"], network.class_names
    rows = (
        [name, count(each["num_photos"]), *_accuracy(each), *map(count, each["called"].values())]
        for name, each in test["classes"].items()
    )
    table = _table(["class", "photographs", "right", "95% interval", f"called {first}", f"called {second}"], rows)
    right, interval = _accuracy(test)
    mirrored, mirrored_interval = _accuracy(test["mirrored"])
    area, likelier, loss = decimals(test["roc_auc"], 4), share(test["roc_auc"], 1), decimals(test["loss"])
    return f"""## How well it does

It is right on **{right}** of {count(test["num_photos"])} test photographs. They were not used for training, nor to
choose any setting. (95% Wilson interval {interval}: differences this small may be chance.) This was measured with the
model as it was read back from this folder.

{table}

- If its answers for each photograph and for the mirror image are averaged, it is right on {mirrored}
  ({mirrored_interval}).
- Area under the ROC curve: {area}. Take a random photograph of each class: in
  {likelier} of all cases, the {second} gets the higher probability of {second}.
- Log loss: {loss}. It punishes answers that are sure but wrong. Always answering 50% has a log loss of
  0.693; a perfect model has 0.
- Expected calibration error: {_error(test)}. On average, stated probabilities are off by this
  much.

{_calibration(metrics["calibration"])}

{_picture("confusion")}

{_picture("reliability")}

{_picture("roc")}"""


def _calibration(calibration: Mapping[str, Any]) -> str:
    before, after = calibration["before"], calibration["after"]
    temperature, losses = decimals(calibration["temperature"]), [decimals(each["loss"]) for each in (before, after)]
    return f"""Its probabilities are calibrated: its last layer, weights and bias, was divided by one number, the
temperature {temperature}, which was chosen on the validation photographs. This changes no answer,
only how sure the model is. On the test photographs the calibration error went from
{_error(before)} to {_error(after)} and the log loss from
{losses[0]} to {losses[1]}."""


def _error(figures: Mapping[str, Any]) -> str:
    return share(figures["expected_calibration_error"], 1)


def _layers(network: Network, metrics: Mapping[str, Any]) -> str:
    dead = metrics["dead_channels"]
    rows = ([name, *_accuracy(probe), str(len(dead[name]))] for name, probe in metrics["probes"].items())
    return f"""## What its layers know

A linear probe is a simple classifier. It reads only the mean of each of a layer's channels. How often it is right shows
how well the layers up to this one distinguish {" and ".join(network.class_names)}; guessing is right half of the time.
The probes were fitted on the training photographs and scored on the validation photographs. A channel is dead if it is
zero on every validation photograph.

{_table(["layer", "probe is right", "95% interval", "dead channels"], rows)}"""


def _limits(network: Network, test: Mapping[str, Any]) -> str:
    (first, second), bins = network.class_names, test["reliability"]
    size = f"{network.preprocessing.width}x{network.preprocessing.height}"
    surest = bins[-max(len(bins) // 3, 1) :]
    num_surest = count(sum(each["num_photos"] for each in surest))
    num_wrong = count(round(sum((1 - each["accuracy"]) * each["num_photos"] for each in surest)))
    at_least = share(math.floor(1000 * surest[0]["confidence_low"]) / 1000, 1)
    return f"""## Limits

- It knows only {first} and {second}, and calls every picture one of them, even a tower.
- {_worse_class(test)}
- Even a very sure answer can be wrong: of the {num_surest} test answers with the highest probabilities (at least
  {at_least}), {num_wrong} were wrong.
- It sees the whole picture squeezed to {size} pixels: small things in the picture are hard to recognise.
- The figures are valid for photographs like those used for training. Expect less for others, such as drawings."""


def _worse_class(test: Mapping[str, Any]) -> str:
    """Say which class has fewer right answers, if the intervals do not overlap."""
    worse, better = sorted(test["classes"], key=lambda name: test["classes"][name]["accuracy"])
    shares = [f"{name} {_accuracy(test['classes'][name])[0]} right" for name in (worse, better)]
    apart = test["classes"][worse]["accuracy_interval_95"][1] < test["classes"][better]["accuracy_interval_95"][0]
    more_often = f"It is wrong more often on photographs of class {worse}"
    finding = more_often if apart else "It is wrong about equally often on both classes"
    return f"{finding}: {', '.join(shares)}."


def _training(network: Network) -> str:
    training = network.manifest["training"]
    photos = " / ".join(map(count, training["num_photos"].values()))
    facts = [
        f"recipe: {training['recipe']}; {training['optimizer']}; learning rate at most {training['learning_rate']:g}; "
        f"{training['loss']}",
        f"{training['epochs']} epoch(s) in batches of {training['batch_size']}, seed {training['seed']}; "
        f"the best was epoch {training['best_epoch']}",
        f"augmentation: {training['augmentation']}",
        f"averaging: {training['averaging']}",
        f"during training: dropout: {training['dropout']}; normalization: {training['normalization']}",
        f"data: {training['data']}; licence: {training.get('data_license', 'not stated')}",
        f"split: {training['split']}: {photos} photographs for training / validation / test; "
        f"{training['num_skipped']} file(s) were left out",
        f"started from: {training.get('started_from', 'random weights')}",
        f"precision: {training['precision']}; device: {training['device']}",
        "versions: " + ", ".join(f"{name} {version}" for name, version in network.manifest["versions"].items()),
        f"git commit: {training.get('git_commit', 'not recorded')}",
    ]
    lines = "\n".join(f"- {fact}" for fact in facts)
    return f"""## How it was trained

`{training["command"]}`

{lines}

{_picture("curves")}

The training curves were measured during each epoch, on the augmented photographs. The validation curves were measured
after each epoch, on unchanged photographs."""


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
probability = float(model(pixels[np.newaxis] / 255)[0, 0])  # of {network.class_names[1]}
```"""


def _picture(name: str) -> str:
    """Return the HTML of a chart; readers with a dark page see its dark version."""
    return (
        f'<picture><source media="(prefers-color-scheme: dark)" srcset="{name}-dark.png">'
        f'<img src="{name}.png" width="700" alt="{CHARTS[name]}"></picture>'
    )


def _accuracy(figures: Mapping[str, Any]) -> tuple[str, str]:
    low, high = figures["accuracy_interval_95"]
    return share(figures["accuracy"], 1), f"{share(low, 1)} to {share(high, 1)}"


def _table(header: list[str], rows: Iterable[list[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
