"""Every picture that works, and every one that is refused with one sentence."""

import io
import tracemalloc
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ExifTags, Image

from cnnviz.base.errors import ImageError
from cnnviz.picture.image import load_image
from pictures import EXIF_ORIENTATION, draw, draw_quadrants, encode, stored

BOMB_SIDE = 13000
JPEG_TOLERANCE = 12


def difference(first: Image.Image, second: Image.Image) -> int:
    return int(np.abs(np.asarray(first, np.int16) - np.asarray(second, np.int16)).max())


# What simply works


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_every_exif_orientation_is_turned_upright(orientation: int, file_format: str) -> None:
    upright = draw_quadrants()
    options = {"quality": 95} if file_format == "JPEG" else {"lossless": True} if file_format == "WEBP" else {}
    image = load_image(stored(upright, orientation, file_format, **options))
    assert image.size == upright.size
    for x, y in [(4, 4), (60, 4), (4, 44), (60, 44)]:  # corners, away from JPEG's ringing at the edges
        assert np.allclose(image.getpixel((x, y)), upright.getpixel((x, y)), atol=JPEG_TOLERANCE)


def test_a_picture_turned_upright_is_not_turned_again() -> None:
    once = load_image(stored(draw_quadrants(), 6))
    assert difference(load_image(once), once) == 0


@pytest.mark.parametrize("alpha", [0, 51, 255])
def test_transparency_lies_on_white(alpha: int) -> None:
    expected = round(255 + (100 - 255) * alpha / 255)
    for color, mode in [((100, 100, 100, alpha), "RGBA"), ((100, alpha), "LA")]:
        image = load_image(encode(Image.new(mode, (3, 2), color), "PNG"))
        assert image.mode == "RGB"
        assert np.abs(np.asarray(image, int) - expected).max() <= 1


def test_transparent_palette_entry_becomes_white() -> None:
    picture = Image.new("P", (2, 1))
    picture.putpalette([10, 20, 30, 40, 50, 60])
    picture.putpixel((1, 0), 1)
    image = load_image(encode(picture, "PNG", transparency=0))
    assert [image.getpixel((x, 0)) for x in range(2)] == [(255, 255, 255), (40, 50, 60)]


def test_one_bit_is_black_and_white() -> None:
    picture = Image.new("1", (2, 1))
    picture.putpixel((1, 0), 1)
    image = load_image(encode(picture, "PNG"))
    assert [image.getpixel((x, 0)) for x in range(2)] == [(0, 0, 0), (255, 255, 255)]


@pytest.mark.parametrize("file_format", ["PNG", "TIFF"])
def test_16_bit_grey_keeps_its_whole_range(file_format: str) -> None:
    values = np.array([[0, 257, 300, 32768, 65535]], np.uint16)
    image = load_image(encode(Image.fromarray(values), file_format))
    assert np.asarray(image)[0, :, 0].tolist() == [0, 1, 1, 128, 255]


def test_16_bit_grey_is_turned_upright_too() -> None:
    values = np.array([[0, 30000, 65535]], np.uint16)
    image = load_image(stored(Image.fromarray(values), 6, "PNG"))
    assert np.asarray(image)[0, :, 0].tolist() == [0, 117, 255]


def test_float_grey_runs_from_0_to_1() -> None:
    image = load_image(encode(Image.fromarray(np.array([[0, 0.2, 1]], np.float32)), "TIFF"))
    assert np.asarray(image)[0, :, 0].tolist() == [0, 51, 255]


def test_cmyk_becomes_the_colours_it_prints() -> None:
    image = load_image(encode(Image.new("CMYK", (16, 16), (0, 255, 255, 0)), "JPEG", quality=95))
    assert np.allclose(image.getpixel((8, 8)), (255, 0, 0), atol=JPEG_TOLERANCE)


@pytest.mark.parametrize("file_format", ["GIF", "WEBP", "PNG"])
def test_first_frame_of_an_animation_counts(file_format: str) -> None:
    frames = [Image.new("RGB", (8, 6), color) for color in ("red", "lime", "blue")]
    options = {"lossless": True} if file_format == "WEBP" else {}
    content = encode(frames[0], file_format, save_all=True, append_images=frames[1:], duration=100, **options)
    assert Image.open(io.BytesIO(content)).n_frames == 3
    assert difference(load_image(content), frames[0]) == 0


