"""The promises of looking at evidence: each showing is a step, only a copy is shown, and nothing in it ever runs."""

from __future__ import annotations

import io
import struct
import subprocess
import sys
import time
from email.message import EmailMessage

import pikepdf
import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from factories import colleague, organisation
from motkraft.incidents import actions, queries
from motkraft.incidents.actions import pages, previews
from motkraft.incidents.rules import EvidenceRefused, Report, pdf_pages
from motkraft.incidents.rules.previews import letter_of, text_of
from motkraft.people.access import NotAllowed, Role, acting

pytestmark = pytest.mark.django_db
TOLD = b"Inspelad av Namnsson-Demo"
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)> Jag vet var du bor, O'Brien. سأجدك"


def visitor(who) -> Client:
    client = Client()
    with acting(who.actor):
        client.force_login(who.person, backend="motkraft.people.login.Door")
    return client


@pytest.fixture
def house():
    class House:
        org = organisation()
        worker = colleague(org, Role.SOCIAL_WORKER)
        manager = colleague(org, Role.MANAGER)
        representative = colleague(org, Role.SAFETY_REPRESENTATIVE)
        other_worker = colleague(org, Role.SOCIAL_WORKER)
        stranger = colleague(organisation(), Role.MANAGER)

    with acting(House.worker.actor):
        House.incident = actions.report_incident(House.worker.actor, Report(kind="threat"))
    return House


def evidence_of(house, content: bytes, name: str = "fil"):
    with acting(house.worker.actor):
        return actions.add_evidence(house.worker.actor, house.incident.pk, actions.HandedIn(content, name))


def picture() -> bytes:
    exif = Image.Exif()
    exif[0x010E] = "Hemgatan 5"
    out = io.BytesIO()
    Image.new("RGB", (4000, 1000), (10, 200, 30)).save(out, "JPEG", exif=exif)
    return out.getvalue()


def wav() -> bytes:
    told = b"LIST" + struct.pack("<I", 4 + len(TOLD)) + b"INFO" + TOLD + bytes(len(TOLD) % 2)
    sound = (
        b"fmt " + struct.pack("<IHHIIHH", 16, 1, 1, 8000, 8000, 1, 8) + b"data" + struct.pack("<I", 400) + bytes(400)
    )
    return b"RIFF" + struct.pack("<I", 4 + len(told) + len(sound)) + b"WAVE" + told + sound


def show(client: Client, house, evidence) -> str:
    answer = client.post(reverse("evidence_show", args=[house.incident.pk, evidence.pk]))
    assert answer.status_code == 302
    return answer["Location"]


def test_a_picture_is_shown_smaller_without_its_place_and_each_showing_is_a_step(house):
    item, client = evidence_of(house, picture(), "hemma hos mig.jpg"), visitor(house.manager)
    address = show(client, house, item)
    assert client.get(address).status_code == 200
    answer = client.get(f"{address}/innehall")
    assert answer["Content-Type"] == "image/jpeg"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cache-Control"] == "no-store"
    assert b"Hemgatan" not in answer.content
    assert Image.open(io.BytesIO(answer.content)).size == (1600, 400)
    show(client, house, item)
    with acting(house.manager.actor):
        steps = [step for step in queries.custody(house.manager.actor, item) if step.purpose == "shown"]
    assert [(step.action, step.actor_id) for step in steps] == [("viewed", house.manager.person.pk)] * 2
    page = client.get(reverse("evidence", args=[house.incident.pk, item.pk])).content.decode()
    assert page.count("Visat på skärmen") == 2


def test_a_recording_is_played_from_its_share_copy_whole_or_in_part(house):
    item, client = evidence_of(house, wav()), visitor(house.worker)
    address = f"{show(client, house, item)}/innehall"
    whole = client.get(address)
    content = b"".join(whole.streaming_content)
    assert (whole.status_code, whole["Content-Type"], whole["Accept-Ranges"]) == (200, "audio/wav", "bytes")
    assert len(content) == 444 == int(whole["Content-Length"])
    assert TOLD not in content
    for asked, wanted in (("bytes=0-3", content[:4]), ("bytes=440-", content[440:]), ("bytes=-5", content[-5:])):
        part = client.get(address, headers={"Range": asked})
        assert part.status_code == 206
        assert b"".join(part.streaming_content) == wanted
    assert client.get(address, headers={"Range": "bytes=0-3"})["Content-Range"] == "bytes 0-3/444"
    assert client.get(address, headers={"Range": "bytes=444-"}).status_code == 416
    assert client.get(address, headers={"Range": "bytes=1-2,4-5"}).status_code == 200


