"""Frames in rows."""

import numpy as np
from PIL import Image

from cnnviz.drawing.film import EDGE, Frame, draw_film


def test_every_frame_is_found_pixel_for_pixel_in_its_place() -> None:
    colors = [(20 * number, 255 - 10 * number, 7) for number in range(12)]
    frames = [Frame(Image.new("RGB", (EDGE, EDGE - 8), color), ["step 1", "dog 50%"]) for color in colors]
    drawn = draw_film("How it learned", "A note", frames)
    pixels = np.asarray(drawn).reshape(-1, 3)
    for color in colors:
        assert (pixels == color).all(axis=1).sum() == EDGE * (EDGE - 8)
    first_row, second_row = (np.argwhere((np.asarray(drawn) == colors[index]).all(axis=2))[0] for index in (0, 10))
    assert second_row[0] > first_row[0]
    assert second_row[1] == first_row[1]


def test_a_single_frame_leaves_room_for_the_title() -> None:
    assert draw_film("How channel 17 learned", "", [Frame(Image.new("L", (5, 5)), ["step 0"])]).width >= 3 * EDGE