@pytest.mark.parametrize("file_format", ["PNG", "BMP", "TIFF"])
def test_lossless_formats_keep_every_pixel(file_format: str) -> None:
    assert difference(load_image(encode(draw(), file_format)), draw()) == 0


@pytest.mark.parametrize("file_format", ["JPEG", "AVIF", "WEBP"])
def test_lossy_formats_stay_close(file_format: str) -> None:
    assert difference(load_image(encode(draw(), file_format, quality=95)), draw()) <= 2 * JPEG_TOLERANCE


def test_first_picture_of_an_mpo_counts() -> None:
    content = encode(draw(), "MPO", save_all=True, append_images=[draw(seed=5)], quality=95)
    assert Image.open(io.BytesIO(content)).format == "MPO"
    assert difference(load_image(content), draw()) <= JPEG_TOLERANCE


@pytest.mark.parametrize("size", [(1, 1), (1, 3000), (3000, 1), (1600, 1200)])
def test_tiny_thin_and_ordinary_pictures_keep_their_size(size: tuple[int, int]) -> None:
    assert load_image(encode(Image.new("RGB", size, "teal"), "JPEG")).size == size


def test_path_as_text_or_path_and_bytes_give_the_same_picture(photo: Path) -> None:
    pictures = [load_image(source) for source in (photo, str(photo), photo.read_bytes())]
    assert len({picture.tobytes() for picture in pictures}) == 1


@given(
    mode=st.sampled_from(["1", "L", "P", "RGB", "RGBA", "CMYK", "YCbCr", "HSV", "LAB", "I", "F", "LA", "PA", "I;16"]),
    width=st.integers(1, 40),
    height=st.integers(1, 40),
    orientation=st.integers(0, 9),
)
@settings(max_examples=150)
def test_any_mode_and_size_becomes_rgb_of_that_size(mode: str, width: int, height: int, orientation: int) -> None:
    picture = Image.new(mode, (width, height))
    picture.getexif()[EXIF_ORIENTATION] = orientation
    image = load_image(picture)
    assert image.mode == "RGB"
    assert image.size == ((height, width) if orientation in (5, 6, 7, 8) else (width, height))


# Arrays


@pytest.mark.parametrize("shape", [(2, 3), (2, 3, 1), (2, 3, 3), (2, 3, 4)])
def test_arrays_of_bytes_and_of_floats_give_the_same_picture(shape: tuple[int, ...]) -> None:
    values = np.arange(np.prod(shape), dtype=np.uint8).reshape(shape) * 10
    for other in (np.float16, np.float32, np.float64):
        assert difference(load_image(values), load_image((values / 255).astype(other))) == 0


def test_grey_array_is_grey_and_alpha_lies_on_white() -> None:
    assert load_image(np.full((1, 1, 1), 90, np.uint8)).getpixel((0, 0)) == (90, 90, 90)
    assert load_image(np.array([[[10, 20, 30, 0]]], np.uint8)).getpixel((0, 0)) == (255, 255, 255)


@pytest.mark.parametrize("shape", [(3,), (2, 2, 2), (1, 2, 2, 3), (0, 4, 3), (0, 0)])
def test_array_of_another_shape_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ImageError, match=r"has the shape \(H, W\), .*Received: shape \("):
        load_image(np.zeros(shape, np.uint8))


@pytest.mark.parametrize("worst", [-0.1, 1.5, 255, np.nan, np.inf])
def test_array_of_floats_out_of_range_is_refused(worst: float) -> None:
    with pytest.raises(ImageError, match=r"floats holds values in \[0, 1\]; use uint8 .*float32, values from"):
        load_image(np.array([[0, worst]], np.float32))


