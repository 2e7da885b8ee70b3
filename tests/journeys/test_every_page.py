"""Every page that a role's navigation leads to opens, passes axe-core, and fits a phone."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from journeys.conftest import PHONE, WIDE, Visitor

pytestmark = pytest.mark.journey
MOST = 22  # pages for each role: the navigation, and the first of each kind behind it
SIBLINGS = 3  # pages under the same address: a list of forms or texts does not crowd out other rooms
LEAVE = ("/konto/", "/static/", "/log/", "/kvitto/", "/demo")

ROLES = [
    "demo-0114-social-worker",
    "demo-0114-manager",
    "demo-0114-security-coordinator",
    "demo-0114-safety-representative",
    "demo-0114-director",
    "demo-0114-chair",
    "demo-0114-registrar",
    "demo-0114-custodian1",
    "demo-0114-communicator",
    "demo-0114-influence-reader",
    "demo-0114-union-representative",
    "demo-0114-administrator",
    "demo-nke-knowledge-advisor",
]


def shape(path: str) -> str:
    """A page's kind: its address without the parts that name one thing."""
    return "/".join("…" if len(part) > 24 or any(c.isdigit() for c in part) else part for part in path.split("/"))


def addresses(visitor: Visitor) -> list[str]:
    """The pages that this page links to, in order."""
    found = visitor.page.eval_on_selector_all(
        "a[href]", "links => links.filter(a => !a.hasAttribute('download')).map(a => a.getAttribute('href'))"
    )
    return [
        link
        for link in found
        if link.startswith("/")
        and not link.startswith(LEAVE)
        and not link.endswith(".json")
        and not urlsplit(link).query
    ]


def walk(visitor: Visitor, first: str) -> list[str]:
    """Visit one page of each kind, breadth first; say what is wrong with each."""
    wrong: list[str] = []
    seen: set[str] = set()
    waiting = [first]
    while waiting and len(seen) < MOST:
        path = waiting.pop(0)
        kind = shape(path)
        parent = kind.rpartition("/")[0]
        if kind in seen or (parent and sum(other.rpartition("/")[0] == parent for other in seen) >= SIBLINGS):
            continue
        seen.add(kind)
        with visitor.page.expect_event(
            "response", lambda r, p=path: urlsplit(r.url).path == urlsplit(p).path
        ) as caught:
            try:
                visitor.page.goto(f"{visitor.served.url}{path}")
            except Exception as error:
                if "Download is starting" not in str(error):
                    raise
                continue
        if caught.value.status >= 400:
            wrong.append(f"{path} answered {caught.value.status}")
            continue
        try:
            visitor.look()
        except AssertionError as error:
            wrong.append(str(error))
        visitor.page.set_viewport_size(PHONE)
        beyond = visitor.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if beyond > 1:
            wrong.append(f"{path} is {beyond} px wider than a phone")
        visitor.page.set_viewport_size(WIDE)
        waiting += addresses(visitor)
    assert len(seen) > 2, f"only {seen}"
    return wrong


@pytest.mark.parametrize("username", ROLES)
def test_every_page_of_a_role_opens_and_passes_axe(visitor, username):
    visitor.become(username)
    assert not (wrong := walk(visitor, "/")), "\n".join(wrong)


def test_every_public_page_opens_passes_axe_and_sets_no_cookie(visitor):
    wrong = walk(visitor, "/valkommen")
    assert not wrong, "\n".join(wrong)
    assert visitor.page.context.cookies() == []


def test_public_pages_work_without_script(browser, served):
    context = browser.new_context(java_script_enabled=False, locale="sv-SE")
    page = context.new_page()
    for path in ("/valkommen", "/fakta", "/kontrollera", "/sverige", "/begar-ut", "/begar-ut/folj"):
        assert page.goto(f"{served.url}{path}").status == 200
        assert page.locator("h1").count() == 1
        assert page.locator("script").count() == 0
    context.close()
