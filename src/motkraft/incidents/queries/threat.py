"""The threat picture of cases, persons and offices: what stands, what waits, and what the incidents propose."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Model, Q, QuerySet
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from motkraft.incidents.models import Case, Incident, ThreatAssessment
from motkraft.incidents.rules import HIGHEST, Level, Signal, Status, effective_level
from motkraft.incidents.rules.threat import COLUMN, COUNTED_FOR, Subject, SubjectKind, grounds_of, propose_from
from motkraft.people import queries as people
from motkraft.people.access import Actor, Permission
from motkraft.people.models import Office, Person, ProtectedPerson
from motkraft.web.parts import Todo

_MODELS: dict[SubjectKind, type[Model]] = {
    SubjectKind.CASE: Case,
    SubjectKind.PERSON: Person,
    SubjectKind.PROTECTED: ProtectedPerson,
    SubjectKind.OFFICE: Office,
}
#: Most incidents that proposals are drawn from, the latest first; what a page can take.
MOST = 2_000
SOON = dt.timedelta(days=3)


def found(actor: Actor, subject: Subject) -> Model | None:
    """The case, person, protected person or office of the actor's organisation; None when not there for them."""
    if not actor.can(Permission.THREAT_ASSESS):
        return None
    org = actor.organisation_id
    match subject.kind:
        case SubjectKind.CASE:
            return Case.objects.filter(pk=subject.id, organisation_id=org).select_related("office").first()
        case SubjectKind.PERSON:
            rows = Person.objects.filter(pk=subject.id, memberships__organisation_id=org)
            return rows.distinct().first()
        case SubjectKind.PROTECTED:
            return ProtectedPerson.objects.filter(pk=subject.id, organisation_id=org).first()
        case SubjectKind.OFFICE:
            return Office.objects.filter(pk=subject.id, organisation_id=org).first()


def label(subject: Model) -> str:
    """What a subject is called where no name is needed: a reference, a title and employee id, an office."""
    if isinstance(subject, Person):
        return f"{subject.title}, {subject.username}" if subject.title else str(subject.username)
    if isinstance(subject, Office):
        return str(subject.name)
    return str(subject)


def subject_of(assessment: ThreatAssessment) -> Subject:
    """What an assessment is of."""
    for kind, column in COLUMN.items():
        if (pk := getattr(assessment, f"{column}_id")) is not None:
            return Subject(kind, pk)
    raise LookupError  # PostgreSQL lets none in without one


def model_of(assessment: ThreatAssessment) -> Model:
    """The case, person, protected person or office itself."""
    subject: Model = getattr(assessment, COLUMN[subject_of(assessment).kind])
    return subject


def assessments_of(actor: Actor, subject: Subject) -> QuerySet[ThreatAssessment]:
    """The assessments of a subject, the one that counts first; none for those who do not assess."""
    rows = ThreatAssessment.objects.filter(organisation_id=actor.organisation_id, **{COLUMN[subject.kind]: subject.id})
    if not actor.can(Permission.THREAT_ASSESS):
        rows = rows.none()
    return rows.select_related("assessed_by", "confirmed_by").order_by("-assessed_at")


def current(actor: Actor) -> list[ThreatAssessment]:
    """The latest assessment of every subject, the soonest to be made again first."""
    if not actor.can(Permission.THREAT_ASSESS):
        return []
    columns = [f"{column}_id" for column in COLUMN.values()]
    rows = (
        ThreatAssessment.objects.filter(organisation_id=actor.organisation_id)
        .select_related("case", "person_subject", "protected_person", "office")
        .order_by(*columns, "-assessed_at")
        .distinct(*columns)
    )
    return sorted(rows, key=lambda row: (row.valid_until, row.assessed_at))


def level_of(assessment: ThreatAssessment | None) -> Level:
    """The level that counts: LOW when nobody has assessed, one below the highest until it is confirmed."""
    if assessment is None:
        return Level.LOW
    return effective_level(assessment.level, assessment.confirmed_at is not None)


def subject_level(actor: Actor, subject: Subject) -> Level:
    """The level that counts for a subject today. It does not fall by itself when its time has passed."""
    rows = ThreatAssessment.objects.filter(organisation_id=actor.organisation_id, **{COLUMN[subject.kind]: subject.id})
    return level_of(rows.order_by("-assessed_at").first())


