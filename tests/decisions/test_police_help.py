"""Help from the police: the right mandate, one of the conditions, the least told, the answer, no persons in figures."""

from __future__ import annotations

import datetime as dt
import io

import pypdf
import pytest
from django.test import Client
from django.utils import timezone

from decisions.conftest import seat
from motkraft.decisions.actions import decide, end_mandate
from motkraft.decisions.actions import police_help as actions
from motkraft.decisions.forms.police_help import PoliceHelpForm
from motkraft.decisions.models import Mandate, PoliceHelp
from motkraft.decisions.queries import police_help as queries
from motkraft.decisions.rules import LeakFound, NotReady, WrongDecider, WrongState
from motkraft.ledger.models import Event
from motkraft.people.access import NotAllowed, Role, acting, system
from motkraft.people.actions import protect
from motkraft.people.models import DetailKind
from motkraft.sealing import verify_pdf
from motkraft.sealing.errors import NoSeal, SigningAway

ASK = {
    "purpose": "carry_out",
    "mandate": "appointed_member",
    "mandate_basis": "IFU § 12, 12 januari 2026",
    "condition": "special_powers",
    "facts": "Vid förra besöket spärrades dörren och hot uttalades.",
    "place": "Exempelgatan 2",
    "needs": "Närvaro när beslutet genomförs.",
    "contact": "Socialjouren 000-00 00 00",
    "unnamed": "Hot mot handläggare i ärendet.",
}
STORED = {name: value for name, value in ASK.items() if name != "unnamed"}


def login(who) -> Client:
    client = Client()
    with acting(who.actor):
        client.force_login(who.person, backend="motkraft.people.login.Door")
    return client


def ask(town, who=None, **fields) -> PoliceHelp:
    given = {"case": town.case, "wanted_at": timezone.now() + dt.timedelta(days=1), **ASK, **fields}
    return town.run(who or town.appointed, actions.ask_police, **given)


def test_only_what_the_role_may_ask_for_is_offered():
    def offered(*roles) -> tuple[set[str], set[str]]:
        fields = PoliceHelpForm(roles=frozenset(roles)).fields
        return tuple({key for key, _words in fields[name].choices} for name in ("purpose", "mandate"))

    assert offered(Role.SOCIAL_WORKER) == ({"carry_out"}, {"appointed_official"})
    assert offered(Role.CHAIR) == ({"carry_out", "examination"}, {"committee", "subcommittee", "chair"})
    refused = PoliceHelpForm({"purpose": "examination"}, roles=frozenset({Role.MANAGER}))
    assert "purpose" in refused.errors


def test_the_mandate_is_the_law_s(town):
    with pytest.raises(WrongDecider, match=r"LVU 43 §|SoL 30 kap"):
        ask(town, town.chair, mandate="chair")
    with pytest.raises(WrongDecider):
        ask(town, town.worker, mandate="social_worker")
    with pytest.raises(WrongDecider, match="role"):
        ask(town, town.worker, mandate="appointed_member")
    with pytest.raises(NotReady, match="committee"):
        ask(town, town.worker, mandate="appointed_official", mandate_basis="")
    with pytest.raises(WrongDecider, match=r"list does not name you .*LVU 43 §"):
        ask(town, town.worker, mandate="appointed_official")
    seat(town.worker, "appointed_official")
    assert ask(town, town.worker, mandate="appointed_official").citation.startswith("LVU 43 §")
    assert ask(town, town.chair, mandate="chair", purpose="examination").mandate == "chair"
    with pytest.raises(NotAllowed):
        ask(town, town.registrar)
    with pytest.raises(NotReady):
        ask(town, condition="because")
    with pytest.raises(NotReady):
        ask(town, wanted_at=timezone.now() - dt.timedelta(hours=1))
    with pytest.raises(WrongState):
        ask(town, decision=town.draft())


def words_of(row: PoliceHelp) -> str:
    pages = pypdf.PdfReader(io.BytesIO(queries.file_of(row).read_bytes())).pages
    return " ".join("".join(each.extract_text() for each in pages).split())


def test_the_request_says_who_asks_or_why_it_does_not(town, make_town):
    calm = make_town("low")
    calm.appointed.person.title = "Förordnad ledamot"
    with acting(calm.appointed.actor):
        calm.appointed.person.save(update_fields=["title"])
    assert "Asta Förordnadpåhitt-Demo, Förordnad ledamot" in words_of(ask(calm, unnamed=""))
    with pytest.raises(NotReady, match=r"on request\. \(LVU 43 b §\)") as error:
        ask(town, unnamed=" ")
    assert error.value.data["missing"] == ["unnamed"]
    said = words_of(ask(town))
    assert "Hot mot handläggare i ärendet." in said and "på begäran" in said and "påhitt-Demo" not in said
    with acting(calm.appointed.actor):
        protect(system(calm.organisation.pk), person=calm.appointed.person, details={DetailKind.PHONE: "070-000 00 00"})
    with pytest.raises(NotReady):
        ask(calm, unnamed="")


def test_an_official_is_put_on_the_list_for_requests_to_the_police_alone(town):
    with pytest.raises(WrongDecider, match="may not"):
        seat(town.worker, "appointed_official", types=["OMH"])
    seat(town.worker, "appointed_official", types=["HANDR"])
    assert ask(town, town.worker, mandate="appointed_official").mandate == "appointed_official"


