"""A person in a real browser, against the product as it is served: server, worker and database of its own."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WIDE = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}
WALKS = "test_every_page"


def chromium() -> str:
    """The installed Chromium; in CI its absence is an error, elsewhere the journeys are skipped with the reason."""
    for name in BROWSERS:
        found = shutil.which(name)
        if found:
            return found
    if os.environ.get("CI") == "true":
        pytest.fail("No Chromium is installed: the journeys may not be skipped in CI.")
    pytest.skip("No Chromium is installed (Debian: apt-get install chromium).")


class ByFile(LoadScopeScheduling):
    """The journeys of a file follow each other in one browser; walks go one by one to whoever has time."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return nodeid if WALKS in file else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFile:
    return ByFile(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Walks that only look come last, so that the last minutes are shared out evenly."""
    items.sort(key=lambda item: item.path.stem == WALKS)


@dataclass
class Served:
    """A running demo."""

    url: str
    var: Path
    environment: dict[str, str]
    process: subprocess.Popen[str]

    def motkraft(self, *arguments: str, check: bool = False) -> subprocess.CompletedProcess[str]:
        """Run the command beside the server, on the same database."""
        return subprocess.run(
            [sys.executable, "-m", "motkraft.cli", *arguments],
            env=self.environment, capture_output=True, text=True, check=check, timeout=180,
        )  # fmt: skip


def free_port() -> int:
    """A port that nobody uses right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """``motkraft demo`` in a folder of its own."""
    var = tmp_path_factory.mktemp("served") / "var"
    port = free_port()
    environment = {
        key: value for key, value in os.environ.items() if "DATABASE_URL" not in key and not key.startswith("MOTKRAFT")
    }
    environment |= {"MOTKRAFT_VAR": str(var), "PYTHONWARNINGS": "ignore", "PYTHONUNBUFFERED": "1", "PYTHONPATH": "src"}
    log = (var.parent / "served.log").open("w+")
    process = subprocess.Popen(
        [sys.executable, "-m", "motkraft.cli", "demo", "--port", str(port)],
        env=environment, stdout=log, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    until = time.monotonic() + 240
    while True:
        try:
            with urllib.request.urlopen(f"{url}/halsa", timeout=2):
                break
        except OSError:
            if process.poll() is not None or time.monotonic() > until:
                process.kill()
                log.seek(0)
                pytest.fail(f"The demo did not start:\n{log.read()[-4000:]}")
            time.sleep(0.3)
    yield Served(url, var, environment, process)
    process.send_signal(signal.SIGINT)
    process.wait(timeout=40)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """One Chromium for all journeys."""
    path = chromium()
    from playwright.sync_api import sync_playwright

    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield running
        running.close()


@dataclass
class Visitor:
    """Somebody at a browser: goes places, becomes demo people, and has axe look at each page."""

    page: Any
    served: Served
    looked_at: list[str] = field(default_factory=list)

    def go(self, path: str) -> None:
        """Open an address of the product."""
        answer = self.page.goto(f"{self.served.url}{path}")
        assert answer is not None and answer.status < 400, f"{path} answered {answer and answer.status}"
        self.look()

    def become(self, username: str) -> None:
        """Become a demo person with one click."""
        self.page.goto(f"{self.served.url}/demo")
        self.page.locator("li", has=self.page.get_by_text(username, exact=True)).get_by_role("button").click()
        self.page.wait_for_url(f"{self.served.url}/")
        self.look()

    def press(self, name: str, *, exact: bool = False) -> None:
        """Press the button, or follow the link, with this name."""
        target = self.page.get_by_role("button", name=name, exact=exact)
        if target.count() == 0:
            target = self.page.get_by_role("link", name=name, exact=exact)
        target.first.click()
        self.page.wait_for_load_state()
        self.look()

    def look(self) -> None:
        """Have axe-core look at the page; it must find nothing."""
        from axe_playwright_python.sync_playwright import Axe

        found = Axe().run(self.page).response["violations"]
        self.looked_at.append(self.page.url)
        said = [f"{each['id']}: {each['help']} → {[node['target'] for node in each['nodes']][:4]}" for each in found]
        assert not said, f"{self.page.url}: " + "\n".join(said)

    @property
    def text(self) -> str:
        """The words on the page."""
        return str(self.page.inner_text("body"))


@pytest.fixture
def cast(browser: Any, served: Served) -> Iterator[Callable[[str], Visitor]]:
    """People at browsers of their own, each made on first use: ``cast("demo-0114-manager")``; "" is the public."""
    playing: dict[str, Visitor] = {}

    def someone(username: str) -> Visitor:
        if username not in playing:
            context = browser.new_context(viewport=WIDE, locale="sv-SE", timezone_id="Europe/Stockholm")
            context.set_default_timeout(15_000)
            playing[username] = Visitor(context.new_page(), served)
            if username:
                playing[username].become(username)
        return playing[username]

    yield someone
    for visitor in playing.values():
        visitor.page.context.close()


@pytest.fixture
def visitor(browser: Any, served: Served) -> Iterator[Visitor]:
    """Somebody with a wide window, in Swedish."""
    context = browser.new_context(viewport=WIDE, locale="sv-SE", timezone_id="Europe/Stockholm")
    context.set_default_timeout(15_000)
    yield Visitor(context.new_page(), served)
    context.close()


@pytest.fixture
def phone(browser: Any, served: Served) -> Iterator[Visitor]:
    """Somebody with a phone."""
    context = browser.new_context(viewport=PHONE, locale="sv-SE", has_touch=True, is_mobile=True)
    context.set_default_timeout(15_000)
    yield Visitor(context.new_page(), served)
    context.close()


def give_share(custodian: Visitor, served: Served, key: str) -> None:
    """On the page where shares are given: fetch the request, open the share with a demo key here, bring the file."""
    with custodian.page.expect_download() as waiting:
        custodian.page.locator("main a[download]").first.click()
    asked, shares = waiting.value.path(), served.var.parent / f"{key}.shares.json"
    shares.unlink(missing_ok=True)
    identity = served.var / "secrets" / "demo-custodians" / f"{key}.txt"
    served.motkraft("custodian", "open", str(asked), "--identity", str(identity), "-o", str(shares), check=True)
    custodian.page.locator("input[type=file]").set_input_files(shares)
    custodian.page.locator("main form button[type=submit]").last.click()
    custodian.page.wait_for_load_state()
