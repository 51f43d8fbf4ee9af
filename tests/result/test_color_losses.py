"""What channels lose when a photo is black and white: nothing if they ignore colour, all if they look for red."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw

from cnnviz.base.errors import LayerNotFoundError
from cnnviz.explorer.explorer import Explorer
from cnnviz.picture.image import to_gray
from cnnviz.result.channel_scores import color_losses
from networks import RED_PIXEL, RED_PLACE, build_branches, build_red_finder
from pictures import draw, draw_quadrants


@pytest.fixture(scope="module")
def red_finder() -> Explorer:
    return Explorer(build_red_finder())


def gray_photo() -> Image.Image:
    return Image.linear_gradient("L").resize((300, 200)).convert("RGB")


def test_gray_picture_of_a_gray_picture_is_itself() -> None:
    picture = Image.linear_gradient("L").convert("RGB")
    assert len(set(picture.tobytes())) == 256
    assert to_gray(picture).tobytes() == picture.tobytes()


def test_gray_is_the_luminance_of_itu_r_601() -> None:
    picture = draw()
    gray = np.asarray(to_gray(picture)).astype(float)
    expected = np.asarray(picture) @ np.array([0.299, 0.587, 0.114])
    np.testing.assert_allclose(gray, np.repeat(expected[:, :, None], 3, axis=2), atol=0.51)
    corners = [to_gray(draw_quadrants()).getpixel(place) for place in [(0, 0), (63, 0), (0, 47), (63, 47)]]
    assert corners == [(76,) * 3, (150,) * 3, (29,) * 3, (255,) * 3]


def test_picture_is_not_changed() -> None:
    picture = draw()
    before = picture.tobytes()
    to_gray(picture)
    assert picture.tobytes() == before


def test_photo_without_colours_loses_exactly_nothing(explorer: Explorer) -> None:
    result = explorer(gray_photo())
    in_gray = explorer.in_gray(gray_photo())
    for layer in result.layers:
        losses = color_losses(result, in_gray, layer.name)
        assert losses.shape == (len(layer.feature_maps),)
        assert (losses == 0).all()


def test_channel_that_fires_on_red_only_loses_everything(red_finder: Explorer) -> None:
    photo = gray_photo()
    ImageDraw.Draw(photo).ellipse((120, 80, 160, 110), fill="red")
    result = red_finder(photo)
    in_gray = red_finder.in_gray(photo)
    assert not result.channel("conv2d_2", RED_PLACE).is_silent
    assert color_losses(result, in_gray, "conv2d_2")[RED_PLACE] == 1
    assert color_losses(result, in_gray, "conv2d_1")[RED_PIXEL] == 1
    assert color_losses(result, in_gray, "conv2d_1").min() < 0.2  # the dot is small: others see the gray around it


def test_silent_channel_loses_nothing(red_finder: Explorer) -> None:
    blue = Image.new("RGB", (60, 40), "blue")
    result = red_finder(blue)
    assert result.channel("conv2d_2", RED_PLACE).is_silent
    assert color_losses(result, red_finder.in_gray(blue), "conv2d_2")[RED_PLACE] == 0


def test_channel_that_gains_in_gray_loses_only_where_it_is_weaker() -> None:
    explorer = Explorer(build_branches())
    photo = draw(90, 70)
    result, in_gray = explorer(photo), explorer.in_gray(photo)
    for name in ("signed", "joined", "averaged", "answer"):
        losses = color_losses(result, in_gray, name)
        for channel, loss in enumerate(losses):
            with_colors, without = (each[name].feature_maps[channel].ravel().tolist() for each in (result, in_gray))
            gone = sum(max(abs(a) - abs(g), 0) for a, g in zip(with_colors, without, strict=True))
            whole = sum(abs(a) for a in with_colors)
            assert loss == pytest.approx(gone / whole if whole else 0, abs=1e-6)


def test_losses_are_shares(explorer: Explorer) -> None:
    photo = draw_quadrants()
    result, in_gray = explorer(photo), explorer.in_gray(photo)
    for layer in result.layers:
        losses = color_losses(result, in_gray, layer.name)
        assert losses.dtype == np.float64
        assert losses.min() >= 0
        assert losses.max() <= 1
    assert color_losses(result, in_gray, "conv2d_1").max() > 0.2


def test_layer_that_is_not_there_is_one_sentence(explorer: Explorer) -> None:
    result = explorer(gray_photo())
    with pytest.raises(LayerNotFoundError, match="No layer named 'conv9'"):
        color_losses(result, result, "conv9")
