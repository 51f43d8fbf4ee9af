"""Which pictures of a request are read, and that nothing else on the machine is."""

import base64
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from cnnviz.base.errors import ImageError
from cnnviz.ui import upload
from cnnviz.ui.upload import uploaded_content, uploaded_picture
from pictures import draw, encode

NOT_UPLOADED = r"^Only pictures uploaded within the last hour are read\. Upload the file, then use that upload\.$"
NOT_FETCHED = r"^Pictures are not fetched from web addresses\. Download it and upload the file\.$"
NO_PICTURE = r"^No picture was sent\. Drop a photo on the page, or send an uploaded one as `image`\.$"
META = {"meta": {"_type": "gradio.FileData"}}


@pytest.fixture
def uploads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of uploads."""
    folder = tmp_path / "uploads"
    folder.mkdir()
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(folder))
    return folder


@pytest.fixture
def uploaded(uploads: Path) -> Path:
    """A picture that was uploaded."""
    path = uploads / "0123" / "photo.jpg"
    path.parent.mkdir()
    path.write_bytes(encode(draw(), "JPEG"))
    return path


def data_url(content: bytes, head: str = "data:image/png;base64") -> str:
    return f"{head},{base64.b64encode(content).decode()}"


def test_uploaded_file_is_found_in_every_form_of_payload(uploaded: Path) -> None:
    url = f"http://127.0.0.1:7860/gradio_api/file={uploaded}"
    elsewhere = f"https://example.com/cnnviz/gradio_api/file={quote(str(uploaded))}"
    paths = (str(uploaded), url, elsewhere)
    for payload in (*paths, *({"path": path} for path in paths), {"path": str(uploaded), "url": url, **META}):
        assert uploaded_picture(payload) == uploaded


def test_data_url_gives_its_bytes(uploads: Path) -> None:
    assert uploaded_picture({"path": None, "url": data_url(b"picture")}) == b"picture"
    assert uploaded_picture({"path": "photo.png", "url": data_url(b"picture"), **META}) == b"picture"


def test_data_url_of_exactly_20_megabytes_is_taken(uploads: Path) -> None:
    assert uploaded_picture({"url": data_url(bytes(20 * 10**6))}) == bytes(20 * 10**6)


@pytest.mark.parametrize("payload", [None, "", {}, {"path": None}, {"path": "", "url": ""}, META, [], 0])
def test_no_picture_is_said_so(payload: Any, uploads: Path) -> None:
    with pytest.raises(ImageError, match=NO_PICTURE):
        uploaded_picture(payload)


@pytest.mark.parametrize("meta", [{}, META])
@pytest.mark.parametrize(
    "path",
    [
        "private.jpg",
        "uploads/../private.jpg",
        "uploads/no such photo.jpg",
        "uploads",
        "uploads/link.jpg",
        "uploads2/photo.jpg",
    ],
)
def test_file_that_was_not_uploaded_is_refused(path: str, meta: dict[str, Any], uploads: Path, tmp_path: Path) -> None:
    private = tmp_path / "private.jpg"
    private.write_bytes(encode(draw(), "JPEG"))
    (uploads / "link.jpg").symlink_to(private)
    (tmp_path / "uploads2").mkdir()
    (tmp_path / "uploads2" / "photo.jpg").write_bytes(private.read_bytes())
    with pytest.raises(ImageError, match=NOT_UPLOADED):
        uploaded_picture({"path": str(tmp_path / path), **meta})


def test_relative_path_does_not_reach_the_working_directory(
    uploads: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "photo.jpg").write_bytes(encode(draw(), "JPEG"))
    with pytest.raises(ImageError, match=NOT_UPLOADED):
        uploaded_picture("photo.jpg")


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "~/.ssh/id_rsa", "a\0b", "\ud800", "x" * 100_000, "file:///etc/passwd"]
)
def test_odd_path_is_refused(path: str, uploads: Path) -> None:
    with pytest.raises(ImageError, match=NOT_UPLOADED):
        uploaded_picture({"path": path})


@pytest.mark.parametrize("address", ["http://127.0.0.1:7860/photo.jpg", "https://example.org/a.png", "HTTP://[::1]/a"])
def test_web_address_is_not_fetched(address: str, uploads: Path) -> None:
    for payload in (address, {"path": address, **META}, {"path": address, "url": address}, {"url": address}):
        with pytest.raises(ImageError, match=NOT_FETCHED):
            uploaded_picture(payload)


@pytest.mark.parametrize("payload", [5, True, ["photo.jpg"], {"path": 5}, {"path": ["photo.jpg"]}, {"url": {"a": 1}}])
def test_payload_of_a_wrong_type_is_refused(payload: Any, uploads: Path) -> None:
    with pytest.raises(ImageError, match=r"^Upload the file first, .* Received: no such path\.$"):
        uploaded_picture(payload)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        (data_url(b"<svg/>", "data:image/svg+xml;base64"), r"^SVG drawings cannot be read here\. Save it as PNG"),
        ("data:image/svg+xml;utf8,<svg/>", r"^SVG drawings cannot be read here\. Save it as PNG"),
        ("data:image/png;base64,@@@@", r"data: URL is damaged: expected base64\. Received: .+\.$"),
        ("data:image/png;base64,AAAAA", r"data: URL is damaged: expected base64\. Received: .+\.$"),
        ("data:image/png,plain", r"data: URL is damaged: expected base64\. Received: no ';base64'\.$"),
        ("data:", r"data: URL is damaged: expected base64\. Received: no ';base64'\.$"),
        ("data:image/png;base64,é", r"data: URL is damaged: expected base64\. Received: .+\.$"),
    ],
)
def test_data_url_that_holds_no_base64_is_refused(url: str, message: str, uploads: Path) -> None:
    with pytest.raises(ImageError, match=message):
        uploaded_picture({"url": url})


def test_data_url_over_20_megabytes_is_refused_before_decoding(uploads: Path) -> None:
    with pytest.raises(ImageError, match=r"^The picture is too large: at most 20 MB\. Save it smaller\.$"):
        uploaded_picture({"url": "data:image/png;base64," + "@" * 28 * 10**6})


def test_a_picture_that_goes_while_it_is_read_is_said_to_be_gone(
    uploaded: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert uploaded_content(str(uploaded)) == uploaded.read_bytes()
    assert uploaded_content({"url": data_url(b"content")}) == b"content"
    monkeypatch.setattr(upload, "uploaded_picture", lambda _: uploaded.with_name("holiday in Rome.png"))
    with pytest.raises(ImageError, match=NOT_UPLOADED):
        uploaded_content(str(uploaded))
