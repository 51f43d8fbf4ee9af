"""Picture to batch, the same in training and serving, and boxes back to the photo."""

import io
import itertools
import json
import re
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras import ops
from PIL import Image, ImageOps
from tensorflow.keras.preprocessing.image import ImageDataGenerator

from cnnviz.base.errors import FolderError, OptionError
from cnnviz.data.dataset import read_dataset
from cnnviz.picture.image import load_image
from cnnviz.picture.placement import FITS
from cnnviz.picture.preprocessing import Preprocessing
from cnnviz.picture.scaling import SCALINGS
from cnnviz.training.augmentation import apply
from cnnviz.training.batches import Batches
from cnnviz.training.recipe import RECIPES
from pictures import EXIF_ORIENTATION, STORED_FROM_UPRIGHT, draw, draw_quadrants, stored

FLOAT_STEP = 6e-8
"""The step of float32 just below 1, rounded up."""


def test_batch_is_float32_in_0_to_1_of_the_asked_shape() -> None:
    batch = Preprocessing(30, 50)([draw(90, 70), draw(10, 200), Image.new("RGB", (1, 1), "white")])
    assert (batch.shape, batch.dtype) == ((3, 30, 50, 3), np.float32)
    assert batch.min() >= 0
    assert batch[2].min() == batch.max() == 1


def test_default_is_150_by_150() -> None:
    assert Preprocessing()([draw()]).shape == (1, 150, 150, 3)


def test_every_source_pixel_counts_when_shrinking() -> None:
    picture = Image.new("L", (640, 4))
    picture.putdata([255 * (x % 2) for x in range(640)] * 4)  # stripes of one pixel: grey if antialiased
    values = Preprocessing(4, 20)([picture.convert("RGB")])
    assert np.abs(values - 0.5).max() < 0.1


def test_resizing_does_not_change_the_picture() -> None:
    picture = draw()
    Preprocessing()([picture])
    assert picture.tobytes() == draw().tobytes()


def test_resized_picture_is_what_the_batch_holds(picture: Image.Image) -> None:
    preprocessing = Preprocessing()
    seen = np.asarray(preprocessing.resize(picture))
    assert np.array_equal(preprocessing([picture])[0], preprocessing.scale(seen))
    assert np.array_equal(np.rint(preprocessing([picture])[0] * 255), seen)


# Aspect ratio and grey


@pytest.mark.parametrize("size", [(300, 200), (90, 330), (37, 41), (1, 400)])
def test_cropped_photo_is_that_of_keras(tmp_path: Path, size: tuple[int, int]) -> None:
    draw(*size, 3).save(tmp_path / "photo.png")
    ours = Preprocessing(40, 60, fit="crop").resize(load_image(tmp_path / "photo.png"))
    wanted = {"target_size": (40, 60), "interpolation": "bilinear", "keep_aspect_ratio": True}
    if size[0] * 40 >= 60:  # of a photo as narrow as the last one, Keras keeps no row and fails
        assert np.array_equal(ours, keras.utils.load_img(tmp_path / "photo.png", **wanted))
    assert ours.size == (60, 40)


@pytest.mark.parametrize(("size", "photo"), [((300, 200), (0, 10, 60, 50)), ((90, 330), (22, 0, 38, 60))])
def test_padded_photo_is_whole_between_black_bars(size: tuple[int, int], photo: tuple[int, int, int, int]) -> None:
    picture = draw(*size, 3)
    padded = Preprocessing(60, 60, fit="pad").resize(picture)
    inside = picture.resize((photo[2] - photo[0], photo[3] - photo[1]), Image.Resampling.BILINEAR)
    assert np.array_equal(padded.crop(photo), inside)
    bars = np.array(padded)
    bars[photo[1] : photo[3], photo[0] : photo[2]] = 0
    assert not bars.any()


def test_picture_of_the_network_size_is_the_same_for_every_fit() -> None:
    picture = draw(60, 40, 3)
    for fit in FITS:
        assert np.array_equal(Preprocessing(40, 60, fit=fit).resize(picture), picture)


