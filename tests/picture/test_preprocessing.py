"""Picture to batch, the same in training and serving, and boxes back to the photo."""

import io
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import ops
from PIL import Image, ImageOps
from tensorflow.keras.preprocessing.image import ImageDataGenerator

from cnnviz.base.errors import FolderError
from cnnviz.data.dataset import read_dataset
from cnnviz.picture.image import load_image
from cnnviz.picture.preprocessing import Preprocessing
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


# Stored with the model


def test_dictionary_gives_an_equal_preprocessing_back() -> None:
    assert Preprocessing.from_dict(Preprocessing(30, 50).to_dict()) == Preprocessing(30, 50)


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
