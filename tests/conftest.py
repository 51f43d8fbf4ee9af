"""What several test files share: a model folder, its network, and photographs."""

import gc
import os
import signal
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ["BROWSER"] = "true"  # no window opens on the screen of who runs the tests

import keras
import pytest
from huggingface_hub import close_session, constants
from huggingface_hub.utils import http_backoff
from hypothesis import HealthCheck, settings
from PIL import Image
from playwright.sync_api import Browser, Page

import cnnviz.hub.client
from browsing import Visit, Window, Windows, open_channels, reset_channels, show, start_browser, visiting
from cnnviz.explorer.explorer import Explorer
from cnnviz.model_folder.folder import read_folder, write_folder
from cnnviz.network.architecture import build_model
from cnnviz.network.network import Network
from cnnviz.picture.preprocessing import Preprocessing
from cnnviz.result.result import Result
from disks import mounted
from fonts import chinese_fonts
from hub_server import Hub, serve_models
from networks import build_small, build_tiny
from pictures import draw, encode, write_kaggle
from server import Server, serve_here

CLASS_NAMES = ("cat", "dog")
TESTS = Path(__file__).parent
LONGEST = (
    *("ui/test_browser.py", "ui/channels/test_browser_channels.py", "test_app.py", "ui/test_browser_access.py"),
    *("ui/why/test_browser_why.py", "hub/test_publish.py", "ui/strip/test_browser_strip.py", "test_package.py"),
    *("ui/comparison/test_browser_comparison.py", "training/test_run.py", "model_folder/test_folder.py"),
    *("training/test_training.py", "hub/test_pull.py", "ui/channels/test_browser_detail.py", "test_train_atlas.py"),
)
"""The files that take longest begin first, so that no worker is left with one of them at the end."""

settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
settings.load_profile("any machine")  # how long a case takes says nothing of the code
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's & leaves it out; tests interrupt themselves
gc.freeze()  # half a million objects of the libraries, which the collector would look through in every test


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the files that take longest first; the order within a file stays."""
    ranks = {TESTS / name: rank for rank, name in enumerate(LONGEST)}
    items.sort(key=lambda item: ranks.get(item.path, len(LONGEST)))


@pytest.hookimpl(tryfirst=True)  # before fixtures, which may build networks for a whole file
def pytest_runtest_setup() -> None:
    """Let random weights be the same in each run, whichever tests came before."""
    keras.utils.set_random_seed(0)


@pytest.fixture(scope="session", autouse=True)
def photo_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Decoded photographs are kept here, in this process and those that it starts."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("cache")
        patch.setenv("CNNVIZ_CACHE", str(folder))
        yield folder


@pytest.fixture(scope="session", autouse=True)
def jax_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """What JAX has compiled in one process is here for the next ones that compute the same."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("jax")
        patch.setenv("JAX_COMPILATION_CACHE_DIR", str(folder))
        patch.setenv("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")
        patch.setenv("JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES", "-1")
        yield folder


@pytest.fixture(scope="session", autouse=True)
def gradio_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Uploads and pictures of this process's servers lie here."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("gradio")
        patch.setenv("GRADIO_TEMP_DIR", str(folder))
        yield folder


@pytest.fixture(scope="session")
def model() -> keras.Model:
    """The architecture with the random weights of a fixed seed; not to be changed."""
    keras.utils.set_random_seed(7)
    return build_model()


