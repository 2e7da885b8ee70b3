"""The gallery in a real browser: accessible, no wider than a phone, and led by the keyboard."""

import shutil
import threading
from collections.abc import Iterator

import pytest
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.core.wsgi import get_wsgi_application

from motkraft.web.gallery_values import PAGES

sync_api = pytest.importorskip("playwright.sync_api")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = [pytest.mark.journey, pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on PATH")]

POLICY = "default-src 'self'; img-src 'self' data:; base-uri 'none'; object-src 'none'"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


class Quiet(WSGIRequestHandler):
    def log_message(self, *args):
        pass


@pytest.fixture
def site(room) -> Iterator[str]:
    inner = get_wsgi_application()

    def with_policy(environ, start):
        return inner(
            environ,
            lambda status, heads, *rest: start(status, [*heads, ("Content-Security-Policy", POLICY)], *rest),
        )

    server = ThreadedWSGIServer(("127.0.0.1", 0), Quiet)
    server.daemon_threads = True
    server.set_app(with_policy)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def browser():
    with sync_api.sync_playwright() as engine:
        flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = engine.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield browser
        browser.close()


@pytest.mark.parametrize(
    ("width", "scheme", "names"),
    [(1280, "light", tuple(PAGES)), (320, "dark", ("components", "item", "list", "public"))],
    ids=["wide-light", "narrow-dark"],
)
def test_every_page_is_accessible_fits_the_screen_and_keeps_to_the_policy(
    site, browser, width, scheme, names
):
    from axe_playwright_python.sync_playwright import Axe

    page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
    said, faults = [], []
    page.on("console", lambda message: said.append(message.text))
    for name in names:
        page.goto(f"{site}/gallery/{name}")
        for found in Axe().run(page, options={"runOnly": RULES}).response["violations"]:
            faults.append((name, found["id"], found["nodes"][0]["html"]))
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            faults.append((name, "wider than the screen"))
    assert faults == []
    assert said == []


def test_escape_twice_leaves_for_the_neutral_page_at_once(site, browser):
    page = browser.new_page(locale="sv-SE")
    page.goto(f"{site}/gallery/item")
    page.eval_on_selector("form[data-hide]", "form => { form.method = 'get'; form.action = '/neutral'; }")
    page.keyboard.press("Escape")
    assert "/gallery/item" in page.url
    page.keyboard.press("Escape")
    page.wait_for_url("**/neutral*")
    assert "Vecka" in page.inner_text("h1")


def test_one_key_makes_a_decision_but_not_while_one_types(site, browser):
    page = browser.new_page(locale="sv-SE")
    page.goto(f"{site}/gallery/review")
    page.evaluate(
        """() => {
          window.made = [];
          document.querySelector('.mk-review__choices').addEventListener('submit', (event) => {
            event.preventDefault();
            window.made.push(event.submitter.value);
          });
          const note = '<input id="note" aria-label="note">';
          document.querySelector('.mk-review__side').insertAdjacentHTML('beforeend', note);
        }"""
    )
    page.keyboard.press("k")
    page.focus("#note")
    page.keyboard.press("j")
    assert page.evaluate("window.made") == ["critique"]
    page.click("[data-keys-toggle]")
    page.locator("h1").click()
    page.keyboard.press("l")
    assert page.evaluate("window.made") == ["critique"]


def test_errors_have_the_focus_when_the_page_opens(site, browser):
    page = browser.new_page(locale="sv-SE")
    page.goto(f"{site}/gallery/form")
    assert "ds-error-summary" in page.evaluate("document.activeElement.className")


def test_the_law_chip_opens_and_the_language_can_be_read_without_script(site, browser):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site}/gallery/components")
    panel = page.locator(".mk-law__panel").first
    assert not panel.is_visible()
    page.locator(".mk-law__chip").first.click()
    assert panel.is_visible()
