"""Names of many scripts, with apostrophes and hyphens, on real decisions: nothing that goes out holds one of them."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from decisions.conftest import new_town, seat
from factories import colleague
from incidents.test_leaks import Trail, Walker, logged
from motkraft import documents
from motkraft.decisions import actions, queries
from motkraft.decisions.actions import disclosure
from motkraft.decisions.actions.documents import kinds_for, make_document
from motkraft.decisions.models import Decision, SealedRecord
from motkraft.decisions.queries.disclosure import file_of
from motkraft.decisions.rules import open_offline
from motkraft.incidents.actions.files import path_of
from motkraft.ledger.actions import publish
from motkraft.people.access import Role, acting
from motkraft.sealing import scan
from motkraft.sealing.leak import words_of_name
from motkraft.sealing.leak.terms import find, prepare
from sealing.leak_names import SYLLABLES, names

pytestmark = pytest.mark.django_db

#: What is decided, the grounds, and how many members of the committee take part in it.
DECISIONS = {
    "OMH": (["LVU 6 §", "LVU 2 §"], 5),
    "ANS": (["LVU 4 §", "LVU 2 §"], 5),
    "UMG": (["LVU 14 § 2 st 1 p"], 4),
}


def chosen() -> list[str]:
    """Twenty names of the thousand: the hardest, and of each script one that has not come yet."""
    thousand = names(1000)
    hard = ("O'", "’", "al-", "-", "Bo Ek", "Dag Stark")
    found = dict.fromkeys(next(name for name in thousand if part in name) for part in hard)
    for letters in SYLLABLES.values():
        of_script = (name for name in thousand if name.split()[-1][:2].lower() in letters and name not in found)
        found[next(of_script)] = None
    return list(found)[:20]


def pages_of(visitor: Client, decision: Decision, trail: Trail) -> None:
    """The public pages of a decision, in both languages, their words too."""
    for name in ("verify_decision", "verify_receipt"):
        for language in ("sv", "en"):
            path = reverse(name, args=[decision.public_id])
            answer = visitor.get(path, headers={"Accept-Language": language})
            assert answer.status_code == 200
            trail.response(answer, path)
            trail.note("public page", answer.content.decode())


def test_no_name_of_whoever_decided_leaves_the_house_in_any_script():
    who, trail = chosen(), Trail()
    assert len(who) == 20
    town, rest = new_town(), iter(who)

    def named(*roles: Role):
        return colleague(town.organisation, *roles, name=next(rest))

    papers: dict[str, bytes] = {}
    for code, (provisions, members) in DECISIONS.items():
        town.worker, town.second = named(Role.SOCIAL_WORKER), named(Role.SOCIAL_WORKER)
        committee = [named(Role.COMMITTEE_MEMBER) for _member in range(members)]
        for member in committee:
            seat(member, "committee")
        decision = town.ready(code, provisions=provisions)
        first, *others = committee
        given = {"body": "committee", "minutes": "§ 12", "text_sha256": town.text(decision)}
        decision = town.run(first, actions.decide, decision, **given)
        for member in others:
            town.run(member, actions.concur, decision)
        town.run(town.worker, actions.set_protection, decision, level=1, reasons="Vald nivå.")
        town.assess_all(decision)
        with logged(trail):
            decision = town.run(town.worker, actions.finalise, decision)
            walker, visitor = Walker(town.registrar, trail), Client()
            with acting(town.worker.actor):
                decision = Decision.objects.get(pk=decision.pk)
                papers[f"{code} notice"] = queries.notice_file(decision).read_bytes()
                for kind in kinds_for(decision):
                    language = "fa" if "fa" in kind.languages else documents.LANGUAGES[0]
                    paper = make_document(town.worker.actor, decision, kind.name, language=language)
                    papers[f"{code} {kind.name}"] = path_of(town.organisation.pk, paper.sha256).read_bytes()
            publish(town.organisation.pk)
            pages_of(visitor, decision, trail)
            for page in ("decision", "decision_documents", "decision_notice"):
                walker.get(reverse(page, args=[decision.pk]))
    with logged(trail):
        papers["copy"] = copy_of(town, decision)
    assert not list(rest)
    assert {paper.split()[-1] for paper in papers} == {
        "notice", "minutes", "submission", "application", "appeal", "plain", "copy",
    }  # fmt: skip

    words = sorted({word for name in who for word in words_of_name(name, ordinary=documents.house_words())})
    assert {name: scan(pdf, words) for name, pdf in papers.items() if scan(pdf, words)} == {}
    terms = prepare(words)
    assert {"logs", "addresses", "title", "public page", "header Content-Disposition"} <= set(trail.left)
    for where, texts in trail.left.items():
        assert [words[index] for index, _form in find("\n|\n".join(texts), terms)] == [], where
    # The search would have found them: they are all in the originals, which two custodians open.
    with acting(town.worker.actor):
        sealed = [bytes(row.record) for row in SealedRecord.objects.filter(kind="original")]
    opened = [open_offline(record, identities=town.identities[:2]).payload for record in sealed]
    assert {leak.term for pdf in opened for leak in scan(pdf, who)} == set(range(20))


def copy_of(town, decision: Decision) -> bytes:
    """The decision as somebody who asked for it gets it."""
    request = town.run(town.registrar, disclosure.register, asked="Beslutet.", came="phone")
    part = town.run(town.registrar, disclosure.add_part, request, label="Beslut", kind="decision", decision=decision)
    found = {"rule_id": "client_data", "is_secret": False, "assessment": "Den som frågar är vårdnadshavaren."}
    town.run(town.registrar, disclosure.try_provision, part, **found)
    town.run(town.registrar, disclosure.settle_part, part, outcome="release")
    with acting(town.registrar.actor):
        part.refresh_from_db()
        return file_of(part).read_bytes()
