"""The whole answer to a photo as one HTML file, which needs no other file, no network and no script."""

import base64
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

import numpy as np
from PIL import Image

from cnnviz.base.errors import StorageError
from cnnviz.base.figures import count, decimals, percent, share, short, sides
from cnnviz.base.names import join_names
from cnnviz.base.storage import FULL, write_atomically
from cnnviz.base.version import __version__
from cnnviz.drawing.answer_bar import MAX_CLASSES
from cnnviz.drawing.class_colors import MIDDLE
from cnnviz.drawing.png import encode_png
from cnnviz.drawing.thumbnail import fit
from cnnviz.network.blocks import MAX_TOLD
from cnnviz.network.head import EACH_ALONE, NO_CLASS
from cnnviz.result.journey import Journey
from cnnviz.result.layer_result import LayerResult
from cnnviz.result.report_style import STYLE
from cnnviz.result.statistics import NAMES

PHOTO_EDGE, SEEN_EDGE, PHOTO_QUALITY = 600, 300, 90
"""Largest sides of the photo and of what the network saw, in pixels; and the quality of a JPEG, of at most 100."""

MAX_NAMES = 20
"""Classes that are listed with the model; the answer lists all."""

FITS = {
    "stretch": "squeezed to that size",
    "crop": "its middle is kept, what does not fit is cut away",
    "pad": "all of it is kept, between black bars",
}
"""What happens to a photo of another shape."""

POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
"""What a browser may load: nothing from anywhere."""

LAYER_HEADINGS = ("layer", "kind", "shape", "parameters", "a unit sees", *NAMES[:4], "zero", "silent")
CHANNEL_HEADINGS = ("channel", *NAMES[:4], "zero")


@dataclass(frozen=True, eq=False)
class Report:
    """The whole answer to a photo.

    Args:
        journey: What is told of.
        colormap: A matplotlib name, for the layers.
        scale: "channel" or "layer": what the brightest colour of a tile stands for.
    """

    journey: Journey
    colormap: str
    scale: str

    def write(self) -> str:
        """Write the report.

        Returns:
            A whole HTML document.

        Raises:
            OptionError: If there is no such colour map or scale.
        """
        head = self.journey.network.head
        labels = head.labels(self.journey.probabilities)
        title = escape(join_names(labels) if labels else NO_CLASS)
        parts = (self._answer(), self._evidence(), self._model(), self._layers(), self._statistics())
        return (
            '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
            f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>{title} · cnnviz</title>'
            f'<meta http-equiv="Content-Security-Policy" content="{POLICY}"><style>{STYLE}</style></head>\n'
            f"<body><main>\n{''.join(parts)}<footer>Made with cnnviz {escape(__version__)}</footer></main>"
            "</body></html>\n"
        )

    def _answer(self) -> str:
        """Write what was answered, with a bar for each of the most probable classes, and draw the journey."""
        journey, head = self.journey, self.journey.network.head
        labels = head.labels(journey.probabilities)
        answered = join_names([f"{name} {percent(journey.probabilities[name])}" for name in labels]) or NO_CLASS
        ranked = sorted(journey.probabilities, key=lambda name: -journey.probabilities[name])
        colors = dict(zip(head.class_names, MIDDLE, strict=True)) if head.is_binary else {}
        bars = "".join(
            f'<div class="bar"><span>{escape(name)}</span><span>{percent(journey.probabilities[name])}</span>'
            f'<i><b style="width:{100 * journey.probabilities[name]:.5g}%;'
            f'background:{colors.get(name, MIDDLE[0])}"></b></i></div>'
            for name in ranked[:MAX_CLASSES]
        )
        rows = [(name, percent(journey.probabilities[name])) for name in ranked]
        every = _fold(f"All {count(len(rows))} classes", _table(("class", "probability"), rows))
        drawn = _picture(_png(journey.draw(self.colormap)), "png", (1600, 900), "The photo's journey to the answer")
        return (
            f"<h1>{escape(answered[:1].upper() + answered[1:])}</h1>"
            f"<p>The answer of <strong>{escape(journey.network.model.name)}</strong> to a photo.</p>{bars}"
            + (f"<p>{EACH_ALONE}</p>" if head.is_multi_label else "")
            + (every if len(rows) > MAX_CLASSES else "")
            + f'<p class="journey">{drawn}</p>\n'
        )

    def _evidence(self) -> str:
        """Show the photo, and which of its places speak for the class."""
        photo = self.journey.photo.copy()
        photo.thumbnail((PHOTO_EDGE, PHOTO_EDGE))
        figures = [_figure(_picture(_jpeg(photo), "jpeg", photo.size, "The photo"), "The photo")]
        seen = self.journey.seen
        text = f"As the network saw it: {sides(*seen.size)} pixels"
        enlarged = fit(seen, SEEN_EDGE)
        figures.append(_figure(_picture(_png(enlarged), "png", enlarged.size, text), text))
        evidence = self.journey.evidence
        if evidence is None:
            return f'<h2>The photo</h2><div class="figures">{"".join(figures)}</div>\n'
        over, raw = evidence.overlay(photo), evidence.picture()
        text = f"The map over the photo. {evidence.legend}"
        figures.append(_figure(_picture(_jpeg(over), "jpeg", over.size, text), text))
        text = f"The map: {evidence.scale}"
        figures.append(_figure(_picture(_png(raw), "png", raw.size, text), text))
        place = f"layer {evidence.layer_name}" if evidence.layer_name else "the picture"
        return (
            f"<h2>What speaks for {escape(evidence.class_name)}</h2>"
            f"<p>By the method {escape(evidence.method)}, read from {escape(place)}. A map is a hint, not a reason.</p>"
            f'<div class="figures">{"".join(figures)}</div>\n'
        )

    def _model(self) -> str:
        """Tell what is known of the network."""
        network = self.journey.network
        preprocessing, test = network.preprocessing, network.metrics.get("test", {})
        lowest, highest = map(short, preprocessing.value_range)
        names = [*network.class_names[:MAX_NAMES], *(["…"] if len(network.class_names) > MAX_NAMES else [])]
        rows = [
            ("name", network.model.name),
            *self.journey.facts.items(),
            ("class names", ", ".join(names)),
            (
                "input",
                f"{sides(preprocessing.width, preprocessing.height)} pixels, {', '.join(preprocessing.color_names)}",
            ),
            ("a photo", FITS[preprocessing.fit]),
            ("numbers it gets", f"from {lowest} to {highest} ({preprocessing.scaling})"),
        ]
        if test:
            rows.append(("log loss", decimals(test["loss"])))
            rows.append(("expected calibration error", share(test["expected_calibration_error"], 1)))
        cells = "".join(f"<tr><th>{escape(name)}<td>{escape(text)}" for name, text in rows)
        return f'<h2>The model</h2><div class="wide"><table class="facts">{cells}</table></div>\n'

    def _layers(self) -> str:
        """Show every layer, or of a long network one of each block."""
        journey = self.journey
        is_long = len(journey.layers) > MAX_TOLD
        shown = {block.name for block in journey.network.blocks}
        layers = [layer for layer in journey.layers if not is_long or layer.name in shown]
        text = (
            f"One layer of each of the {count(len(layers))} blocks; the numbers of all layers are in the table below."
            if is_long
            else "Each tile is one channel. Bright means active, not important."
        )
        return f"<h2>The layers</h2><p>{text}</p>" + "".join(map(self._layer, layers)) + "\n"

    def _layer(self, layer: LayerResult) -> str:
        grid = layer.grid(self.colormap, self.scale)
        caption = layer.caption(self.scale)
        about = caption.removeprefix(f"{layer.name} · ")
        channels = _table(CHANNEL_HEADINGS, _channel_rows(layer))
        return (
            f"<section><h3>{escape(layer.name)}</h3><p>{escape(about)}</p>"
            + _picture(_png(grid), "png", grid.size, caption)
            + _fold("The numbers of each channel", channels)
            + "</section>\n"
        )

    def _statistics(self) -> str:
        """Write the numbers of all layers."""
        table = _table(LAYER_HEADINGS, map(_layer_row, self.journey.layers))
        return f"<h2>The numbers of all layers</h2>{table}\n"


