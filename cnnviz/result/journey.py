"""A photo's journey through a network as one picture: photo, layers, answer and evidence, to keep or to send."""

from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw

from cnnviz.base.figures import count, share, sides
from cnnviz.drawing.answer_panel import INK, QUIET, draw_answer
from cnnviz.drawing.lettering import load_font, shorten
from cnnviz.drawing.thumbnail import fit
from cnnviz.network.network import Network
from cnnviz.result.journey_strip import arrange_strip
from cnnviz.result.layer_result import LayerResult
from cnnviz.why.explain import Explanation

WIDTH, HEIGHT, MARGIN, GAP = 1600, 900, 48, 36
PANELS_TOP, PANEL_EDGE = 100, 300
"""Where the pictures above the strip begin, and the largest height and width of each, in pixels."""

PHOTO_WIDTH = 400
"""Largest width of the photo, in pixels."""

STRIP_TOP, STRIP_BOTTOM = 434, 886
NARROWEST = 240
"""Pixels that the words below a picture may take at least."""


@dataclass(frozen=True, eq=False)
class Journey:
    """What is told of a photo's journey.

    Args:
        photo: The upright RGB photo.
        seen: The picture that the network saw, of mode "RGB" or "L".
        network: The network.
        layers: Every layer's result, in the order of computation.
        probabilities: Each class's probability, in [0, 1].
        evidence: What speaks for the most probable class; None if no map can be had.
    """

    photo: Image.Image
    seen: Image.Image
    network: Network
    layers: Sequence[LayerResult]
    probabilities: dict[str, float]
    evidence: Explanation | None

    @property
    def facts(self) -> dict[str, str]:
        """What is known of the network, by name: its layers, parameters and classes, and how often it is right."""
        test = self.network.metrics.get("test", {})
        measured = f"{share(test['accuracy'], 1)} of {count(test['num_photos'])} test photos" if test else ""
        facts = {
            "layers": count(len(self.layers)),
            "parameters": count(self.network.model.count_params()),
            "classes": count(len(self.network.class_names)),
            "right on": measured,
        }
        return {name: text for name, text in facts.items() if text}

    def draw(self, colormap: str) -> Image.Image:
        """Draw the journey.

        Args:
            colormap: A matplotlib name, for the layers.

        Returns:
            An RGB picture of 1600x900 pixels.

        Raises:
            OptionError: If there is no such colour map.
        """
        picture = Image.new("RGB", (WIDTH, HEIGHT), "white")
        strip = arrange_strip(self.network, self.layers, WIDTH - 2 * MARGIN, STRIP_BOTTOM - STRIP_TOP)
        self._write_head(ImageDraw.Draw(picture), strip.note)
        self._draw_panels(picture, ImageDraw.Draw(picture))
        top = STRIP_TOP + (STRIP_BOTTOM - STRIP_TOP - strip.height) // 2
        strip.draw(picture, (MARGIN, top), colormap, self.probabilities)
        return picture

    def _write_head(self, draw: ImageDraw.ImageDraw, note: str) -> None:
        """Write the model's name, what is known of it, and what drew this."""
        heading = f"A photo's journey through {self.network.model.name}"
        title, small, room = load_font(26, bold=True, text=heading), load_font(15), WIDTH - 2 * MARGIN
        named = [f"{name} {text}" if name == "right on" else f"{text} {name}" for name, text in self.facts.items()]
        facts = " · ".join([*named, *([note] if note else [])])
        taken = small.getlength(facts) + small.getlength("cnnviz") + 80
        name = shorten(heading, title, room - taken)
        draw.text((MARGIN, 46), name, INK, title, anchor="ls")
        draw.text((MARGIN + title.getlength(name) + 24, 46), facts, QUIET, small, anchor="ls")
        draw.text((WIDTH - MARGIN, 46), "cnnviz", QUIET, small, anchor="rs")

    def _draw_panels(self, picture: Image.Image, draw: ImageDraw.ImageDraw) -> None:
        """Draw photo, what the network saw, and evidence, and the answer in the room that they leave."""
        seen = fit(self.seen, PANEL_EDGE)
        left = _draw_panel(picture, MARGIN, "The photo", _shrink(self.photo))
        left = _draw_panel(picture, left + GAP, f"Seen as {sides(*self.seen.size)} pixels", seen)
        right = WIDTH - MARGIN
        if self.evidence:
            overlay = self.evidence.thumbnail(self.seen, PANEL_EDGE)
            right -= max(overlay.width, NARROWEST)
            _draw_panel(picture, right, f"What speaks for {self.evidence.class_name}", overlay)
            font = load_font(13, text=self.evidence.legend)
            legend = shorten(self.evidence.legend, font, max(overlay.width, NARROWEST))
            draw.text((right, PANELS_TOP + overlay.height + 5), legend, QUIET, font)
            right -= GAP
        draw.text((left + GAP, PANELS_TOP - 10), "Its answer", QUIET, load_font(15), anchor="ls")
        draw_answer(draw, (left + GAP, PANELS_TOP - 4), right - left - GAP, self.probabilities, self.network.head)


def _draw_panel(picture: Image.Image, left: int, caption: str, content: Image.Image) -> int:
    """Draw a picture below its caption, and return where both end."""
    draw, font = ImageDraw.Draw(picture), load_font(15, text=caption)
    width = max(content.width, NARROWEST)
    draw.text((left, PANELS_TOP - 10), shorten(caption, font, width), QUIET, font, anchor="ls")
    picture.paste(content.convert("RGB"), (left, PANELS_TOP))
    return left + width


def _shrink(photo: Image.Image) -> Image.Image:
    """Shrink a photo until it fits, or enlarge it by a whole factor."""
    scale = min(PHOTO_WIDTH / photo.width, PANEL_EDGE / photo.height)
    if scale >= 1:
        return fit(photo, PANEL_EDGE) if max(photo.size) <= PANEL_EDGE else photo
    size = max(round(scale * photo.width), 1), max(round(scale * photo.height), 1)
    return photo.resize(size, Image.Resampling.LANCZOS)
