"""Evidence on the screen: each showing is a step in the chain of custody, and only a copy that is drawn anew is shown.

A picture is drawn smaller, and so is each page of a PDF; a film or recording is played from its share copy; a text or
mail is given as words. What belongs to a showing is given out for an hour to the one who asked for it.
"""

from __future__ import annotations

import datetime as dt
import uuid
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from motkraft.incidents.actions import files, pages
from motkraft.incidents.actions.evidence import TOOL, load_evidence, make_share_copy, note, prove
from motkraft.incidents.actions.sharing import shown_picture, tool_for
from motkraft.incidents.models import CustodyAction, CustodyEvent, Evidence
from motkraft.incidents.rules import EvidenceRefused, View
from motkraft.incidents.rules.previews import (
    LARGEST_READ,
    LONGEST,
    PLAYED,
    SHOWN,
    Way,
    Words,
    letter_of,
    text_of,
    way_of,
)
from motkraft.people.access import Actor, NotAllowed
from motkraft.people.actions import record_reading

SHOWN_FOR = dt.timedelta(hours=1)


@transaction.atomic
def show(actor: Actor, evidence_id: uuid.UUID) -> CustodyEvent:
    """Begin a showing, and write it down. Raises EvidenceRefused for what cannot be shown, EvidenceChanged."""
    evidence = load_evidence(actor, evidence_id, View.OWN, View.MANAGE)
    way = way_of(evidence.content_type)
    if way is None or (way is Way.LETTER and evidence.size > LARGEST_READ):
        raise EvidenceRefused("This kind of file is not shown here. Fetch it instead.")
    tool = TOOL
    if way in (Way.FILM, Way.SOUND):
        evidence = make_share_copy(actor, evidence.pk)
    elif way is Way.PICTURE:
        prove(files.path_of(actor.organisation_id, evidence.sha256), evidence.sha256)
        shown_picture(files.path_of(actor.organisation_id, evidence.sha256))
        tool = tool_for(evidence.content_type, TOOL)
    elif way is Way.PAGES:
        prove(files.path_of(actor.organisation_id, evidence.sha256), evidence.sha256)
        count(evidence)
        tool = f"{TOOL}, {pages.tool()}"
    else:
        prove(files.path_of(actor.organisation_id, evidence.sha256), evidence.sha256)
    record_reading(actor, "evidence", evidence.pk, purpose=SHOWN)
    return note(
        actor,
        evidence,
        CustodyAction.VIEWED,
        purpose=SHOWN,
        tool=tool,
        before=evidence.sha256,
        after=evidence.sha256,
    )


def find_showing(actor: Actor, evidence_id: uuid.UUID, number: int) -> Evidence:
    """The evidence of one's own showing, while it lasts. Raises NotAllowed."""
    evidence = load_evidence(actor, evidence_id, View.OWN, View.MANAGE)
    step = evidence.custody.filter(
        number=number,
        action=CustodyAction.VIEWED,
        actor_id=actor.person_id,
        at__gt=timezone.now() - SHOWN_FOR,
    ).first()
    if actor.person_id is None or step is None or step.purpose != SHOWN:
        raise NotAllowed("There is no such evidence for you.")
    return evidence


def words(evidence: Evidence) -> Words:
    """A text or mail as words. Raises nothing for broken ones: what cannot be read is left out."""
    path = files.path_of(evidence.organisation_id, evidence.sha256)
    if way_of(evidence.content_type) is Way.LETTER:
        return letter_of(path.read_bytes())
    with path.open("rb") as file:
        content = file.read(4 * LONGEST)
    return text_of(content, is_cut=evidence.size > len(content))


def picture(evidence: Evidence) -> tuple[bytes, str]:
    """A picture drawn anew, at most 1,600 pixels wide and high, and its content type. Raises EvidenceRefused."""
    return shown_picture(files.path_of(evidence.organisation_id, evidence.sha256))


def count(evidence: Evidence) -> int:
    """How many pages a PDF has. Raises EvidenceRefused when it cannot be drawn."""
    return pages.count_pages(files.path_of(evidence.organisation_id, evidence.sha256))


def page(evidence: Evidence, number: int) -> bytes:
    """A page of a PDF, from 1, drawn as PNG. Raises EvidenceRefused."""
    return pages.draw_page(files.path_of(evidence.organisation_id, evidence.sha256), number)


def played(evidence: Evidence) -> tuple[Path, str]:
    """Where the share copy of a film or recording lies, and its content type for a browser. Raises EvidenceRefused."""
    if not evidence.share_sha256 or evidence.share_content_type not in PLAYED:
        raise EvidenceRefused("This kind of file is not shown here. Fetch it instead.")
    return files.path_of(evidence.organisation_id, evidence.share_sha256), PLAYED[evidence.share_content_type]
