"""The demo's evidence of many kinds: a mail with what was attached to it, an exported chat, a PDF, an address."""

from __future__ import annotations

import io
import zipfile
from email.message import EmailMessage

from PIL import Image

from motkraft.incidents import actions, queries
from motkraft.incidents.actions import evidence as handling
from motkraft.incidents.demo.world import World, at, days, screenshot
from motkraft.incidents.models import SourceClass
from motkraft.incidents.rules import Report
from motkraft.people.access import acting


def load(world: World) -> None:
    """Report one incident with evidence of many kinds, and handle it as a manager does."""
    reporter, manager = world.actor("0114.social_worker2"), world.actor("0114.manager")
    moment = world.now - days(3)
    with at(moment), acting(reporter):
        incident = actions.report_incident(
            reporter,
            Report(
                kind="veiled_threat",
                happened_at=moment,
                office_id=world.offices["0114"][-1].pk,
                description="Ett brev med en bild på min bil, och en chatt som en kollega sparade.",
            ),
            evidence=[
                actions.HandedIn(_letter(), "brev.eml", SourceClass.EMAIL),
                actions.HandedIn(_chat(), "chatt.zip", SourceClass.CHAT),
                actions.HandedIn(_leaflet(), "flygblad.pdf", SourceClass.OWN_UPLOAD),
            ],
        )
        handling.add_link(reporter, incident.pk, "https://exempel.invalid/inlagg/17", note_text="Inlägget med bilden")
    with at(moment + days(1)), acting(manager):
        mail = queries.evidence(manager, incident)[0]
        handling.view_evidence(manager, mail.pk)
        handling.hand_over(
            manager,
            mail.pk,
            to="Polisen, region Stockholm",
            basis="OSL 10 kap. 24 §",
            purpose="Begärt under förundersökning",
        )


def _letter() -> bytes:
    message = EmailMessage()
    message["From"], message["To"] = "okand@exempel.invalid", "mottagning@exempel.invalid"
    message["Date"], message["Message-ID"] = "Thu, 19 Nov 2026 07:12:00 +0100", "<1@exempel.invalid>"
    message["Subject"] = "Vi ses"
    message.set_content("Fin bil. Vi vet var den står.")
    picture = screenshot("Bilden visar en bil", "utanför huset")
    message.add_attachment(picture, maintype="image", subtype="jpeg", filename="bild.jpg")
    return message.as_bytes()


def _chat() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("chatt.txt", "07:30 okänd: ni ska få se\n07:31 okänd: vi glömmer inte\n")
        archive.writestr("bilder/bild-1.jpg", screenshot("ni ska få se"))
    return out.getvalue()


def _leaflet() -> bytes:
    """A PDF of two pages, whose pages the product shows as pictures."""
    first, second = (
        Image.open(io.BytesIO(screenshot(*lines)))
        for lines in (("Ett flygblad i brevlådan", "Sida 1"), ("Vi vet var ni arbetar", "Sida 2"))
    )
    out = io.BytesIO()
    first.save(out, "PDF", save_all=True, append_images=[second])
    return out.getvalue()
