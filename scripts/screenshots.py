"""Take pictures of every main page, wide and narrow, light and dark, of a running demo.

``make screenshots`` with ``make demo`` running beside it. Pictures land in ``var/screenshots``.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Page, sync_playwright

URL = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000"
OUT = Path(sys.argv[2] if len(sys.argv) > 2 else "var/screenshots")
PEOPLE = (
    "",
    "demo-0114-social-worker",
    "demo-0114-manager",
    "demo-0114-security-coordinator",
    "demo-0114-safety-representative",
    "demo-0114-chair",
    "demo-0114-registrar",
    "demo-0114-custodian1",
    "demo-0114-communicator",
    "demo-0114-administrator",
    "demo-nke-knowledge-advisor",
)
LEAVE = ("/konto/", "/static/", "/log/", "/kvitto/", "/demo")
MOST = 24


def shape(path: str) -> str:
    """A page's kind: its address without the parts that name one thing."""
    return "_".join(
        "x" if len(part) > 24 or any(c.isdigit() for c in part) else part for part in path.strip("/").split("/")
    )


def main() -> None:
    """Walk as each role and take a picture of one page of each kind."""
    with sync_playwright() as playwright:
        program = next(
            found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))
        )
        browser = playwright.chromium.launch(
            executable_path=program, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        for person in PEOPLE:
            context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="sv-SE")
            page = context.new_page()
            page.goto(f"{URL}/{'demo' if person else 'valkommen'}")
            if person:
                page.locator("li", has=page.get_by_text(person, exact=True)).get_by_role("button").click()
                page.wait_for_url(f"{URL}/")
            walk(page, person or "public")
            context.close()
        browser.close()


def walk(page: Page, who: str) -> None:
    """One picture of each kind of page, breadth first."""
    folder = OUT / who.removeprefix("demo-")
    folder.mkdir(parents=True, exist_ok=True)
    waiting, seen = [urlsplit(page.url).path], set()
    while waiting and len(seen) < MOST:
        path = waiting.pop(0)
        kind = shape(path) or "start"
        if kind in seen:
            continue
        seen.add(kind)
        try:
            page.goto(f"{URL}{path}")
        except Exception as error:
            if "Download is starting" in str(error):
                continue
            raise
        page.screenshot(path=folder / f"{kind}-wide.png", full_page=True)
        page.set_viewport_size({"width": 390, "height": 844})
        page.screenshot(path=folder / f"{kind}-phone.png", full_page=True)
        page.set_viewport_size({"width": 1280, "height": 900})
        links = page.eval_on_selector_all("a[href]", "all => all.map(a => a.getAttribute('href'))")
        waiting += [
            link
            for link in links
            if link.startswith("/") and not link.startswith(LEAVE) and "?" not in link and not link.endswith(".json")
        ]
    print(f"{who}: {len(seen)} pages → {folder}")


if __name__ == "__main__":
    main()