def waits(assessment: ThreatAssessment | None) -> bool:
    """Whether it is of the highest level and nobody has confirmed it."""
    return assessment is not None and assessment.level == HIGHEST and assessment.confirmed_at is None


def _may_place(actor: Actor) -> Q:
    """Incidents whose person the actor may know."""
    if actor.can(Permission.INCIDENT_IDENTITY):
        return Q()
    return Q(hide_identity=False) | Q(reporter_id=actor.person_id)


def incidents_about(actor: Actor, subject: Subject) -> QuerySet[Incident]:
    """The reported incidents that touch a subject, newest first.

    Under a person only those whose person the actor may know: the list itself would tell who reported.
    """
    rows = Incident.objects.filter(organisation_id=actor.organisation_id).exclude(status=Status.DRAFT)
    match subject.kind:
        case SubjectKind.CASE:
            rows = rows.filter(case_id=subject.id)
        case SubjectKind.PERSON:
            exposed = Q(person_id=subject.id) | Q(protected_person__person_id=subject.id)
            rows = rows.filter(exposed | Q(person=None, reporter_id=subject.id)).filter(_may_place(actor))
        case SubjectKind.PROTECTED:
            rows = rows.filter(protected_person_id=subject.id).filter(_may_place(actor))
        case SubjectKind.OFFICE:
            rows = rows.filter(office_id=subject.id)
    return rows.order_by("-reported_at")


def signal_of(incident: Incident) -> Signal:
    """What an incident says about the threat."""
    return Signal(
        kind=incident.kind,
        at=incident.deed_at,
        weapon=incident.weapon,
        relatives_meant=incident.relatives_meant or incident.children_meant,
        danger_now=incident.danger_now,
    )


def signals_of(actor: Actor, subject: Subject, counted: Collection[uuid.UUID] | None = None) -> list[Signal]:
    """The signals of the incidents that touch a subject: of all, or of those that somebody counts in."""
    rows = incidents_about(actor, subject)
    if counted is not None:
        rows = rows.filter(pk__in=list(counted))
    return [signal_of(incident) for incident in rows[:MOST]]


@dataclass
class Proposed:
    """A subject whose incidents speak for a higher level than the one that counts."""

    subject: Subject
    now: Level
    label: str = ""
    signals: list[Signal] = field(default_factory=list)
    grounds: list[tuple[str, ...]] = field(default_factory=list)  # what each signal counts for
    newest: dt.datetime | None = None
    exposures: int = 0
    level: Level = Level.LOW


#: What a proposal is drawn from: no text, no name, and no row but what counts.
_DRAWN = (
    "kind", "deed", "reported_at", "weapon", "relatives_meant", "children_meant", "danger_now",
    "source", "hide_identity", "reporter_id", "person_id", "protected_person_id", "protected_person__person_id",
    "case_id", "office_id",
)  # fmt: skip


def proposals(actor: Actor, now: dt.datetime) -> list[Proposed]:
    """The cases, persons and offices whose incidents since COUNTED_FOR speak for a higher level, highest first."""
    out = _proposed(actor, now)
    labels = _labels(each.subject for each in out)
    for each in out:
        each.label = labels[each.subject]
    return sorted(out, key=lambda each: (-each.level.rank, each.label))


def _proposed(actor: Actor, now: dt.datetime) -> list[Proposed]:
    """The same without what they are called, in no order.

    Incidents before the latest assessment were weighed in it: only subjects with a newer one are proposed.
    """
    if not actor.can(Permission.THREAT_ASSESS):
        return []
    standing = {subject_of(row): row for row in current(actor)}
    rows = (
        Incident.objects.filter(organisation_id=actor.organisation_id, reported_at__gte=now - COUNTED_FOR)
        .exclude(status=Status.DRAFT)
        .annotate(deed=Coalesce("happened_at", "reported_at", "created_at"))
        .order_by("-reported_at")
        .values_list(*_DRAWN, named=True)[:MOST]
    )
    drawn: dict[Subject, Proposed] = {}
    for row in rows:
        signal = Signal(
            kind=row.kind,
            at=row.deed,
            weapon=row.weapon,
            relatives_meant=row.relatives_meant or row.children_meant,
            danger_now=row.danger_now,
        )
        counts_for = grounds_of(signal, now)
        for subject in _touched(actor, row):
            if subject not in drawn:
                drawn[subject] = Proposed(subject, level_of(standing.get(subject)))
            each = drawn[subject]
            each.signals.append(signal)
            each.grounds.append(counts_for)
            each.exposures += row.source == "exposure"
            each.newest = max(filter(None, (each.newest, row.reported_at)), default=None)
    out = []
    for subject, each in drawn.items():
        if subject in standing and not (each.newest and each.newest > standing[subject].assessed_at):
            continue
        each.level = propose_from(each.grounds).level
        if each.level.rank > each.now.rank:
            out.append(each)
    return out


