"""The pictures to try."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cnnviz.base.errors import OptionError
from cnnviz.explorer.explorer import Explorer
from cnnviz.explorer.loading import load
from cnnviz.result.layer_result import DEFAULT_COLORMAP, DEFAULT_SCALE
from cnnviz.ui.component import markup
from cnnviz.ui.example import as_shown_with
from cnnviz.ui.examples.drawings import DOT_CENTER, draw_colors, draw_dot, draw_star
from cnnviz.ui.examples.examples import PHOTOS, find_examples
from cnnviz.ui.examples.tiles import describe_tiles
from cnnviz.ui.handlers import Handlers
from cnnviz.ui.preparation import prepare_models
from pictures import draw


def test_examples_are_readable_and_each_says_what_to_look_for(explorer: Explorer, tmp_path: Path) -> None:
    examples = find_examples(tmp_path / "examples", None)
    assert len(examples) == 8
    assert len({example.name for example in examples}) == 8
    for example in examples:
        assert example.path.parent == tmp_path / "examples"
        assert explorer(example.path).label in ("cat", "dog")
        assert 40 < len(example.embedded_text) <= 90
    assert [example.name for example in examples if not example.untaught] == ["Dog", "Kitten", "Cat"]


def test_only_the_embedded_model_is_told_what_it_makes_of_the_photos(tmp_path: Path) -> None:
    examples = find_examples(tmp_path / "examples", None)
    with_another, with_ours = as_shown_with(examples, False), as_shown_with(examples, True)
    assert [example.text for example in with_another][:5] == [""] * 5
    assert [example.text for example in with_ours] == [example.embedded_text for example in examples]
    assert not any(example.untaught or example.is_known for example in with_another)
    assert all(example.is_known for example in with_ours)


def test_page_opens_on_a_dog_and_the_embedded_model_names_all_three_animals(tmp_path: Path) -> None:
    embedded = load()
    dog, kitten, cat, *_ = find_examples(tmp_path / "examples", None)
    labels = {example.name: embedded(example.path).label for example in (dog, kitten, cat)}
    assert labels == {"Dog": "dog", "Kitten": "cat", "Cat": "cat"}


def test_every_photo_of_ours_is_small_holds_no_notes_and_names_its_source() -> None:
    sources = (PHOTOS / "SOURCES.md").read_text(encoding="utf-8")
    sections = {text.partition(":")[0]: text for text in sources.split("\n## ")[1:]}
    photos = sorted(PHOTOS.glob("*.jpg"))
    assert [path.name for path in photos] == sorted(sections)
    for path in photos:
        assert path.stat().st_size <= 120_000
        for line in ("Author: ", "License: ", "Source: "):
            assert f"\n- {line}" in sections[path.name]
        with Image.open(path) as photo:
            assert max(photo.size) <= 800
            assert not photo.getexif()
            assert not photo.info.keys() & {"exif", "icc_profile", "xmp", "comment"}


def test_folder_of_examples_takes_their_place(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    draw(seed=1).save(folder / "b.png")
    draw(seed=2).save(folder / "a.jpg")
    (folder / "notes.txt").write_text("no picture")
    examples = find_examples(tmp_path / "examples", folder)
    assert [(example.name, example.text) for example in examples] == [("a", ""), ("b", "")]
    described = describe_tiles(examples)
    assert [each["name"] for each in described] == ["a", "b"]


def test_folder_without_pictures_or_with_a_broken_one_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match=r"^No examples: expected a folder with \.jpg, .* Received: '.*none'\.$"):
        find_examples(tmp_path / "examples", tmp_path / "none")
    (tmp_path / "broken.png").write_bytes(b"no picture")
    with pytest.raises(OptionError, match=r"^The example 'broken\.png' cannot be shown\. Cannot read the picture"):
        describe_tiles(find_examples(tmp_path / "examples", tmp_path))


def test_name_of_an_example_is_no_markup(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    draw().save(folder / "<i>x.png")
    described = markup(describe_tiles(find_examples(tmp_path / "examples", folder)))
    assert described[0]["name"] == "&lt;i&gt;x"


def luminance(picture: Image.Image) -> np.ndarray:
    return np.asarray(picture, np.float64) @ [0.299, 0.587, 0.114]


def test_colours_are_many_hues_of_one_brightness() -> None:
    picture = draw_colors()
    assert np.ptp(luminance(picture)) < 2
    hues = np.asarray(picture.convert("HSV"))[..., 0][np.hypot(*np.mgrid[-300:300, -300:300]) < 270]
    assert len(set((hues // 16).tolist())) >= 12


def test_star_has_edges_of_every_direction_and_the_dot_is_red() -> None:
    rows, columns = np.gradient(luminance(draw_star()))
    strong = np.hypot(rows, columns) > 30
    directions = np.degrees(np.arctan2(rows, columns))[strong] % 180
    assert (np.histogram(directions, bins=18, range=(0, 180))[0] > 100).all()
    red, green, _ = draw_dot().getpixel(DOT_CENTER)
    assert red > 4 * green
    stream = io.BytesIO()
    draw_dot().save(stream, "PNG")
    assert stream.tell() < 20_000


def test_page_names_the_example_that_it_cannot_show(tmp_path: Path) -> None:
    (tmp_path / "examples").mkdir()
    (tmp_path / "examples" / "broken.png").write_bytes(b"no picture")
    with pytest.raises(OptionError, match=r"The example 'broken\.png' cannot be shown"):
        prepare_models(0, tmp_path / "served", tmp_path / "examples")


def test_another_model_that_comes_in_brings_what_is_said_of_examples(
    explorer: Explorer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    prepare = prepare_models(2**28, tmp_path, None)
    stand_in, other = prepare(load()), prepare(explorer)
    texts = [[each["text"] for each in model.about["examples"]["examples"]] for model in (stand_in, other)]
    assert texts[0] != texts[1]
    handlers = Handlers(stand_in)
    handlers.served = other
    *_, last = handlers.show(None, stand_in.shown, DEFAULT_COLORMAP, DEFAULT_SCALE)
    assert [each["text"] for each in last["examples"]["examples"]] == texts[1]
