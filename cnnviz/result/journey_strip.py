"""The strip of a photo's journey on white paper: a small picture of each layer, stage by stage, to the answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw

from cnnviz.base.figures import percent, sides
from cnnviz.drawing.answer_panel import INK, QUIET, TRACK
from cnnviz.drawing.lettering import load_font, shorten, wrap
from cnnviz.network.blocks import MAX_TOLD, Stage
from cnnviz.network.network import Network
from cnnviz.result.layer_result import LayerResult

MAX_TILES, MAX_ROWS, MAX_EDGE, GAP = 30, 3, 300, 14
TITLE_HEIGHT, CAPTION_HEIGHT = 28, 38
"""Pixels above a row of tiles, for the titles of the stages; and below it, for names and shapes."""

LONGEST_STEP = 2.0
"""Largest distance from one tile to the next, in tiles."""


@dataclass(frozen=True)
class Strip:
    """Tiles in rows, as large as there is room.

    Args:
        tiles: The layers that have one, in order, each with the number of its stage, from 0.
        titles: The titles of all stages, each in several lengths, the longest first.
        columns: Tiles in a row.
        edge: Largest height and width of a tile in pixels.
        step: Pixels from one tile to the next.
        note: How many blocks these are, and of how many; "" if no block is left out.
    """

    tiles: tuple[tuple[LayerResult, int], ...]
    titles: tuple[tuple[str, ...], ...]
    columns: int
    edge: int
    step: float
    note: str

    @property
    def height(self) -> int:
        """Pixels that all rows take."""
        rows = -(-len(self.tiles) // self.columns)
        return rows * _row_height(self.edge) + (rows - 1) * GAP

    def place(self, index: int) -> tuple[int, int]:
        """Return the left and top edge of a tile's square, in pixels from the strip's own."""
        row, column = divmod(index, self.columns)
        return round(column * self.step), row * (_row_height(self.edge) + GAP) + TITLE_HEIGHT

    def draw(self, picture: Image.Image, place: tuple[int, int], colormap: str, answer: Mapping[str, float]) -> None:
        """Draw the tiles, and what stands above and below them.

        Args:
            picture: Of mode "RGB".
            place: The strip's left and top edge in pixels.
            colormap: A matplotlib name.
            answer: Class names and probabilities, for the last tile.
        """
        draw = ImageDraw.Draw(picture)
        for index, (_, stage) in enumerate(self.tiles):
            left, top = (start + own for start, own in zip(place, self.place(index), strict=True))
            is_first = index % self.columns == 0
            if not is_first:  # a line from the tile before
                middle = top + self.edge // 2
                draw.line((left - self.step + self.edge / 2, middle, left, middle), TRACK, 2)
            if is_first or self.tiles[index - 1][1] != stage:
                self._draw_title(draw, index, left, top)
        for index, (layer, _) in enumerate(self.tiles):
            left, top = (start + own for start, own in zip(place, self.place(index), strict=True))
            if layer.answer:
                _draw_answer(draw, (left, top), self.edge, answer, layer.multi_label)
            else:
                tile = layer.thumbnail(self.edge, colormap).convert("RGB")
                picture.paste(tile, (left, top + (self.edge - tile.height) // 2))
            self._write_caption(draw, layer, (left, top + self.edge + 5))

    def _draw_title(self, draw: ImageDraw.ImageDraw, index: int, left: int, top: int) -> None:
        """Write a stage's title over its tiles of this row."""
        stage, row_end = self.tiles[index][1], (index // self.columns + 1) * self.columns
        count = sum(each == stage for _, each in self.tiles[index:row_end])
        right = left + (count - 1) * self.step + self.edge
        font, titles, room = load_font(14, bold=True), self.titles[stage], right - left + self.step - self.edge - GAP
        title = next((each for each in titles if font.getlength(each) <= room), titles[-1])
        draw.text((left, top - TITLE_HEIGHT), title, INK, font)
        draw.line((left, top - 8, right - 1, top - 8), QUIET, 1)

    def _write_caption(self, draw: ImageDraw.ImageDraw, layer: LayerResult, place: tuple[int, int]) -> None:
        name = layer.name.rpartition("/")[2] or layer.name
        for number, (text, color) in enumerate(((name, INK), (layer.layer.shape_text, QUIET))):
            font = load_font(13, text=text)
            draw.text((place[0], place[1] + 17 * number), shorten(text, font, self.step - 8), color, font)


def arrange_strip(network: Network, layers: Sequence[LayerResult], width: int, height: int) -> Strip:
    """Choose the layers that have a tile, and lay the tiles out as large as there is room.

    Args:
        network: The network.
        layers: Its layers' results.
        width: Pixels that the strip may take.
        height: Pixels that it may take.

    Returns:
        The strip.
    """
    by_name = {layer.name: layer for layer in layers}
    is_long = len(layers) > MAX_TOLD
    told = [
        (by_name[layer.name], number)
        for number, stage in enumerate(network.stages)
        for layer in ((block.shown for block in stage.blocks) if is_long else stage.layers)
    ]
    if not is_long:  # branches: in the order of computation
        order = {layer.name: number for number, layer in enumerate(layers)}
        told.sort(key=lambda tile: order[tile[0].name])
    chosen = _spread(len(told))
    note = f"{len(chosen)} of {len(told)} blocks shown" if len(chosen) < len(told) else ""
    edge, columns = max(_fit(len(chosen), rows, width, height) for rows in range(1, MAX_ROWS + 1))
    step = min((width - edge) / max(columns - 1, 1), LONGEST_STEP * edge)
    titles = tuple(_title(number, stage) for number, stage in enumerate(network.stages, start=1))
    titles = (*titles[:-1], tuple(f"{len(titles)} · {text}" for text in ("the answer", "answer")))
    return Strip(tuple(told[index] for index in chosen), titles, columns, edge, step, note)


def _spread(number: int) -> list[int]:
    """Choose as many as have room, evenly, with the first and the last."""
    count = min(number, MAX_TILES)
    return [round(index * (number - 1) / max(count - 1, 1)) for index in range(count)]


def _fit(number: int, rows: int, width: int, height: int) -> tuple[int, int]:
    """Compute the edge of tiles in so many rows, and how many are in a row."""
    columns = -(-number // rows)
    across = (width - (columns - 1) * GAP) // columns
    down = (height - (rows - 1) * GAP) // rows - TITLE_HEIGHT - CAPTION_HEIGHT
    return max(min(across, down, MAX_EDGE), 1), columns


def _row_height(edge: int) -> int:
    return TITLE_HEIGHT + edge + CAPTION_HEIGHT


def _title(number: int, stage: Stage) -> tuple[str, ...]:
    """Write a stage's title in several lengths: its number, and how much of the picture its units see at its end."""
    field = stage.blocks[-1].shown.receptive_field
    seen = sides(field.rows.num_pixels, field.columns.num_pixels)
    if (field.rows.num_pixels, field.columns.num_pixels) == (field.rows.extent, field.columns.extent):
        return tuple(
            f"{number} · {text}" for text in ("each unit sees the whole picture", "sees the whole", "sees all")
        )
    texts = (f"each unit sees up to {seen} pixels", f"sees up to {seen}", f"sees {seen}", seen)
    return tuple(f"{number} · {text}" for text in texts)


def _draw_answer(
    draw: ImageDraw.ImageDraw, place: tuple[int, int], edge: int, answer: Mapping[str, float], multi_label: bool
) -> None:
    """Draw the answer's tile: the class and its probability in a frame."""
    left, top = place
    draw.rectangle((left, top, left + edge - 1, top + edge - 1), "white", QUIET)
    label = max(answer, key=lambda name: answer[name])
    name = label[:1].upper() + label[1:]
    font = load_font(max(min(edge // 7, 20), 12), bold=True, text=name)
    lines = [*wrap(name, font, edge - 12, 3), percent(answer[label])]
    draw.multiline_text(
        (left + edge / 2, top + edge / 2), "\n".join(lines), INK, font, anchor="mm", align="center", spacing=5
    )
