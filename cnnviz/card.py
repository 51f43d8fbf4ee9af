"""The model card: a short honest README.md for the model folder."""

from collections.abc import Mapping
from typing import Any

from cnnviz.network import Network

FRONT_MATTER = """---
library_name: keras
pipeline_tag: image-classification
tags: [cnnviz]
---
"""


def write_card(network: Network, metrics: Mapping[str, Any]) -> str:
    """Write the card of a two-class network.

    Args:
        network: The network, read back from its folder.
        metrics: What `cnnviz.training.evaluate` measured, under "test".

    Returns:
        Markdown with the Hub's front matter.
    """
    training, test = network.manifest["training"], metrics["test"]
    low, high = test["accuracy_interval_95"]
    first, second = network.class_names
    size = f"{network.preprocessing.width}x{network.preprocessing.height}"
    photos = " / ".join(f"{count:,}" for count in training["num_photos"].values())
    versions = ", ".join(f"{name} {version}" for name, version in network.manifest["versions"].items())
    rows = "\n".join(
        f"| {name} | {each['num_photos']:,} | {each['accuracy']:.1%} | {each['called'][first]:,} | "
        f"{each['called'][second]:,} |"
        for name, each in test["classes"].items()
    )
    return f"""{FRONT_MATTER}
# {first.capitalize()} or {second}

A convolutional network of {network.model.count_params():,} parameters that calls a photo {first} or {second}.
It is made to be looked into, layer by layer, with cnnviz.

- **Input**: an upright RGB picture, resized to {size} pixels (bilinear, antialiased, aspect ratio not kept), divided
  by 255.
- **Output**: one number in [0, 1], the probability of {second}; {first} has the rest.
- **Limits**: it knows nothing but {first} and {second} and must choose one of them for any picture, a tower too.

## How well it does

Right on **{test["accuracy"]:.1%}** of {test["num_photos"]:,} test photographs, which were used neither to train it nor
to choose anything (95% Wilson interval {low:.1%} to {high:.1%}; mean cross-entropy {test["loss"]:.3f}).
Measured on the model as it was read back from this folder.

| class | photographs | right | called {first} | called {second} |
|---|---|---|---|---|
{rows}

## How it was trained

`{training["command"]}`

- {training["optimizer"]}; learning rate at most {training["learning_rate"]:g}; {training["loss"]}
- {training["epochs"]} epoch(s) in batches of {training["batch_size"]}, seed {training["seed"]}
- {training["augmentation"]}
- data: {training["data"]}
- split: {training["split"]}: {photos} photographs; {training["num_skipped"]} file(s) could not be read
- versions: {versions}

## How to use it

```python
import cnnviz

result = cnnviz.load("path/to/this/folder")("photo.jpg")
print(result.label, result.probabilities)
```

Plain Keras opens it too: `keras.saving.load_model("path/to/this/folder")`.
"""
