"""A visitor's browser: finding one, opening the page in it, and reading what it shows."""

from __future__ import annotations

import base64
import inspect
import io
import itertools
import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, Request, expect, sync_playwright

from cnnviz.ui import words
from cnnviz.ui.channels import words as channels_words
from networks import LAYERS
from programs import require_program
from server import Server

Visit = Callable[..., Page]

BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
"""The first does a quarter less work for the same pages: it has no windows to draw."""

ARGUMENTS = (
    *("--no-sandbox", "--disable-dev-shm-usage", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"),  # a camera that shows a test picture
    # A mouse, as Playwright has it; and pictures are fetched as over 4G, though the shell finds no speed out.
    "--blink-settings=primaryHoverType=2,availableHoverTypes=2,primaryPointerType=4,availablePointerTypes=4,"
    "lazyLoadingImageMarginPxUnknown=1250",
)
DESKTOP = {"width": 1280, "height": 800}
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
SCREENS: dict[str, dict[str, Any]] = {"desktop": {}, "phone": PHONE}
TABLET: dict[str, Any] = {"viewport": {"width": 768, "height": 1024}, "has_touch": True, "is_mobile": True}
SCHEMES = ("light", "dark")
WAIT_MILLISECONDS = 180_000
"""After so long without the state that is waited for, a test fails; it costs nothing where the state comes."""

GRIDS = "#layers .grid"
TOAST = '[data-testid="toast-body"]'
"""What Gradio says itself, over the page."""

JOINS = "**/queue/join*"
"""Where the page asks the server."""

PICTURE = "image => ({src: image.src, width: image.width, height: image.height})"
"""A picture that needs no request, as `cnnviz.ui.files.inline` describes it."""

RESET = """() => {
    const channels = document.querySelector('.channels');
    channels.querySelector('[aria-pressed="true"][data-switch]')?.click();
    channels.querySelector('.tools:not([hidden]) [data-switch="reset"]')?.click();
    channels.querySelector('form').reset();
    for (const each of channels.querySelectorAll('dialog input')) {
        each.checked = each.defaultChecked;
        each.value = each.defaultValue;
    }
    channels.querySelector('[name=layer]').dispatchEvent(new Event('input', {bubbles: true}));
    document.activeElement.blur();
    scrollTo(0, 0);
}"""
MAX_TABS = 60
LOADED = """numLayers => {
    const images = [...document.querySelectorAll('#answer img, #strip img')];
    return document.querySelectorAll('#layers .grid').length === numLayers
        && images.length > 0 && images.every(each => each.hidden || (each.complete && each.naturalWidth > 0))
        && document.querySelector('#strip .selected')
        && document.querySelector('#colors select');
}"""
TWO_FRAMES = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))"
AT_REST = """() => [...document.querySelectorAll('#strip .tile')].every(tile => tile.getAnimations().length === 0)
    && [...document.images].filter(each => each.checkVisibility())
        .filter(each => each.getBoundingClientRect().top < innerHeight && each.getBoundingClientRect().bottom > 0)
        .every(each => each.complete)"""
DROP = """([selector, size, bytes]) => {
    const transfer = new DataTransfer();
    const content = size ? new Uint8Array(size) : Uint8Array.from(atob(bytes), letter => letter.charCodeAt(0));
    transfer.items.add(new File([content], 'dropped.png', {type: 'image/png'}));
    const over = new DragEvent('dragover', {bubbles: true, cancelable: true, dataTransfer: transfer});
    document.querySelector(selector).dispatchEvent(over);
    const event = new DragEvent('drop', {bubbles: true, cancelable: true, dataTransfer: transfer});
    document.querySelector(selector).dispatchEvent(event);
    return [over.defaultPrevented, event.defaultPrevented];
}"""
FORGET = "() => { localStorage.clear(); sessionStorage.clear(); }"
BLANK = "about:blank"


def spare_searches() -> None:
    """Spare Playwright, which lists its callers at every step, searches for the modules of those that have no file.

    Python would look through all modules each time, and TensorFlow has five thousand: a seventh of all tests' time.
    """
    without = {frame.filename: "" for frame in inspect.stack(0) if not Path(frame.filename).exists()}
    inspect.modulesbyfile.update(without)