@pytest.mark.parametrize("dtype", [np.int64, np.uint16, bool])
def test_array_of_another_type_is_refused(dtype: type) -> None:
    with pytest.raises(ImageError, match=r"uint8 in \[0, 255\] or float in \[0, 1\]\. Received: .*dtype"):
        load_image(np.zeros((2, 2), dtype))


def test_array_of_too_many_pixels_is_refused() -> None:
    with pytest.raises(ImageError, match=r"at most 50 megapixels\. Received: 10000 x 5001 pixels"):
        load_image(np.broadcast_to(np.uint8(0), (5001, 10000)))


# The source stays as it was


def test_neither_place_nor_comment_of_the_camera_is_kept() -> None:
    exif = Image.Exif()
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitudeRef] = "N"
    content = encode(draw(), "JPEG", exif=exif, comment=b"at home")
    assert {"exif", "comment"} <= set(Image.open(io.BytesIO(content)).info)
    picture = load_image(content)
    assert picture.info == {}
    assert dict(picture.getexif()) == {}


def test_source_picture_stays_as_it_was() -> None:
    source = Image.open(io.BytesIO(stored(draw_quadrants(), 6, "PNG")))
    before = (source.size, source.tobytes(), source.getexif()[EXIF_ORIENTATION])
    load_image(source).paste("black", (0, 0, 9, 9))
    assert (source.size, source.tobytes(), source.getexif()[EXIF_ORIENTATION]) == before


@pytest.mark.parametrize("mode", ["RGB", "L", "RGBA"])
def test_result_is_a_picture_of_its_own(mode: str) -> None:
    source = Image.new(mode, (4, 4))
    load_image(source).putpixel((0, 0), (1, 2, 3))
    assert source.tobytes() == Image.new(mode, (4, 4)).tobytes()


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_source_array_stays_as_it_was_and_apart(dtype: type) -> None:
    values = np.full((4, 4, 3), 1, dtype)
    image = load_image(values)
    pixels = image.tobytes()
    image.putpixel((0, 0), (9, 9, 9))
    assert (values == 1).all()
    image = load_image(values)
    values[:] = 0
    assert image.tobytes() == pixels


def test_source_file_stays_as_it_was(photo: Path) -> None:
    before = photo.read_bytes()
    load_image(photo)
    assert photo.read_bytes() == before


# What is refused


def heic() -> bytes:
    return b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(200)


REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "zero bytes": (lambda: b"", r"picture is empty: expected JPEG, .*Received: a file of 0 bytes\.$"),
    "text": (lambda: b"This is not a picture.\n", r"expected JPEG, PNG, .*Received: 23 bytes of text\. Save it"),
    "foreign text": (lambda: "Grüße\n".encode() * 200, r"Received: 1600 bytes of text\."),
    "noise": (lambda: b"\xff\x00\xfe\x01" * 50, r"Received: 200 bytes of no known picture format\."),
    "SVG": (
        lambda: b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>',
        r"^SVG drawings .* Save it as PNG",
    ),
    "HEIC": (heic, r"^HEIC pictures .* Save it as JPEG"),
    "truncated JPEG": (lambda: encode(draw(), "JPEG")[:2000], r"damaged or cut short\. .*Received: .*truncated"),
    "truncated PNG": (lambda: encode(draw(), "PNG")[:3000], r"damaged or cut short\."),
    "truncated WebP": (lambda: encode(draw(), "WEBP")[:500], r"damaged or cut short\.|no known picture format"),
    "JPEG header alone": (lambda: encode(draw(), "JPEG")[:3], r"no known picture format"),
    "over 20 MB": (lambda: bytes(20 * 10**6 + 100_000), r"too large: at most 20 MB\. Received: 20\.1 MB\."),
    "PDF": (lambda: encode(draw(), "PDF"), r"expected JPEG, PNG"),
}


@pytest.mark.parametrize("case", REFUSED)
@pytest.mark.parametrize("as_file", [True, False])
def test_unreadable_content_is_refused_with_one_sentence(case: str, as_file: bool, tmp_path: Path) -> None:
    make, message = REFUSED[case]
    path = tmp_path / "photo.jpg"
    path.write_bytes(make())
    with pytest.raises(ImageError, match=message) as caught:
        load_image(path if as_file else path.read_bytes())
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 250