@pytest.fixture(scope="session")
def model_folder(model: keras.Model, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The model as a folder; not to be changed."""
    path = tmp_path_factory.mktemp("models") / "random"
    return write_folder(path, model, CLASS_NAMES, Preprocessing(), {"epochs": 0, "seed": 7})


@pytest.fixture(scope="session")
def small_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network of few weights as a folder, for what does not depend on the size; not to be changed."""
    network = build_tiny()
    path = tmp_path_factory.mktemp("models") / "small"
    return write_folder(path, network.model, network.class_names, network.preprocessing, {"epochs": 0})


@pytest.fixture(scope="session")
def network(model_folder: Path) -> Network:
    """The network as it is read from its folder."""
    return read_folder(model_folder)


@pytest.fixture(scope="session")
def small_explorer() -> Explorer:
    """The same layers at a small size, for tests in which the size is not the point; not to be changed."""
    return Explorer(build_small())


@pytest.fixture(scope="session")
def picture() -> Image.Image:
    """An upright RGB picture that is not square."""
    return draw(320, 200)


@pytest.fixture(scope="session")
def photo(picture: Image.Image, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The picture as a JPEG file."""
    path = tmp_path_factory.mktemp("photos") / "photo.jpg"
    picture.save(path, quality=95)
    return path


@pytest.fixture(scope="session")
def kaggle_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixty photographs of each class, named as Kaggle names them; not to be changed."""
    return write_kaggle(tmp_path_factory.mktemp("kaggle"), 60)


@pytest.fixture(scope="session")
def server(model_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The page on the model folder, in this process, for all tests that leave it as it is."""
    with serve_here(tmp_path_factory.mktemp("server"), model_folder) as running:
        yield running
        assert "Exception in ASGI application" not in running.log()  # whatever the tests have asked


@pytest.fixture(scope="session")
def explorer(network: Network) -> Explorer:
    """What the library makes of photos with the same model folder."""
    return Explorer(network)


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Hub]:
    """An empty Hub, which the client asks, with an empty cache."""
    with serve_models() as running:
        # What HF_ENDPOINT, HF_HOME and HF_HUB_DISABLE_XET would have set before the client was imported.
        template = f"{running.url}/{{repo_id}}/resolve/{{revision}}/{{filename}}"
        monkeypatch.setattr(constants, "ENDPOINT", running.url)
        monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
        monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
        monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
        monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "token"))
        monkeypatch.setenv("HF_TOKEN", "hf_writer")
        monkeypatch.setattr(cnnviz.hub.client, "FIRST_WAIT_SECONDS", 0.01)
        monkeypatch.setitem(http_backoff.__kwdefaults__, "base_wait_time", 0.01)  # how long the client itself waits
        yield running
        close_session()  # or a connection that stays open would ask the next Hub that happens to have the port


@pytest.fixture
def chinese(tmp_path: Path) -> Iterator[None]:
    """A machine with fonts for Chinese cats."""
    with chinese_fonts(tmp_path):
        yield


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A browser without a window."""
    with start_browser() as started:
        yield started


@pytest.fixture(scope="session")
def windows(browser: Browser) -> Windows:
    """Its windows, used again and again."""
    return Windows(browser)


@pytest.fixture
def visit(windows: Windows, server: Server) -> Iterator[Visit]:
    """Opens the page; nothing that a test then does may log an error or ask another host."""
    with windows.visiting(server) as open_page:
        yield open_page


@pytest.fixture
def visit_first(browser: Browser, server: Server) -> Iterator[Visit]:
    """Opens the page for somebody who was never there; for tests of how it opens."""
    with visiting(browser, server) as open_page:
        yield open_page


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """An empty disk of 32 megabytes."""
    folder = tmp_path / "disk"
    folder.mkdir()
    with mounted(folder) as disk:
        yield disk


@pytest.fixture(scope="session")
def content() -> bytes:
    """A photo that is not square, as a file's content."""
    return encode(draw(400, 300, seed=31), "PNG")


@pytest.fixture(scope="session")
def explored(explorer: Explorer, content: bytes) -> Result:
    """What the library makes of it."""
    return explorer(content)


@pytest.fixture(scope="module")
def opened(
    windows: Windows, server: Server, tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> Iterator[Window]:
    """The page with that photo, and the channel explorer open."""
    with windows.lend() as window:
        page = window.open(server)
        show(page, tmp_path_factory.mktemp("shown") / "photo.png", content)
        open_channels(page)
        yield window


@pytest.fixture
def page(opened: Window) -> Iterator[Page]:
    """The same, with all settings as they are at first; for tests that leave the photo as it is."""
    reset_channels(opened.page)
    yield opened.page
    opened.check()
