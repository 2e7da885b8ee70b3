"""Every address of decisions, and the newer ones of the ledger and of people, for every role and organisation.

The table says who is let in and what they meet; everybody else meets 404, or the login. A new address without a row
fails.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest
from django.conf import settings
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from decisions.conftest import new_town, seat
from factories import Colleague, colleague, organisation
from motkraft.decisions import actions
from motkraft.decisions.actions import disclosure, police_help, protection_help, text_blocks, time_limits
from motkraft.decisions.models import Decision, HandOver, HelpShare
from motkraft.decisions.rules.time_limits import drills, events_for
from motkraft.decisions.urls import urlpatterns as decisions
from motkraft.ledger import actions as ledger
from motkraft.ledger.models import SplitView
from motkraft.ledger.urls import urlpatterns as of_ledger
from motkraft.people import same_person
from motkraft.people.access import Role, RouteAccess, acting, permissions_of, system
from motkraft.people.models import Membership
from motkraft.people.urls import urlpatterns as of_people
from motkraft.tlog import COSIGNATURE, ED25519, generate

pytestmark = pytest.mark.django_db
GROUPS = {
    "readers": "social_worker manager director chair committee_member appointed_member registrar custodian",
    "protectors": "social_worker manager security_coordinator",
    "all": "social_worker manager director chair committee_member appointed_member registrar custodian "
    "security_coordinator",
    "texts": "social_worker manager director chair committee_member appointed_member registrar",
    "workers": "social_worker manager",
    "deciders": "director chair committee_member appointed_member",
    "issuers": "social_worker manager director chair committee_member appointed_member",
    "drillers": "social_worker manager registrar director chair committee_member appointed_member",
    "assessors": "manager security_coordinator",
    "marking": "social_worker manager registrar",
    "police": "social_worker manager chair committee_member appointed_member",
    "figures": "manager director security_coordinator safety_representative",
    "rights": "registrar administrator",
    "blocks": "manager registrar",
    "makers": "social_worker manager registrar",
    "openers": "registrar custodian",
    "refusers": "director chair",
    "holders": "registrar director",
    "disclosers": "registrar director chair",
    "helping": "social_worker manager security_coordinator director",
}
#: Address, its parts (names of Matrix.ids, "-" for none), who may, and what they meet by GET, or by a POST of nothing
#: where GET is not allowed.
TABLE = """
decision_list               -                 all           200
decision_new                -                 workers       200
decision_new_case           kind              workers       200
decision                    handled           all           200
decision_text               handled           workers       200
decision_preview            handled           workers       POST:200
decision_documents          issued            makers        200
text_block_list             -                 blocks        200
text_block_new              -                 blocks        200
text_block                  block             blocks        200
text_block_restore          block             blocks        POST:404
decision_submit             draft             workers       POST:302
decision_approve            handled           workers       200
decision_level              handled           protectors    200
decision_assess             handled,presenter assessors     200
decision_decide             ready             deciders      200
decision_concur             decided           deciders      200
decision_replace_handler    handled           workers       200
mandate_list                -                 rights        200
mandate_new                 -                 rights        200
policy_list                 -                 rights        200
policy_new                  -                 rights        200
mandate                     mandate           rights        200
mandate_end                 mandate           rights        200
opening_sign_offs           opening           registrar     POST:302
decision_finalise           decided           issuers       200
decision_report             reported          issuers       200
decision_revoke             issued            deciders      200
decision_revoke_confirm     issued            deciders      404
decision_replace            issued            workers       200
decision_copy               handled           workers       200
decision_declare            handled           workers       404
decision_notice             issued            texts         200
decision_sealed             issued,sealed     readers       200
opening_request             issued            registrar     200
opening_list                -                 openers       200
custodian_key               -                 custodian     200
custodians                  -                 openers       200
reseal_file                 -                 custodian     302
reseal_take                 -                 custodian     POST:422
reseal_confirm              -                 custodian     200
reseal_check_file           -                 custodian     404
custodian_drill_new         -                 openers       POST:404
custodian_drill             key_drill         openers       200
custodian_drill_file        key_drill         openers       200
opening_file                opening           custodian     200
opening                     opening           openers       200
opening_give                opening           custodian     200
opening_show                opening           registrar     POST:302
opening_close               opening           openers       POST:302
verify                      -                 public        200
verify_decision             public_id         public        200
verify_receipt              public_id         public        404
disclosure_list             -                 disclosers    200
disclosure_register         -                 registrar     200
disclosure_figures          -                 disclosers    200
disclosure                  asked             disclosers    200
disclosure_track            asked             registrar     200
disclosure_part             asked             registrar     200
disclosure_answer           asked             registrar     200
disclosure_ask_decision     asked             registrar     302
disclosure_reopen           asked             disclosers    302
disclosure_refuse           asked             refusers      200
disclosure_withdraw         asked             registrar     302
disclosure_decision         asked             disclosers    404
disclosure_test             asked,part        registrar     200
disclosure_settle           asked,part        registrar     200
disclosure_copy             asked,part        disclosers    200
disclosure_ask              -                 public        200
disclosure_retention        -                 rights        200
disclosure_retention_line   ended             rights        200
disclosure_retention_propose -                rights        POST:302
disclosure_retention_run    run               rights        404
disclosure_hold             asked             holders       200
disclosure_hold_lift        asked             holders       POST:302
disclosure_follow           -                 public        200
disclosure_fetch            -                 public        POST:404
police_help_list            -                 police        200
police_help_new             -                 police        200
police_help_figures         -                 figures       200
police_help                 help              police        200
police_help_answer          help              police        200
police_help_end             help              police        200
police_help_pdf             help              police        200
limit_list                  -                 readers       200
limit_reminders_seen        -                 readers       POST:302
limit_case_open             -                 marking       200
limit_case                  case              readers       200
limit_mark_case_choose      case              marking       200
limit_mark_case             case,event        marking       200
limit_mark_choose           decided           marking       200
limit_mark                  decided,of_type   marking       200
limit_withdraw              mark              marking       200
drill_list                  -                 readers       200
drill_begin                 -                 drillers      POST:302
drill                       drill             readers       200
hand_over_list              -                 protectors    200
hand_over                   hand_over         protectors    200
hand_over_answer            asked_of_us       workers       200
hand_over_apply             hand_over         workers       200
hand_over_agency            hand_over         workers       200
hand_over_take_back         hand_over         protectors    POST:302
help_agreement_list         -                 helping       200
help_agreement_new          -                 director      200
help_agreement              agreement         helping       200
help_agreement_accept       agreement         director      302
help_agreement_end          agreement         director      302
help_share                  share             protectors    200
help_text                   shared_with_us    workers       200
help_assess                 share             assessors     200
help_told                   shared_with_us    workers       200
help_present                shared_with_us    workers       200
help_take                   share             workers       302
help_give                   share             workers       302
help_notice                 share             workers       404
log_policy                  code              public        200
add_checkpoint              code              public        POST:411
witnesses                   -                 administrator 200
witness_new                 -                 administrator 200
witness_quorum              -                 administrator 200
witness_end                 witness           administrator 200
witnessed_log_new           -                 administrator 200
witnessed_log_end           log               administrator 200
split_view                  split             administrator 200
person_same                 person            administrator 200
person_same_lift            person,same       administrator 200
person_experience           person            administrator 200
person_experience_end       person,experience administrator 200
"""
#: What both parties to a hand-over or an agreement may open; another address of theirs is open to one of them.
SHARED = {"hand_over", "help_agreement", "help_agreement_accept", "help_agreement_end", "help_share"}
#: Those of the other urls that are older, and have their tests elsewhere.
OLDER = {"log_tile", "receipt", "people_list", "person_new", "person"}


@dataclass(frozen=True)
class Row:
    """One address of the table."""

    name: str
    parts: tuple[str, ...]
    who: str
    method: str
    status: int

    @property
    def is_public(self) -> bool:
        return self.who == "public"

    @property
    def roles(self) -> list[str]:
        return GROUPS.get(self.who, self.who).split()

    @property
    def passes(self) -> list[str]:
        """The roles that the door lets in, before the address is asked what it names."""
        return [role.value for role in Role if self.access.permissions & permissions_of([role])]

    @property
    def access(self) -> RouteAccess:
        return PATTERNS[self.name].callback.access  # type: ignore[attr-defined, no-any-return]

    def address(self, ids: dict[str, Any]) -> str:
        return reverse(self.name, args=[ids[part] for part in self.parts])


def _row(line: str) -> Row:
    name, parts, who, met = line.split()
    method, _colon, status = met.rpartition(":")
    return Row(name, () if parts == "-" else tuple(parts.split(",")), who, method or "GET", int(status))


ROWS = [_row(line) for line in TABLE.strip().splitlines()]
PATTERNS = {pattern.name: pattern for pattern in (*decisions, *of_ledger, *of_people)}


class Matrix:
    """A municipality with one of everything and colleagues of every role, one that works with it, and a third."""

    def __init__(self) -> None:
        self.town, self.other = new_town(), new_town()
        third = organisation()
        self.people = {role.value: colleague(self.town.organisation, role) for role in Role}
        self.people["custodian"] = self.town.custodians[0]
        self.partner = {role.value: colleague(self.other.organisation, role) for role in Role}
        self.elsewhere = {role.value: colleague(third, role) for role in Role}
        self.ids: dict[str, Any] = {"kind": "omh", "sealed": "original", "event": "", "of_type": ""}
        self.ids |= {"ended": "released", "run": uuid.uuid4()}
        self._decisions()
        self._disclosure()
        self._levels()
        self._limits()
        self._ledger_and_people()

    def others(self, row: Row) -> Iterator[tuple[str, dict[str, Colleague]]]:
        """The people of other organisations to whom what the address names is not there."""
        if any(isinstance(self.ids[part], uuid.UUID) for part in row.parts):
            yield "of a third", self.elsewhere
        if row.name.startswith(("hand_over_", "help_")) and row.parts and row.name not in SHARED:
            yield "of the other party", self.partner

    def _decisions(self) -> None:
        town, ids = self.town, self.ids
        handled, issued, ready = town.draft(), town.issued(), town.ready()
        town.run(town.worker, actions.submit, handled)
        decided = town.ready()
        with acting(town.worker.actor):
            seat_of = handled.persons.get().pk
        town.run(
            town.member,
            actions.decide,
            decided,
            body="subcommittee",
            minutes="§ 4",
            text_sha256=town.text(decided),
        )
        opening, _identity = town.run(
            town.registrar, actions.request_opening, issued, legal_basis="document_request", reason="Provning."
        )
        drill = town.run(town.registrar, actions.start_drill, "opening")
        seat(self.people["chair"], "chair")
        block = town.run(town.registrar, text_blocks.write_block, place="questions", title="Kontakt", text="Ring oss.")
        with acting(town.registrar.actor):
            mandate = actions.add_mandate(
                system(town.organisation.pk),
                person_id=self.people["committee_member"].person.pk,
                body="committee",
                reference="KF § 2",
                given_on=timezone.localdate(),
                valid_from=timezone.localdate(),
            )
            ids["public_id"] = Decision.objects.get(pk=issued.pk).public_id
        ids |= {
            "draft": town.draft().pk,
            "handled": handled.pk,
            "presenter": seat_of,
            "ready": ready.pk,
            "decided": decided.pk,
            "issued": issued.pk,
            "reported": issued.pk,
            "opening": opening.pk,
            "key_drill": drill.pk,
            "block": block.key,
            "mandate": mandate.pk,
            "case": town.case.pk,
        }

    def _disclosure(self) -> None:
        town = self.town
        asked = town.run(town.registrar, disclosure.register, asked="Beslutet.", came="phone")
        part = town.run(town.registrar, disclosure.add_part, asked, label="Beslut", text="Beslutet togs i mars.")
        town.run(town.registrar, disclosure.try_provision, part, rule_id="client_data", is_secret=False,
                 assessment="Ingen skada.")  # fmt: skip
        town.run(town.registrar, disclosure.settle_part, part, outcome="release")
        given = {
            "case": town.case,
            "purpose": "carry_out",
            "mandate": "appointed_member",
            "mandate_basis": "IFU § 12",
            "condition": "special_powers",
            "facts": "Hot har uttalats.",
            "wanted_at": timezone.now() + dt.timedelta(days=1),
            "place": "Exempelgatan 1",
            "needs": "Två poliser.",
            "contact": "Socialjouren",
            "unnamed": "Hot i ärendet.",
        }
        found = town.run(town.appointed, police_help.ask_police, **given)
        self.ids |= {"asked": asked.pk, "part": part.pk, "help": found.pk}

    def _levels(self) -> None:
        town, other, today = self.town, self.other, timezone.localdate()
        asked = {"reasons": "Alla här är hotade.", "grounds": "Hot."}
        town.run(town.worker, actions.set_protection, town.draft(), level=4, to=other.organisation, **asked)
        other.run(other.worker, actions.set_protection, other.draft(), level=4, to=town.organisation, **asked)
        terms = {"valid_from": today, "valid_to": today, "basis": "KS § 12"}
        tasks = ["investigate", "present", "communicate"]
        made = {}
        for here, there in ((town, other), (other, town)):
            made[here.organisation.pk] = here.run(
                here.director, protection_help.make_agreement, helper=there.organisation, tasks=tasks, **terms
            )
            there.run(there.director, protection_help.accept_agreement, made[here.organisation.pk])
            here.run(here.worker, actions.set_protection, here.draft(), level=2, to=there.organisation, **asked)
        with acting(system(town.organisation.pk)):
            of = {row.organisation_id: row.pk for row in HandOver.objects.all()}
            shares = {row.organisation_id: row for row in HelpShare.objects.all()}
        other.run(other.worker, protection_help.present, shares[town.organisation.pk], conflict="no")
        self.ids |= {
            "hand_over": of[town.organisation.pk],
            "asked_of_us": of[other.organisation.pk],
            "agreement": made[town.organisation.pk].pk,
            "share": shares[town.organisation.pk].pk,
            "shared_with_us": shares[other.organisation.pk].pk,
        }

    def _limits(self) -> None:
        town, today = self.town, timezone.localdate()
        event, of_type = (events_for(code, today)[0].id for code in ("", "OMH"))
        mark = town.run(town.worker, time_limits.mark_event, town.case, event=event, on=today)
        drill = town.run(town.registrar, time_limits.begin_drill, clock=drills(today)[0].id)
        self.ids |= {"event": event, "of_type": of_type, "mark": mark.pk, "drill": drill.pk}

    def _ledger_and_people(self) -> None:
        admin, who = self.people["administrator"].actor, self.people["social_worker"].person
        keys = {kind: str(generate(f"annan.exempel/{kind}", kind)[1]) for kind in (COSIGNATURE, ED25519)}
        with acting(admin):
            asked = ledger.add_witness(
                admin, name="Grannen", verifier_key=keys[COSIGNATURE], url="https://annan.exempel"
            )
            log = ledger.add_log(admin, name="Grannen", verifier_key=keys[ED25519])
            split = SplitView.objects.create(
                organisation_id=admin.organisation_id, log=log, size=1, root="00", last_size=1, is_proven=False
            )
            same = same_person.mark_same(admin, who, self.people["manager"].person, reason="Samma anställning.")
            skilled = same_person.mark_experienced(admin, Membership.objects.get(person=who), grounds="Tio år i yrket.")
        self.ids |= {"witness": asked.pk, "log": log.pk, "split": split.pk, "code": self.town.organisation.code}
        self.ids |= {"person": who.pk, "same": same.pk, "experience": skilled.pk}


def use(row: Row, client: Client, address: str) -> HttpResponse:
    """What a visitor meets there; whatever it changes is undone."""
    with transaction.atomic():
        answer = client.generic(row.method, address)
        transaction.set_rollback(True)
    return answer


@cache
def client_of(who: Colleague | None) -> Client:
    """A browser in which somebody is logged in, or nobody."""
    client = Client(raise_request_exception=False)
    if who is not None:
        with acting(who.actor):
            client.force_login(who.person, backend=settings.AUTHENTICATION_BACKENDS[0])
    return client


def test_every_address_has_a_row_and_the_door_lets_in_exactly_those_of_the_table():
    assert {row.name for row in ROWS} | OLDER == set(PATTERNS) and len(ROWS) == len({row.name for row in ROWS})
    assert not {row.name for row in ROWS} & OLDER
    for row in ROWS:
        assert row.access.is_public == row.is_public, row.name
        assert row.is_public or set(row.roles) <= set(row.passes), f"the door of {row.name} lets in {row.passes}"


def test_each_meets_what_the_table_says_and_nobody_else_learns_that_it_is_there(no_scan):
    matrix, wrong = Matrix(), []

    def expect(row: Row, who: str, answer: HttpResponse, *statuses: int) -> None:
        is_login = answer.status_code == 302 and answer["Location"].startswith("/konto/")
        if answer.status_code not in statuses or (302 in statuses and is_login is not (who == "nobody")):
            wrong.append(f"{row.name}: {who} met {answer.status_code}, not {statuses}")
        if row.is_public and (answer.cookies or "Cookie" in answer.headers.get("Vary", "")):
            wrong.append(f"{row.name} sets a cookie, or varies with one")

    for row in ROWS:
        address = row.address(matrix.ids)
        if row.is_public:
            expect(row, "public", use(row, client_of(None), address), row.status)
            continue
        expect(row, "nobody", use(row, client_of(None), address), 302)
        stopped = [role.value for role in Role if role.value not in row.passes]
        for role in row.roles:
            expect(row, role, use(row, client_of(matrix.people[role]), address), row.status)
        # the door stops all others alike (its list is what passes is read from): one of them tries each POST
        within = [role for role in row.passes if role not in row.roles]
        for role in (*within, *stopped[: row.method != "GET"]):
            expect(row, role, use(row, client_of(matrix.people[role]), address), 404)
        for where, people in matrix.others(row):
            expect(row, f"{row.roles[0]} {where}", use(row, client_of(people[row.roles[0]]), address), 404)
    assert not wrong, "\n".join(wrong)