def test_a_text_and_a_mail_are_shown_as_words_and_never_as_markup(house):
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "okand@exempel.invalid", "du@exempel.invalid", f"Du {HOSTILE}"
    mail["Date"] = "Fri, 20 Nov 2026 12:30:00 +0100"
    mail.set_content(f"<p>Hej<br>du</p><style>p {{}}</style><p>{HOSTILE}</p>", subtype="html")
    client = visitor(house.worker)
    for content in (HOSTILE.encode(), mail.as_bytes(), f"<html><body>{HOSTILE}</body></html>".encode()):
        item = evidence_of(house, content)
        address = show(client, house, item)
        page = client.get(address).content.decode()
        assert "سأجدك" in page
        assert "<script>alert" not in page and "<img src=x" not in page
        assert client.get(f"{address}/innehall").status_code == 404


def test_a_mail_in_html_is_its_words_line_by_line():
    mail = EmailMessage()
    mail.set_content("<p>Hej<br>du</p><script>x()</script><div>igen</div>", subtype="html")
    assert letter_of(mail.as_bytes()).text == "Hej\ndu\nigen"
    assert letter_of(b"From: \xff\nDate\n\n\xff").text
    assert text_of(b"a\x00b\xe2\x80\xaec\n" + b"d" * 200_000).text[:5] == "abc\nd"
    assert text_of(b"d" * 200_000).is_cut


@pytest.mark.parametrize("name", ["From", "Cc", "Content-Type"])
def test_a_header_that_is_made_to_choke_its_parser_is_shown_as_it_stands(name):
    for value in ("(" * 5000, "<" * 5000, '"=?utf-8?q?' * 300, "a@exempel.invalid, " * 200_000):
        began = time.process_time()
        words = letter_of(f"Subject: Hej\n{name}: {value}\n\nSvara".encode())
        assert time.process_time() - began < 5
        assert dict(words.headers)["Subject"] == "Hej"
        if name != "Content-Type":
            assert words.is_cut and words.text == "Svara"
            assert dict(words.headers)[name]


def test_a_mail_of_parts_within_parts_without_end_is_shown_as_it_stands():
    parts = "".join(f'Content-Type: multipart/mixed; boundary="{at}"\n\n--{at}\n' for at in range(3000))
    assert "multipart/mixed" in letter_of(parts.encode()).text


def test_a_mail_in_html_without_the_end_of_its_head_has_words_and_says_when_it_is_cut():
    def letter(markup: str):
        return letter_of(b"Content-Type: text/html\n\n" + markup.encode())

    assert letter("<head><title>x</title><body><p>Hej du</body>").text == "Hej du"
    assert letter("<head><meta charset=utf-8><style>p {}</style><p>Hej & du &am").text == "Hej & du &am"
    assert letter("<head><template><body>Hej").text == "Hej"
    assert not letter("<p>Hej").is_cut
    assert letter("<p>Hej" + "<b></b>" * 60_000).is_cut


def pdf(*words: str, password: str = "") -> bytes:
    """A PDF of one page for each word, with an author."""
    out = io.BytesIO()
    with pikepdf.new() as made:
        for word in words:
            page = made.add_blank_page(page_size=(300, 200))
            font = pikepdf.Dictionary(
                Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica
            )
            page.obj.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F=font))
            page.obj.Contents = made.make_stream(f"BT /F 40 Tf 20 80 Td ({word}) Tj ET".encode())
        made.docinfo["/Author"] = TOLD.decode()
        lock = pikepdf.Encryption(owner=password, user=password) if password else False
        made.save(out, encryption=lock)
    return out.getvalue()