def find_browser() -> str:
    """Find a browser; skip the test where there is none, unless one is required."""
    named = os.environ.get("CHROMIUM")
    return require_program([named] if named else BROWSERS, "chromium-headless-shell, or name a browser in CHROMIUM")


@contextmanager
def start_browser() -> Iterator[Browser]:
    """Start a browser without a window."""
    path = find_browser()
    spare_searches()
    with sync_playwright() as playwright:
        expect.set_options(timeout=WAIT_MILLISECONDS)
        started = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield started
        started.close()


def open_alone(browser: Browser, **options: Any) -> Page:
    """Open an empty page in a context of its own, for whoever closes it; it waits as long as others."""
    page = browser.new_page(**options)
    page.set_default_timeout(WAIT_MILLISECONDS)
    return page


STOPPED = "AbortError: signal is aborted"
"""What Gradio's script throws if a page is left while it listens to the server."""


class Window:
    """A visitor's window, in which one test after the other opens the page: a quarter of the work of a new window.

    Nothing that happens in it may log an error; a request to another host than the page's is one, by the page's policy.

    Args:
        browser: Where it is opened.
        is_phone: Whether it is touched instead of pointed at.
    """

    def __init__(self, browser: Browser, is_phone: bool) -> None:
        """Open it, without a page."""
        self.context = browser.new_context(viewport=DESKTOP, has_touch=is_phone, is_mobile=is_phone)
        self.context.set_default_timeout(WAIT_MILLISECONDS)
        self.page = self.context.new_page()
        self._troubles: list[str] = []
        trouble = self._troubles.append
        self.context.on(
            "console",
            lambda message: trouble(f"{message.text} {message.location['url']}") if message.type == "error" else None,
        )
        self.context.on("weberror", lambda error: trouble(str(error.error)))

    def open(
        self,
        server: Server,
        path: str = "/",
        wait: bool = True,
        viewport: dict[str, int] | None = None,
        color_scheme: str = "light",
        reduced_motion: str = "no-preference",
        permissions: Sequence[str] = (),
    ) -> Page:
        """Open the page, for a visitor with such a screen and such wishes."""
        self.context.grant_permissions(permissions, origin=server.url)
        self.page.set_viewport_size(viewport or DESKTOP)
        self.page.emulate_media(color_scheme=color_scheme, reduced_motion=reduced_motion)
        self.page.goto(server.url + path)
        self._troubles[:] = [trouble for trouble in self._troubles if not trouble.startswith(STOPPED)]
        if wait:
            wait_until_loaded(self.page)
        return self.page

    def check(self) -> None:
        """Fail if anything has happened that may not happen."""
        self.page.evaluate(TWO_FRAMES)
        troubles = self._troubles.copy()
        self._troubles.clear()
        assert not troubles, troubles

    def forgive(self, text: str) -> None:
        """Forget the errors, at least one, that a test brought about itself and whose text begins so."""
        self.page.evaluate(TWO_FRAMES)
        others = [trouble for trouble in self._troubles if not trouble.startswith(text)]
        assert len(others) < len(self._troubles)
        self._troubles[:] = others

    def leave(self) -> None:
        """Leave the page, so that nothing is computed for it any more; nothing of it is remembered but its files."""
        self.check()
        for other in self.context.pages:
            if other != self.page:
                other.close()
        self.page.evaluate(FORGET)
        self.page.unroute_all(behavior="ignoreErrors")
        self.page.mouse.move(0, 0)
        self.page.goto(BLANK)
        self.context.clear_cookies()
        self.context.clear_permissions()
        self._troubles.clear()


class Windows:
    """The windows of a browser. One that was left is used again by the next visitor with such a screen.

    Args:
        browser: Where they are opened.
    """

    def __init__(self, browser: Browser) -> None:
        """Begin without windows."""
        self._browser = browser
        self._left: dict[bool, list[Window]] = {False: [], True: []}

    @contextmanager
    def lend(self, is_phone: bool = False) -> Iterator[Window]:
        """Lend a window, and take it back if all went well in it."""
        left = self._left[is_phone]
        window = left.pop() if left else Window(self._browser, is_phone)
        yield window
        window.leave()
        left.append(window)

    @contextmanager
    def visiting(self, server: Server) -> Iterator[Visit]:
        """Lend what opens the page in a window; each visitor has an own one."""
        with ExitStack() as stack:

            def visit(path: str = "/", wait: bool = True, is_mobile: bool = False, **options: Any) -> Page:
                options.pop("has_touch", None)
                return stack.enter_context(self.lend(is_mobile)).open(server, path, wait, **options)

            yield visit

    def close(self) -> None:
        """Close those that were left."""
        for window in (*self._left[False], *self._left[True]):
            window.context.close()