def test_an_expired_term_and_a_decision_of_another_kind_get_no_help(town):
    with pytest.raises(WrongDecider, match=r"neither.*LVU 43 §"):
        ask(town, decision=umg(town))
    with acting(town.registrar.actor):
        for term in Mandate.objects.filter(person__in=[town.appointed.person, town.chair.person]):
            end_mandate(town.registrar.actor, term, reason="Lämnat nämnden")
    with pytest.raises(WrongDecider, match=r"has ended .*43 §"):
        ask(town)
    with pytest.raises(WrongDecider, match=r"has ended .*43 §"):
        ask(town, town.chair, mandate="chair", purpose="examination")


def umg(town):
    decision = town.ready("UMG")
    sha256 = town.text(decision)
    return town.run(town.member, decide, decision, body="subcommittee", minutes="§ 1", text_sha256=sha256)


def test_the_request_tells_the_least_and_is_followed_to_its_end(town, make_town):
    decision = town.decided()
    with pytest.raises(LeakFound):
        ask(town, decision=decision, facts=f"{town.worker.person.name} hotades.")
    with acting(town.appointed.actor):
        assert not PoliceHelp.objects.exists()
    client, at = login(town.appointed), (timezone.localtime() + dt.timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")
    assert client.get(f"/polishjalp/ny?beslut={decision.pk}").status_code == 200
    assert client.post("/polishjalp/ny", {**ASK, "case": "", "wanted_at": at}).status_code == 422
    made = client.post(f"/polishjalp/ny?beslut={decision.pk}", {**ASK, "wanted_at": at})
    assert made.status_code == 302
    page = made["Location"]
    pdf = client.get(f"{page}/begaran.pdf").content
    text = " ".join("".join(each.extract_text() for each in pypdf.PdfReader(io.BytesIO(pdf)).pages).split())
    for words in ("LVU 43 § 2 st", "LVU 43 b §", "En ledamot som nämnden har förordnat", "IFU § 12", "Närvaro när"):
        assert words in text
    assert "påhitt-Demo" not in text and "pdfaid" in pdf.decode("latin-1")
    assert verify_pdf(pdf, now=timezone.now()).organisation == town.organisation.name
    assert client.post(f"{page}/efter", {"presence": "present"}).status_code == 422
    assert client.post(f"{page}/svar", {"answer": "refused"}).status_code == 422
    assert client.post(f"{page}/svar", {"answer": "refused", "answer_reason": "Inga resurser."}).status_code == 302
    assert client.post(f"{page}/svar", {"answer": "granted"}).status_code == 422
    assert client.post(f"{page}/efter", {"presence": "absent", "aftermath": "Det gick lugnt."}).status_code == 302
    shown = client.get(page).content.decode()
    assert "Inga resurser." in shown and "Det gick lugnt." in shown and "E-stämplad" in shown
    assert "PH-" in client.get("/polishjalp?svar=refused&format=csv").content.decode()
    with acting(town.appointed.actor):
        request = PoliceHelp.objects.get()
        said = str(list(Event.objects.filter(subject_id=request.pk).values_list("type", "data")))
    assert "police_help.ended" in said and "resurser" not in said and "Exempelgatan" not in said
    other = make_town()
    for path in ("", "/svar", "/efter", "/begaran.pdf"):
        for who in (other.appointed, town.registrar):
            assert login(who).get(page + path).status_code == 404


def test_no_seal_that_cannot_be_had_keeps_the_police_from_being_asked(town, monkeypatch):
    def away(*_args, **_fields):
        raise SigningAway("The signing service does not answer.")

    monkeypatch.setattr("motkraft.decisions.actions.police_help.e_sealed", away)
    request = ask(town)
    with acting(town.appointed.actor):
        assert Event.objects.get(type="police_help.asked", subject_id=request.pk).data["eseal"] is False
    with pytest.raises(NoSeal):
        verify_pdf(queries.file_of(request).read_bytes(), now=timezone.now())
    with pytest.raises(LeakFound):
        ask(town, decision=town.decided(), facts=f"{town.worker.person.name} hotades.")


def test_small_figures_are_hidden_and_a_share_needs_both_its_parts(town):
    for answer, number, presence in (("refused", 5, "absent"), ("granted", 6, "present"), ("other_time", 1, "late")):
        for _each in range(number):
            with acting(town.appointed.actor):
                PoliceHelp.objects.create(
                    organisation=town.organisation,
                    reference=f"{answer}-{_each}",
                    case=town.case,
                    **{**STORED, "mandate_basis": None},
                    citation="",
                    wanted_at=timezone.now(),
                    asked_by=town.appointed.person,
                    asked_at=timezone.now(),
                    sha256="0" * 64,
                    size=1,
                    answer=answer,
                    answered_at=timezone.now(),
                    presence=presence,
                )
    with acting(town.manager.actor):
        found = queries.figures(town.manager.actor, timezone.localdate().year)
    assert [cell.count for cell in found.answers.cells] == [6, None, 5]
    assert [cell.count for cell in found.presences.cells] == [6, None, 5, None]
    assert found.refused_tens == 40 and found.answers.least == 11 and found.answers.most == 15
    with acting(town.worker.actor), pytest.raises(NotAllowed):
        queries.figures(town.worker.actor, 2026)
    page = login(town.manager).get("/polishjalp/siffror").content.decode()
    assert "färre än fem" in page and "Om polisen var där" in page and "De kom inte" in page