def save_report(path: Path, text: str) -> None:
    """Write a report to a file, whole or not at all.

    Args:
        path: The file; one of that name is replaced.
        text: The report.

    Raises:
        StorageError: If its folder does not exist, the disk is full, or the file cannot be written.
    """
    content = text.encode("utf-8", errors="replace")
    try:
        write_atomically(path, content)
    except OSError as error:
        if error.errno in FULL:
            size = decimals(len(content) / 1e6, 1)
            raise StorageError(f"The disk is full: the report needs {size} MB. Make room, and try again.") from error
        if not path.parent.is_dir():
            what = f"There is no folder '{path.parent}'. Create it, or name another."
        else:
            what = f"The report cannot be written: {error.strerror}. Name another file."
        raise StorageError(f"{what} Received: path='{path}'.") from error


def _layer_row(layer: LayerResult) -> tuple[str, ...]:
    """Write the numbers of a layer."""
    numbers = layer.statistics
    return (
        *(layer.name, layer.layer.kind_text, layer.layer.shape_text, count(layer.layer.num_parameters)),
        layer.layer.whole_seen_text,
        *(short(getattr(numbers, f"layer_{name}")) for name in NAMES[:4]),
        share(numbers.layer_zero_share),
        f"{count(numbers.num_silent)} of {count(len(numbers.min))}",
    )


def _channel_rows(layer: LayerResult) -> Iterator[tuple[str, ...]]:
    """Write the numbers of each channel of a layer."""
    numbers = np.stack([getattr(layer.statistics, name) for name in NAMES], axis=1).tolist()
    for channel, (*values, zero) in enumerate(numbers):
        yield (str(channel), *map(short, values), share(min(zero, 1)))


def _table(headings: Sequence[str], rows: Iterator[Sequence[str]] | Sequence[Sequence[str]]) -> str:
    """Write a table; HTML lets the ends of rows and cells be left out."""
    head = "".join(f"<th>{escape(each)}" for each in headings)
    body = "\n".join("<tr>" + "".join(f"<td>{escape(each)}" for each in row) for row in rows)
    return f'<div class="wide"><table><thead><tr>{head}<tbody>{body}</table></div>'


def _fold(summary: str, content: str) -> str:
    return f"<details><summary>{escape(summary)}</summary>{content}</details>"


def _figure(picture: str, text: str) -> str:
    return f"<figure>{picture}<figcaption>{escape(text)}</figcaption></figure>"


def _picture(content: bytes, kind: str, size: tuple[int, int], text: str) -> str:
    """Write a picture with its content."""
    source = f"data:image/{kind};base64,{base64.b64encode(content).decode()}"
    return f'<img src="{source}" width="{size[0]}" height="{size[1]}" alt="{escape(text)}">'


def _png(picture: Image.Image) -> bytes:
    return encode_png(picture)


def _jpeg(photo: Image.Image) -> bytes:
    content = io.BytesIO()
    photo.save(content, "JPEG", quality=PHOTO_QUALITY, subsampling=0)
    return content.getvalue()