def _labels(subjects: Iterable[Subject]) -> dict[Subject, str]:
    """What several subjects of the actor's organisation are called, in one query a kind."""
    wanted: dict[SubjectKind, list[uuid.UUID]] = {}
    for subject in subjects:
        wanted.setdefault(subject.kind, []).append(subject.id)
    return {
        Subject(kind, pk): label(model)
        for kind, ids in wanted.items()
        for pk, model in _MODELS[kind]._default_manager.in_bulk(ids).items()
    }


def _touched(actor: Actor, row: Any) -> list[Subject]:
    """What a row of _DRAWN touches, as far as the actor may know."""
    touched: list[Subject] = []
    if row.case_id:
        touched.append(Subject(SubjectKind.CASE, row.case_id))
    if row.office_id:
        touched.append(Subject(SubjectKind.OFFICE, row.office_id))
    is_own = actor.person_id is not None and actor.person_id == row.reporter_id
    if row.hide_identity and not is_own and not actor.can(Permission.INCIDENT_IDENTITY):
        return touched
    person = row.person_id or row.protected_person__person_id
    if person is None and row.protected_person_id is None:
        person = row.reporter_id
    if person is not None:
        touched.append(Subject(SubjectKind.PERSON, person))
    elif row.protected_person_id is not None:
        touched.append(Subject(SubjectKind.PROTECTED, row.protected_person_id))
    return touched


def choices(actor: Actor) -> dict[SubjectKind, list[tuple[uuid.UUID, str]]]:
    """Everything that could be assessed, without names."""
    org = actor.organisation_id
    protected = ProtectedPerson.objects.filter(organisation_id=org)
    return {
        SubjectKind.OFFICE: [(row.pk, label(row)) for row in people.offices(actor)],
        SubjectKind.PERSON: [(row.pk, label(row)) for row in people.members(actor)],
        SubjectKind.PROTECTED: [(row.pk, label(row)) for row in protected if row.person_id is None],
        SubjectKind.CASE: [(row.pk, label(row)) for row in Case.objects.filter(organisation_id=org)[:MOST]],
    }


def address(subject: Subject) -> str:
    """The page of a subject's threat picture."""
    if subject.kind is SubjectKind.CASE:
        return reverse("case", args=[subject.id])
    return reverse("threat_subject", args=[SLUGS[subject.kind], subject.id])


#: How each kind of subject is written in an address.
SLUGS = {
    SubjectKind.CASE: "arende",
    SubjectKind.PERSON: "person",
    SubjectKind.PROTECTED: "skyddad",
    SubjectKind.OFFICE: "kontor",
}


def todo(actor: Actor, now: dt.datetime) -> list[Todo]:
    """The assessments to confirm, those to make again, and that new incidents speak for more than what counts."""
    out = []
    if waiting := len(_proposed(actor, now)):
        out.append(
            Todo(
                what=_("Assess the threat: new incidents speak for a higher level"),
                reference=ngettext("%(n)s case, person or office", "%(n)s cases, persons or offices", waiting)
                % {"n": waiting},
                url=reverse("threat_list"),
                action_label=_("Open"),
            )
        )
    today = timezone.localdate(now)
    for row in current(actor):
        reference, url = label(model_of(row)), address(subject_of(row))
        if waits(row) and row.assessed_by_id != actor.person_id:
            out.append(
                Todo(
                    what=_("Confirm the highest threat level"),
                    reference=reference,
                    url=url,
                    action_label=_("Open"),
                    due_at=row.assessed_at + dt.timedelta(hours=24),
                )
            )
        if row.valid_until <= today + SOON:
            last = dt.datetime.combine(row.valid_until, dt.time(17), timezone.get_current_timezone())
            out.append(
                Todo(
                    what=_("Assess the threat again"),
                    reference=reference,
                    url=url,
                    action_label=_("Open"),
                    due_at=last,
                    tone="danger" if last < now else "neutral",
                )
            )
    return out
