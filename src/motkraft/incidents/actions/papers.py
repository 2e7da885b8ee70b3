"""Papers: set from one template, scanned when no protected word may stand in them, kept and handed out in one way."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from motkraft import documents, sealing
from motkraft.incidents.actions import files
from motkraft.incidents.actions.evidence import Fetched
from motkraft.incidents.models import Paper
from motkraft.incidents.rules import EvidenceChanged, IncidentError
from motkraft.ledger.actions import append
from motkraft.people.access import Actor, NotAllowed

#: What the authorities get is in Swedish, whatever the interface speaks.
LANGUAGE = "sv"

Finish = Callable[[bytes, Callable[[bytes], None]], bytes]
"""Gives a paper the form in which it is kept, once the second argument has passed it: (PDF, check) to PDF."""


@dataclass(frozen=True)
class PaperKind:
    """A kind of paper: the plain word that its file is named with, and who may read it."""

    file_word: str
    may_read: Callable[[Actor, Paper], bool]


PAPER_KINDS: dict[str, PaperKind] = {}


def paper_kind(name: str, file_word: str, may_read: Callable[[Actor, Paper], bool]) -> None:
    """Register a kind; its owner calls this once, in the module that makes such papers."""
    PAPER_KINDS[name] = PaperKind(file_word, may_read)


@transaction.atomic
def keep_paper(
    actor: Actor,
    data: Mapping[str, Any],
    *,
    kind: str,
    subject_kind: str,
    subject_id: uuid.UUID,
    protected_words: Iterable[str] = (),
    attachments: Sequence[documents.Attachment] = (),
    language: str = LANGUAGE,
    finish: Finish | None = None,
) -> Paper:
    """Make a paper of ``data`` (documents.schemas.Paper) and keep it write-once.

    With ``protected_words`` it is scanned for them first; ``finish`` seals it, and passes the result to the scan. The
    caller has asked for its permission. Raises IncidentError when a protected word is in it, DocumentError, KeyError
    for a kind that nobody registered.
    """
    known = PAPER_KINDS[kind]
    pdf = documents.render(
        "paper", {"demo": settings.MOTKRAFT_DEMO, **data}, language=language, attachments=attachments
    )
    words = list(protected_words)

    def check(made: bytes) -> None:
        if words and (leaks := sealing.scan(made, words, f"{known.file_word}.pdf")):
            raise IncidentError(
                "The paper holds protected words and was not made. Take names and contact details out of the texts.",
                where=sorted({leak.where for leak in leaks}),
            )

    if finish is None:
        check(pdf)
    else:
        pdf = finish(pdf, check)
    kept = files.keep(actor.organisation_id, pdf, content_type="application/pdf")
    paper = Paper(
        organisation_id=actor.organisation_id,
        kind=kind,
        subject_kind=subject_kind,
        subject_id=subject_id,
        sha256=kept.sha256,
        size=kept.size,
        made_at=timezone.now(),
        made_by_id=actor.person_id,
    )
    paper.save(force_insert=True)
    append(actor, "paper.made", paper, data={"kind": kind, "subject": str(subject_id), "sha256": kept.sha256})
    return paper


@transaction.atomic
def fetch_paper(actor: Actor, paper_id: uuid.UUID) -> Fetched:
    """Hand out a paper to one who may read it, after proving that it is unchanged. Raises NotAllowed."""
    paper = Paper.objects.filter(pk=paper_id, organisation_id=actor.organisation_id).first()
    known = PAPER_KINDS.get(paper.kind) if paper else None
    if paper is None or known is None or not known.may_read(actor, paper):
        raise NotAllowed("There is no such paper for you.")
    path = files.path_of(actor.organisation_id, paper.sha256)
    if not path.is_file() or files.digest_of(path) != paper.sha256:
        raise EvidenceChanged(
            "The stored file is missing or is not what came in. Tell your administrator at once.",
            sha256=paper.sha256,
        )
    append(actor, "paper.read", paper, data={"kind": paper.kind, "subject": str(paper.subject_id)})
    return Fetched(path, "application/pdf", f"{known.file_word}-{str(paper.pk)[:8]}.pdf")
