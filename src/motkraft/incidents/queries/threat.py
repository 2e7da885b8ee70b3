"""The threat picture of cases, persons and offices: what stands, what waits, and what the incidents propose."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection
from dataclasses import dataclass, field

from django.db.models import Model, Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from motkraft.incidents.models import Case, Incident, ThreatAssessment
from motkraft.incidents.queries.lists import without_texts
from motkraft.incidents.rules import HIGHEST, Level, Signal, Status, effective_level, propose_level
from motkraft.incidents.rules.threat import COLUMN, COUNTED_FOR, Subject, SubjectKind
from motkraft.people import queries as people
from motkraft.people.access import Actor, Permission
from motkraft.people.models import Office, Person, ProtectedPerson
from motkraft.web.parts import Todo

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
    label: str
    now: Level
    signals: list[Signal] = field(default_factory=list)
    newest: dt.datetime | None = None
    exposures: int = 0
    level: Level = Level.LOW


def proposals(actor: Actor, now: dt.datetime) -> list[Proposed]:
    """The cases, persons and offices whose incidents since COUNTED_FOR speak for a higher level, highest first.

    Incidents before the latest assessment were weighed in it: only subjects with a newer one are proposed.
    """
    if not actor.can(Permission.THREAT_ASSESS):
        return []
    standing = {subject_of(row): row for row in current(actor)}
    rows = (
        without_texts(
            Incident.objects.filter(organisation_id=actor.organisation_id, reported_at__gte=now - COUNTED_FOR)
        )
        .exclude(status=Status.DRAFT)
        .select_related("case", "office", "person", "reporter", "protected_person__person")
        .order_by("-reported_at")[:MOST]
    )
    drawn: dict[Subject, Proposed] = {}
    for incident in rows:
        for subject, model in _touched(actor, incident):
            if subject not in drawn:
                drawn[subject] = Proposed(subject, label(model), level_of(standing.get(subject)))
            each = drawn[subject]
            each.signals.append(signal_of(incident))
            each.exposures += incident.source == "exposure"
            each.newest = max(filter(None, (each.newest, incident.reported_at)), default=None)
    out = []
    for subject, each in drawn.items():
        each.level = propose_level(each.signals, now).level
        weighed = standing[subject].assessed_at if subject in standing else None
        if each.level.rank > each.now.rank and (weighed is None or (each.newest and each.newest > weighed)):
            out.append(each)
    return sorted(out, key=lambda each: (-each.level.rank, each.label))


def _touched(actor: Actor, incident: Incident) -> list[tuple[Subject, Model]]:
    touched: list[tuple[Subject, Model]] = []
    if incident.case_id and incident.case:
        touched.append((Subject(SubjectKind.CASE, incident.case_id), incident.case))
    if incident.office_id and incident.office:
        touched.append((Subject(SubjectKind.OFFICE, incident.office_id), incident.office))
    may_know = (
        actor.can(Permission.INCIDENT_IDENTITY)
        or not incident.hide_identity
        or (actor.person_id is not None and actor.person_id == incident.reporter_id)
    )
    protected = incident.protected_person
    person = incident.person or (protected.person if protected else None)
    if person is None and protected is None:
        person = incident.reporter
    if may_know and person is not None:
        touched.append((Subject(SubjectKind.PERSON, person.pk), person))
    elif may_know and protected is not None:
        touched.append((Subject(SubjectKind.PROTECTED, protected.pk), protected))
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
    if waiting := len(proposals(actor, now)):
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