@contextmanager
def visiting(browser: Browser, server: Server) -> Iterator[Visit]:
    """Lend what opens the page in new windows, in which nothing was opened before."""
    windows = Windows(browser)
    with windows.visiting(server) as visit:
        yield visit
    windows.close()


def settle(page: Page) -> None:
    """Return once what was begun is drawn: after two frames, and when no colour is on its way to another any more."""
    page.evaluate(TWO_FRAMES)
    page.wait_for_function("() => !document.getAnimations().some(each => each instanceof CSSTransition)")


@contextmanager
def waiting_for_answers(page: Page) -> Iterator[None]:
    """Return once all is answered that the page asks in the meantime."""
    asked: list[Request] = []

    def note(request: Request) -> None:
        if request.method == "POST":
            asked.append(request)

    page.on("request", note)
    yield
    while True:
        num_asked = len(asked)
        for request in asked:
            request.response()
        page.wait_for_function("() => !document.querySelector('[data-testid=status-tracker]:not(.hide)')")
        settle(page)
        if len(asked) == num_asked:
            page.remove_listener("request", note)
            return


def wait_until_at_rest(page: Page) -> None:
    """Return once all pictures in sight are there, and nothing moves."""
    page.wait_for_function(AT_REST)
    settle(page)


def wait_until_loaded(page: Page) -> None:
    """Return once every layer is there with its controls, and all pictures but those of layers out of sight."""
    page.wait_for_function(LOADED, arg=len(LAYERS))


def open_tab(page: Page, name: str) -> None:
    """Open a tab by its name."""
    page.get_by_role("tab", name=name).click()


def layer(page: Page, name: str, part: str = "") -> Locator:
    """Find a layer's section, or a part of it."""
    return page.locator(f'.layer[data-name="{name}"] {part}')


def load_grids(page: Page) -> None:
    """Scroll through the layers, whose pictures are fetched when they come near."""
    for grid in page.locator(GRIDS).all():
        grid.scroll_into_view_if_needed()
        grid.evaluate("image => image.decode()")


def sources(page: Page) -> list[str]:
    """Give the addresses of the layers' pictures."""
    return list(page.locator(GRIDS).evaluate_all("images => images.map(image => image.src)"))


def shown(page: Page, server: Server) -> list[bytes]:
    """Give the files of the layers' pictures."""
    return [server.http.get(source).raise_for_status().content for source in sources(page)]


def wait_for_others(page: Page, before: list[str]) -> None:
    """Return once other pictures have taken the place of these."""
    page.wait_for_function("([grids, src]) => document.querySelector(grids).src !== src", arg=[GRIDS, before[0]])
    settle(page)
    wait_until_loaded(page)


def upload(page: Page, path: Path, content: bytes) -> None:
    """Choose another file, as a visitor does: take the photo away first, or press the phone's button."""
    path.write_bytes(content)
    if page.locator("#photo").is_visible():
        remove = page.locator('#photo button[aria-label="Remove Image"]')
        choose = page.locator("#photo input[type=file]")
        remove.or_(choose).first.wait_for(state="attached")
        if remove.is_visible():  # or one was refused before it was sent
            remove.click()
        choose.set_input_files(path)
    else:
        with page.expect_file_chooser() as chooser:
            page.locator("#camera").click()
        chooser.value.set_files(path)


def show(page: Page, path: Path, content: bytes) -> None:
    """Choose another file, and wait for its layers."""
    before = sources(page)
    upload(page, path, content)
    wait_for_others(page, before)


def drop(page: Page, content: bytes, selector: str = "body", size: int = 0) -> list[bool]:
    """Drop a file with a content, or of a size, and tell whether the page takes what hangs over it and what falls."""
    taken: list[bool] = page.evaluate(DROP, [selector, size, base64.b64encode(content).decode()])
    return taken


def answer_of(page: Page) -> str:
    """Give the answer that the page states."""
    return page.locator("#answer .label").inner_text()