def test_each_page_of_a_pdf_is_shown_as_a_picture_and_the_showing_is_a_step(house):
    item, client = evidence_of(house, pdf("HOT", "IGEN")), visitor(house.manager)
    address = show(client, house, item)
    page = client.get(address).content.decode()
    assert page.count("evidence-page") == 2 and "Sida 2 av 2" in page
    answers = [client.get(f"{address}/innehall?sida={number}") for number in (1, 2)]
    shown = [Image.open(io.BytesIO(answer.content)) for answer in answers]
    assert [(each.format, each.size) for each in shown] == [("PNG", (1200, 800))] * 2
    assert all(each.convert("L").getextrema()[0] < 50 for each in shown), "there are words on them"
    assert answers[0].content != answers[1].content and TOLD not in answers[0].content
    assert answers[0]["Content-Security-Policy"] == "default-src 'none'; sandbox"
    for wrong in ("", "?sida=0", "?sida=3", "?sida=x", "?sida=99999"):
        assert client.get(f"{address}/innehall{wrong}").status_code == 404
    with acting(house.manager.actor):
        last = list(queries.custody(house.manager.actor, item))[-1]
    assert (last.action, last.purpose) == ("viewed", "shown") and "pypdfium2" in last.tool


def test_a_pdf_that_is_locked_broken_or_takes_for_ever_is_not_shown_and_leaves_no_step(house, monkeypatch):
    with acting(house.worker.actor):
        for content, why in ((pdf("HOT", password="hemligt"), "password"), (pdf("HOT")[:200], "cannot be read")):
            item = evidence_of(house, content)
            with pytest.raises(EvidenceRefused, match=why):
                previews.show(house.worker.actor, item.pk)
        monkeypatch.setattr(pages, "_WAIT", 0.01)
        item = evidence_of(house, pdf("HOT"))
        with pytest.raises(EvidenceRefused, match="cannot be read"):
            previews.show(house.worker.actor, item.pk)
        assert len(queries.custody(house.worker.actor, item)) == 2


def test_what_draws_pages_can_open_no_file_and_start_no_process():
    tried = (
        "import importlib.util, sys; spec = importlib.util.spec_from_file_location('pages', sys.argv[1]);"
        "pages = importlib.util.module_from_spec(spec); spec.loader.exec_module(pages); pages._confine()\n"
        "import os\n"
        "for act in (lambda: open('/etc/passwd'), lambda: os.fork(), lambda: os.pipe(), lambda: bytearray(3 << 30)):\n"
        "    try:\n        act(); os._exit(1)\n    except (OSError, MemoryError): pass\n"
        "os._exit(0)"
    )
    done = subprocess.run([sys.executable, "-c", tried, pdf_pages.__file__], check=False)
    assert done.returncode == 0


def test_only_who_began_a_showing_sees_it_and_only_for_an_hour(house):
    item, client = evidence_of(house, picture()), visitor(house.manager)
    address = show(client, house, item)
    for who in (house.worker, house.representative, house.other_worker, house.stranger):
        assert visitor(who).get(f"{address}/innehall").status_code == 404
    for who in (house.representative, house.other_worker, house.stranger):
        url = reverse("evidence_show", args=[house.incident.pk, item.pk])
        assert visitor(who).post(url).status_code == 404
        with acting(who.actor), pytest.raises(NotAllowed):
            previews.show(who.actor, item.pk)
    opened = client.get(reverse("evidence", args=[house.incident.pk, item.pk]))
    assert opened.status_code == 200
    with acting(house.manager.actor):
        last = list(queries.custody(house.manager.actor, item))[-1]
    assert client.get(reverse("evidence_content", args=[house.incident.pk, item.pk, last.number])).status_code == 404
    with time_machine.travel(timezone.now() + previews.SHOWN_FOR, tick=False):
        late = visitor(house.manager)
        assert late.get(f"{address}/innehall").status_code == 404
        assert late.get(address)["Location"] == reverse("evidence", args=[house.incident.pk, item.pk])


def test_what_cannot_be_shown_says_so_and_leaves_no_step(house):
    pdf = evidence_of(house, b"%PDF-1.7\n" + bytes(20))
    broken = evidence_of(house, b"\xff\xd8\xff\xe0" + bytes(300))
    for item in (pdf, broken):
        with acting(house.worker.actor):
            before = len(queries.custody(house.worker.actor, item))
            with pytest.raises(EvidenceRefused):
                previews.show(house.worker.actor, item.pk)
            assert len(queries.custody(house.worker.actor, item)) == before
        answer = visitor(house.worker).post(reverse("evidence_show", args=[house.incident.pk, item.pk]), follow=True)
        assert "mk-alert" in answer.content.decode() or "ds-alert" in answer.content.decode()