@pytest.mark.parametrize("missing", ["no/such/photo.jpg", "", "\0"])
def test_missing_file_is_refused_without_telling_the_folder(missing: str) -> None:
    with pytest.raises(ImageError, match=r"No picture there: expected the path of a file\. Received: '[^/]*'\."):
        load_image(missing)


def test_folder_is_refused_with_its_whole_path(tmp_path: Path) -> None:
    message = r"^'.*/photos' is a folder: give the path of one picture, or a list of paths\.$"
    (tmp_path / "photos").mkdir()
    for folder in (tmp_path / "photos", str(tmp_path / "photos")):
        with pytest.raises(ImageError, match=message):
            load_image(folder)
    with pytest.raises(ImageError, match=r"^'\.' is a folder"):
        load_image(".")


@pytest.mark.parametrize("address", ["https://example.org/a/dog.jpg", "HTTP://example.org/dog.jpg", "ftp://x/dog.jpg"])
def test_web_address_is_refused_with_what_to_do(address: str) -> None:
    with pytest.raises(ImageError, match=rf"^'{address}' is a web address: download it first, and give"):
        load_image(address)
    with pytest.raises(ImageError, match=r":/.*dog\.jpg' is a web address: download it first"):
        load_image(Path(address))


def test_text_file_and_what_is_no_picture_at_all_are_refused(photo: Path, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no picture")
    with (tmp_path / "notes.txt").open() as file, pytest.raises(ImageError, match=r"'rb'.*file that gives str\."):
        load_image(file)
    for source, name in ((5, "int"), (None, "NoneType"), ({"a": photo}, "dict"), ([photo], "list")):
        with pytest.raises(ImageError, match=rf"^A picture is a path, the bytes of a file, .*Received: {name}\.$"):
            load_image(source)


@pytest.mark.parametrize("mode", ["1", "L"])
def test_bomb_is_refused_from_its_header(mode: str) -> None:
    content = encode(Image.new(mode, (BOMB_SIDE, BOMB_SIDE)), "PNG", compress_level=9)
    assert len(content) < 165_000
    only_header = content[: content.index(b"IDAT") + 4]
    tracemalloc.start()
    for readable in (content, only_header):  # the second would be called broken if a single pixel were read
        with warnings.catch_warnings(), pytest.raises(ImageError, match=r"50 megapixels\. Received: 13000 x 13000"):
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # Pillow warns once and goes on
            load_image(readable)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 10**6


@pytest.mark.parametrize("side", [BOMB_SIDE, 14000])
def test_bomb_that_pillow_itself_refuses_is_our_error_too(side: int) -> None:
    content = encode(Image.new("1", (side, side)), "PNG", compress_level=9)
    with warnings.catch_warnings(), pytest.raises(ImageError, match=r"too many pixels: at most 50 megapixels"):
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        load_image(content)


def test_over_50_megapixels_is_refused_and_50_are_not() -> None:
    with pytest.raises(ImageError, match=r"Received: 7143 x 7001 pixels\. Save it smaller"):
        load_image(encode(Image.new("1", (7143, 7001)), "PNG"))
    assert load_image(encode(Image.new("1", (8000, 6250)), "PNG")).size == (1000, 782)


def test_picture_without_pixels_is_refused() -> None:
    with pytest.raises(ImageError, match=r"has no pixels\. Received: 0 x 5 pixels"):
        load_image(Image.new("RGB", (0, 5)))


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP", "GIF", "AVIF", "BMP", "MPO"])
def test_any_damage_gives_a_picture_or_our_error(file_format: str) -> None:
    whole = encode(draw(50, 40), file_format)
    random = np.random.default_rng(1)
    num_refused = 0
    for _ in range(150):
        damaged = bytearray(whole)
        for place in random.integers(0, min(len(whole), 400), 4):
            damaged[place] = random.integers(0, 256)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of odd metadata and of sizes
            try:
                assert load_image(bytes(damaged)).mode == "RGB"
            except ImageError:
                num_refused += 1
    assert num_refused > 0