def open_channels(page: Page, name: str | None = None) -> None:
    """Open the channel explorer, at a layer."""
    open_tab(page, words.CHANNELS_TAB)
    expect(page.locator(".channels .tiles")).to_be_attached()
    show_more(page, ".channels")
    wait_for_channels(page)
    if name is not None:
        choose_layer(page, name)


def show_more(page: Page, part: str) -> None:
    """Show the controls that are rare."""
    page.locator(f"{part} .more").evaluate("details => { details.open = true; }")


def reset_channels(page: Page) -> None:
    """Put the channel explorer back as it was at first, at its first layer."""
    if page.locator(".channels dialog").is_visible():
        page.keyboard.press("Escape")
    page.set_viewport_size(DESKTOP)
    page.mouse.move(1, 1)
    page.evaluate(RESET)
    wait_for_channels(page)


def choose_layer(page: Page, name: str) -> None:
    """Choose a layer in the channel explorer, and wait for it."""
    page.locator(".channels [name=layer]").select_option(name)
    wait_for_channels(page)


def wait_for_channels(page: Page) -> None:
    """Return once the channel explorer shows the layer that was chosen."""
    page.wait_for_function("() => document.querySelector('.channels:not(.waiting) :is(.tile, .sum table)')")
    expect(page.locator(".channels .caption")).not_to_contain_text("…")


def open_why(page: Page) -> None:
    """Open the tab on the why, and wait for its maps."""
    open_tab(page, words.WHY_TAB)
    show_more(page, ".why")
    wait_for_maps(page)


def wait_for_maps(page: Page) -> None:
    """Return once every method that is chosen shows its maps."""
    page.wait_for_function("""() => {
        const rows = [...document.querySelectorAll('.why .method')];
        return rows.length > 0 && rows.every(row => row.querySelector('.maps canvas'));
    }""")


def open_comparison(page: Page) -> None:
    """Open the tab of two photos, and wait for its channels."""
    open_tab(page, words.COMPARISON_TAB)
    expect(page.locator(".comparison .pairs")).to_be_attached()
    wait_for_pairs(page)


def wait_for_pairs(page: Page) -> None:
    """Return once the layer of both photos that was chosen is shown."""
    page.wait_for_function("() => document.querySelector('.comparison .pair')")
    expect(page.locator(".comparison .caption")).not_to_contain_text("…")


def tile(page: Page, channel: int) -> Locator:
    """Find a channel's tile."""
    return page.locator(f'.channels .tile[data-channel="{channel}"]')


def shown_channels(page: Page) -> list[int]:
    """Give the channels that have tiles, in order."""
    return list(
        page.locator(".channels .tile").evaluate_all("tiles => tiles.map(tile => Number(tile.dataset.channel))")
    )


def canvas_pixels(canvas: Locator) -> NDArray[np.uint8]:
    """Read the pixels of a canvas: shape (rows, columns, 4), red, green, blue and opacity."""
    encoded = canvas.evaluate("canvas => canvas.toDataURL('image/png')")
    picture = Image.open(io.BytesIO(base64.b64decode(encoded.partition(",")[2])))
    return np.asarray(picture.convert("RGBA"))


def pattern(sentence: str, **values: object) -> str:
    """Turn one of the page's sentences into a pattern: what is not given is a group."""
    texts = re.split(r"\{(\w+)\}", sentence)  # every second one is a name
    return "".join(
        re.escape(str(values[text]) if is_name else text) if text in values or not is_name else "(.+)"
        for text, is_name in zip(texts, itertools.cycle((False, True)), strict=False)
    )


def title_of(layer: str, channel: int, unit: str = "channel") -> str:
    """Give the heading of what is shown large."""
    return channels_words.CHANNELS["title"].format(layer=layer, unit=unit, channel=channel)


def start_work_clock(page: Page) -> Callable[[], float]:
    """Start a clock of the seconds that the page's own thread works: what else the machine does plays no part."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")

    def read() -> float:
        metrics = {each["name"]: each["value"] for each in session.send("Performance.getMetrics")["metrics"]}
        return float(metrics["ThreadTime"])

    return read


def read_number(text: str) -> float:
    """Read a number as the page writes it."""
    return float(text.replace("\N{MINUS SIGN}", "-").replace(",", ""))
