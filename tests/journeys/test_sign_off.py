"""Passkeys in a real browser: two handlers and the chair sign a text, and the opened record says who signed which."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Callable

import pytest

from journeys.conftest import Served, Visitor, give_share

pytestmark = pytest.mark.journey

TOWN = "1262"  # the other journeys sign without passkeys in another municipality
NAMES = ("Maja Ekström-Demo", "Elin Åström-Demo", "Olle Hammarlund-Demo")
CASE = "Ä-2026-0999"


def with_passkey(visitor: Visitor) -> None:
    """Give the browser an authenticator that verifies its holder, and register a passkey of the person."""
    session = visitor.page.context.new_cdp_session(visitor.page)
    session.send("WebAuthn.enable")
    session.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    visitor.page.goto(f"{visitor.served.url}/konto/2fa/webauthn/add/")
    visitor.page.locator("#mfa_webauthn_add").click()
    visitor.page.wait_for_url(lambda url: not url.endswith("/add/"))


def sign(visitor: Visitor) -> None:
    """Read, answer, sign with the passkey."""
    visitor.page.get_by_label("Nej, inget som jag vet").check()
    visitor.page.locator("main form button[type=submit]").last.click()
    visitor.page.wait_for_load_state()
    visitor.look()
    assert "Textens fingeravtryck" in visitor.text
    visitor.page.get_by_role("button", name="Signera").click()
    visitor.page.wait_for_url(re.compile(r"/beslut/[0-9a-f-]+$"))
    visitor.look()


@pytest.fixture
def by_name(cast, served: Served) -> Callable[[str], Visitor]:
    """People at ``localhost``: a passkey needs an address with a name."""

    def someone(role: str) -> Visitor:
        key = f"demo-{TOWN}-{role}"
        if key not in known:
            visitor = cast(key)
            visitor.served = dataclasses.replace(served, url=served.url.replace("127.0.0.1", "localhost"))
            visitor.become(key)
            known[key] = visitor
        return known[key]

    known: dict[str, Visitor] = {}
    return someone


def test_who_signed_which_text_is_read_from_the_opened_record(by_name, served: Served, tmp_path):
    registrar = by_name("registrar")
    registrar.go("/beslutanderatt/ordning/ny")
    registrar.page.get_by_label("Handläggare signerar med passkey").check()
    registrar.page.get_by_label("Beslutsfattare signerar med passkey").check()
    registrar.page.get_by_label("Skäl", exact=True).fill("Alla har passkey.")
    registrar.press("Spara")
    worker, second, chair = by_name("social-worker"), by_name("social-worker2"), by_name("chair")
    for person in (worker, second, chair):
        with_passkey(person)
    address = a_text_is_written(worker)
    for handler in (worker, second):
        handler.page.goto(address)
        handler.press("Till godkännandet")
        sign(handler)
    chair.page.goto(address)
    chair.press("Till beslutet")
    chair.page.get_by_label("Nämndens ordförande").check()
    chair.page.get_by_label("Varför nämndens beslut").fill("Nämnden sammanträder först om sex dagar.")
    chair.page.locator("[name=read]").check()
    sign(chair)
    assert chair.text.count("Signerat med passkey") == 3
    worker.page.goto(address)
    worker.press("Till utfärdandet")
    worker.press("Försegla och utfärda")
    record = the_record_is_opened(by_name, served, address)
    assert registrar.text.count("Stämmer: signerat med passkey") == 3
    for name in NAMES:
        assert name in registrar.text
    file = tmp_path / "handlagt.json"
    file.write_bytes(record)
    said = served.motkraft("verify", str(file), "--json")
    assert said.returncode == 0, said.stdout + said.stderr
    assert [line["state"] for line in json.loads(said.stdout)["sign_offs"]] == ["signed"] * 3


def a_text_is_written(worker: Visitor) -> str:
    worker.go("/beslut/nytt")
    worker.page.get_by_role("link", name="Omedelbart omhändertagande").first.click()
    worker.page.wait_for_load_state()
    worker.page.get_by_label("Ärendets beteckning").fill(CASE)
    worker.page.get_by_label("LVU 2 §").check()
    worker.press("Vidare till texten")
    worker.page.get_by_label("Vad som beslutas").fill("Barnet omhändertas omedelbart.")
    worker.page.get_by_label("Skäl", exact=True).fill("Rättens beslut kan inte avvaktas. Påhittat exempel.")
    worker.press("Spara texten")
    worker.press("Lämna över")
    return str(worker.page.url)


def the_record_is_opened(by_name: Callable[[str], Visitor], served: Served, decision: str) -> bytes:
    registrar = by_name("registrar")
    registrar.page.goto(decision)
    registrar.press("Begär att det förseglade originalet öppnas")
    registrar.page.get_by_label("Domstol behöver originalet").check()
    registrar.page.get_by_label("Skäl", exact=True).fill("Mål 1-26.")
    registrar.press("Fråga nyckelförvaltarna")
    address = registrar.page.url
    for number in (1, 2):
        custodian = by_name(f"custodian{number}")
        custodian.page.goto(f"{address}/andel")
        give_share(custodian, served, f"{TOWN}.custodian{number}")
    registrar.page.goto(address)
    with registrar.page.expect_download() as waiting:
        registrar.page.get_by_role("button", name="Hämta listan").first.click()
    with open(waiting.value.path(), "rb") as stream:
        record = stream.read()
    registrar.page.goto(address)
    registrar.press("Se vem som signerade vilken text")
    return record