def test_gray_picture_is_that_of_keras(tmp_path: Path) -> None:
    draw(300, 200, 3).save(tmp_path / "photo.png")
    preprocessing = Preprocessing(28, 28, color_mode="L")
    seen, batch = (
        ours(load_image(tmp_path / "photo.png")) for ours in (preprocessing.resize, lambda i: preprocessing([i]))
    )
    theirs = keras.utils.load_img(
        tmp_path / "photo.png", color_mode="grayscale", target_size=(28, 28), interpolation="bilinear"
    )
    assert (seen.mode, batch.shape) == ("L", (1, 28, 28, 1))
    assert np.array_equal(seen, theirs)
    assert np.array_equal(batch[0] * 255, keras.utils.img_to_array(theirs))


@pytest.mark.parametrize("scaling", ["torch", "caffe"])
def test_gray_is_not_scaled_color_by_color(scaling: str) -> None:
    with pytest.raises(OptionError, match=r"With `color_mode` 'L', `scaling` is one of 0-1, 0-255, tf; .*Received: "):
        Preprocessing(28, 28, scaling, color_mode="L")


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"height": 0}, "`height` and `width` are whole numbers of pixels, at least 1. Received: height=0, width=150."),
        ({"width": 1.5}, "Received: height=150, width=1.5."),
        ({"fit": "zoom"}, "`fit` is one of stretch, crop, pad. Received: fit='zoom'."),
        ({"color_mode": "RGBA"}, "`color_mode` is one of RGB, L. Received: color_mode='RGBA'."),
        ({"scaling": "imagenet"}, "`scaling` is one of 0-1, 0-255, tf, torch, caffe. Received: scaling='imagenet'."),
        ({"scaling": None, "color_mode": "L"}, "Received: scaling='None'."),
    ],
)
def test_setting_that_does_not_exist_is_an_error(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(OptionError, match=re.escape(message)):
        Preprocessing(**wrong)


# Stored with the model


def test_dictionary_gives_an_equal_preprocessing_back() -> None:
    assert Preprocessing.from_dict(Preprocessing(30, 50).to_dict()) == Preprocessing(30, 50)
    for scaling, fit, color_mode in itertools.product(SCALINGS, FITS, ("RGB", "L")):
        if color_mode == "RGB" or SCALINGS[scaling].is_for_gray:
            preprocessing = Preprocessing(30, 50, scaling, fit, color_mode)
            stored = json.loads(json.dumps(preprocessing.to_dict()))
            assert Preprocessing.from_dict(stored) == preprocessing
            assert stored == Preprocessing(30, 50).to_dict() or preprocessing != Preprocessing(30, 50)


def test_dictionary_of_the_default_is_that_of_folders_that_exist() -> None:
    assert Preprocessing(30, 50).to_dict() == {
        "height": 30,
        "width": 50,
        "color_mode": "RGB",
        "orientation": "EXIF",
        "interpolation": "bilinear",
        "antialias": True,
        "keep_aspect_ratio": False,
        "rescale": "1/255",
    }


@pytest.mark.parametrize(
    "changed", [{"scaling": "vgg"}, {"scaling": ["tf"]}, {"fit": "crop"}, {"color_mode": "RGBA"}, {"bars": "white"}]
)
def test_way_that_is_not_known_is_an_error(changed: dict[str, object]) -> None:
    with pytest.raises(FolderError, match=r"cannot preprocess pictures as the model requires\. Expected: .*Received: "):
        Preprocessing.from_dict({**Preprocessing(scaling="tf", fit="pad").to_dict(), **changed})


@pytest.mark.parametrize(
    "changed", [{"height": 0}, {"width": "150"}, {"height": None}, {"width": 1.5}, {"height": True}]
)
def test_size_that_is_none_is_an_error(changed: dict[str, object]) -> None:
    with pytest.raises(FolderError, match=r"needs a height and a width in pixels\. Received: "):
        Preprocessing.from_dict({**Preprocessing().to_dict(), **changed})


@pytest.mark.parametrize(
    "changed", [{"antialias": False}, {"rescale": "1/127.5 - 1"}, {"interpolation": "nearest"}, {"crop": "center"}]
)
def test_step_that_is_not_known_is_an_error(changed: dict[str, object]) -> None:
    with pytest.raises(FolderError, match=r"cannot preprocess pictures as the model requires\. Expected: .*Received: "):
        Preprocessing.from_dict({**Preprocessing().to_dict(), **changed})


def test_missing_step_is_an_error() -> None:
    values = Preprocessing().to_dict()
    del values["color_mode"]
    with pytest.raises(FolderError, match="cannot preprocess pictures"):
        Preprocessing.from_dict(values)


# Boxes back to the photo


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("file_format", ["PNG", "TIFF"])
@pytest.mark.parametrize("dot", [(4, 3), (55, 8), (20, 25)])
def test_box_finds_a_dot_in_a_photo_of_any_orientation(
    orientation: int, file_format: str, dot: tuple[int, int], tmp_path: Path
) -> None:
    upright = Image.new("RGB", (60, 30))
    upright.putpixel(dot, (255, 255, 255))
    path = tmp_path / f"photo.{file_format.lower()}"
    path.write_bytes(stored(upright, orientation, file_format))
    preprocessing = Preprocessing(10, 10)  # 6 x 3 pixels of the upright photo to each of the network's
    x, y = dot[0] // 6, dot[1] // 3
    photo = Image.open(path)
    box = preprocessing.box_in_photo((x, y, x + 1, y + 1), photo)
    patch = np.asarray(photo.crop(tuple(round(edge) for edge in box)))
    assert patch.shape[0] * patch.shape[1] == 6 * 3
    assert patch.max() == 255


def test_box_of_an_upright_copy_is_that_of_the_upright_photo(tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    path.write_bytes(stored(draw_quadrants(60, 30), 6))
    assert Preprocessing(10, 10).box_in_photo((0, 0, 5, 10), load_image(path)) == (0, 0, 30, 30)
    assert Preprocessing(10, 10).box_in_photo((0, 0, 5, 10), Image.open(io.BytesIO(path.read_bytes()))) == (
        0,
        30,
        30,
        60,
    )


def test_whole_picture_is_the_whole_photo_whatever_the_orientation() -> None:
    for orientation, turn in STORED_FROM_UPRIGHT.items():
        photo = Image.new("RGB", (60, 30)) if turn is None else Image.new("RGB", (60, 30)).transpose(turn)
        photo.getexif()[EXIF_ORIENTATION] = orientation
        assert Preprocessing().box_in_photo((0, 0, 150, 150), photo) == (0, 0, *photo.size)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("fit", ["crop", "pad"])
def test_dot_is_found_in_a_cropped_or_padded_photo_whatever_the_orientation(fit: str, orientation: int) -> None:
    upright = Image.new("RGB", (300, 120))
    upright.paste("white", (180, 30, 200, 50))
    preprocessing = Preprocessing(60, 60, fit=fit)
    rows, columns = np.nonzero(np.asarray(preprocessing.resize(upright))[..., 0] > 127)
    box = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
    photo = Image.open(io.BytesIO(stored(upright, orientation)))
    left, top, right, bottom = preprocessing.box_in_photo(box, photo)
    dot = np.asarray(photo.crop((round(left), round(top), round(right), round(bottom))))
    assert dot.mean() > 235
    assert abs((right - left) * (bottom - top) - 400) <= 100
    assert np.asarray(preprocessing.crop(upright, box)).mean() > 200


def test_patch_of_a_bar_is_the_edge_of_the_photo() -> None:
    photo = draw(300, 120, 3)
    patch = Preprocessing(60, 60, fit="pad").crop(photo, (0, 0, 6, 6))
    assert np.array_equal(patch, photo.crop((0, 0, 30, 1)))


def test_box_of_a_wide_photo_is_three_times_as_wide_as_high() -> None:
    box = Preprocessing(150, 150).box_in_photo((30, 60, 60, 90), Image.new("RGB", (900, 300)))
    assert box == (180, 120, 360, 180)


# Training and serving, and the classic way


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve JPEG files of different sizes for each class, upright and opaque, one below train/ and so on."""
    root = tmp_path_factory.mktemp("classic")
    for offset, split in enumerate(("train", "validation", "test")):
        for seed, class_name in enumerate(("dogs", "cats")):
            folder = root / split / class_name
            folder.mkdir(parents=True)
            for number in range(12):
                picture = draw(100 + 41 * number, 330 - 17 * number, 13 * offset + 5 * seed + number)
                picture.save(folder / f"{number:02}.jpg")
    return root


def test_training_and_serving_give_the_same_tensor_for_the_same_file(photos: Path) -> None:
    preprocessing = Preprocessing()
    dataset = read_dataset(photos, preprocessing)
    split = dataset.splits["test"]
    recipe = RECIPES["book"]
    images, labels = Batches(split, 24, recipe, seed=0, epoch=0)[0]
    order = Batches(split, 24, recipe, seed=0, epoch=0).order
    files = [photos / "test" / name / f"{number:02}.jpg" for name in ("cats", "dogs") for number in range(12)]
    served = np.concatenate([preprocessing([load_image(file)]) for file in files])
    assert served.tobytes() == preprocessing.scale(split[:]).tobytes()
    assert split.labels.tolist() == [0] * 12 + [1] * 12
    trained = ops.convert_to_numpy(apply(images["photos"], images))
    assert np.abs(trained - served[order]).max() <= FLOAT_STEP
    assert labels[:, 0].tolist() == split.labels[order].tolist()


def test_classic_generator_gives_the_same_batches(photos: Path) -> None:
    classic = ImageDataGenerator(rescale=1 / 255).flow_from_directory(
        photos / "test", (150, 150), class_mode="binary", batch_size=24, interpolation="bilinear", shuffle=False
    )
    preprocessing = Preprocessing()
    dataset = read_dataset(photos, preprocessing)
    split = dataset.splits["test"]
    assert tuple(name.removesuffix("s") for name in classic.class_indices) == dataset.class_names == ("cat", "dog")
    images, (classic_images, classic_labels) = preprocessing.scale(split[:]), classic[0]
    assert (images.shape, images.dtype) == (classic_images.shape, classic_images.dtype)
    assert split.labels.tolist() == classic_labels.tolist()
    assert images.min() >= 0
    assert images.max() <= 1
    assert np.abs(images - classic_images).max() <= FLOAT_STEP
    assert np.array_equal(np.rint(images * 255), np.rint(classic_images * 255))


def test_unlike_keras_the_photo_is_turned_upright_and_laid_on_white(tmp_path: Path) -> None:
    turned, clear = tmp_path / "turned.jpg", tmp_path / "clear.png"
    turned.write_bytes(stored(draw_quadrants(), 6))
    Image.new("RGBA", (8, 8), (0, 0, 0, 0)).save(clear)
    for path, like_keras in [(turned, lambda image: image), (clear, lambda image: image.convert("RGB"))]:
        ours = np.asarray(Preprocessing().resize(load_image(path)))
        classic = keras.utils.load_img(path, target_size=(150, 150), interpolation="bilinear")
        assert np.abs(ours.astype(int) - np.asarray(classic)).max() > 200
        assert np.array_equal(np.asarray(like_keras(Image.open(path)).resize((150, 150), 2)), np.asarray(classic))
    assert np.array_equal(
        np.asarray(ImageOps.exif_transpose(Image.open(turned)).resize((150, 150), Image.Resampling.BILINEAR)),
        np.asarray(Preprocessing().resize(load_image(turned))),
    )
