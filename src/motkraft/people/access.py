"""Roles, permissions, the one table that joins them, and for whom the running transaction acts.

What a person may do is read here and nowhere else. Every route says who may use it with ``requires``, ``signed_in`` or
``public``; a route that says nothing is closed.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from django.db import connection, transaction
from django.dispatch import Signal
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from motkraft.errors import NotAllowed


class Role(StrEnum):
    """A person's role in an organisation."""

    SOCIAL_WORKER = "social_worker"
    MANAGER = "manager"
    DIRECTOR = "director"
    CHAIR = "chair"
    COMMITTEE_MEMBER = "committee_member"
    APPOINTED_MEMBER = "appointed_member"
    SECURITY_COORDINATOR = "security_coordinator"
    SAFETY_REPRESENTATIVE = "safety_representative"
    REGISTRAR = "registrar"
    CUSTODIAN = "custodian"
    COMMUNICATOR = "communicator"
    INFLUENCE_READER = "influence_reader"
    UNION_REPRESENTATIVE = "union_representative"
    KNOWLEDGE_ADVISOR = "knowledge_advisor"
    ADMINISTRATOR = "administrator"

    @property
    def label(self) -> str | Promise:
        """The role's name in the interface language."""
        return ROLE_LABELS[self]


ROLE_LABELS: dict[Role, str | Promise] = {
    Role.SOCIAL_WORKER: _("Social worker"),
    Role.MANAGER: _("Manager"),
    Role.DIRECTOR: _("Director"),
    Role.CHAIR: _("Chair"),
    Role.COMMITTEE_MEMBER: _("Committee member"),
    Role.APPOINTED_MEMBER: _("Appointed member"),
    Role.SECURITY_COORDINATOR: _("Security coordinator"),
    Role.SAFETY_REPRESENTATIVE: _("Safety representative"),
    Role.REGISTRAR: _("Registrar"),
    Role.CUSTODIAN: _("Key custodian"),
    Role.COMMUNICATOR: _("Communicator"),
    Role.INFLUENCE_READER: _("Reader of influence reports"),
    Role.UNION_REPRESENTATIVE: _("Union representative"),
    Role.KNOWLEDGE_ADVISOR: _("Knowledge unit advisor"),
    Role.ADMINISTRATOR: _("Administrator"),
}


class Permission(StrEnum):
    """One thing that can be done. Named after the action."""

    INCIDENT_REPORT = "incident.report"
    INCIDENT_READ_OWN = "incident.read_own"
    INCIDENT_READ = "incident.read"
    INCIDENT_MANAGE = "incident.manage"
    INCIDENT_POLICE = "incident.police"
    INCIDENT_FIGURES = "incident.figures"
    INCIDENT_EXPORT = "incident.export"
    INCIDENT_IDENTITY = "incident.identity"
    INFLUENCE_REPORT = "influence.report"
    INFLUENCE_READ = "influence.read"
    INFLUENCE_FIGURES = "influence.figures"
    ESCALATION_ANSWER = "escalation.answer"
    PLAN_MANAGE = "plan.manage"
    PLAN_READ_OWN = "plan.read_own"
    OFFICE_READ = "office.read"
    OFFICE_READ_OWN = "office.read_own"
    OFFICE_MANAGE = "office.manage"
    GUARD_APPLY = "guard.apply"
    REPRESENTATIVE_ACT = "representative.act"
    REPRESENTATIVE_ANSWER = "representative.answer"
    RETENTION_MANAGE = "retention.manage"
    RIGHTS_MANAGE = "rights.manage"
    HOLD_SET = "hold.set"
    THREAT_ASSESS = "threat.assess"
    CASE_READ = "case.read"
    DECISION_READ = "decision.read"
    DECISION_PREPARE = "decision.prepare"
    DECISION_HANDLE = "decision.handle"
    DECISION_DECIDE = "decision.decide"
    DEADLINE_MARK = "deadline.mark"
    NOTICE_ASSESS = "notice.assess"
    SEAL_REQUEST = "seal.request"
    SEAL_OPEN = "seal.open"
    TEXT_BLOCK_WRITE = "text_block.write"
    DISCLOSURE_HANDLE = "disclosure.handle"
    DISCLOSURE_DECIDE = "disclosure.decide"
    POLICE_HELP_ASK = "police_help.ask"
    AGREEMENT_MANAGE = "agreement.manage"
    POLICE_HELP_FIGURES = "police_help.figures"
    WATCH_READ = "watch.read"
    WATCH_IMPORT = "watch.import"
    WATCH_JUDGE = "watch.judge"
    EXPOSURE_CONFIRM = "exposure.confirm"
    ANSWER_WRITE = "answer.write"
    ANSWER_APPROVE = "answer.approve"
    SUPPORT_ASK = "support.ask"
    SUPPORT_ANSWER = "support.answer"
    NATIONAL_READ = "national.read"
    FIGURES_SHARE = "figures.share"
    PEOPLE_MANAGE = "people.manage"
    LEDGER_READ = "ledger.read"
    WITNESS_MANAGE = "witness.manage"


R, P = Role, Permission
_EVERYONE = frozenset(Role)
_STAFF = frozenset(Role) - {R.KNOWLEDGE_ADVISOR}

#: The access table: who may do what. Every right of every role, in one place.
ACCESS: dict[Permission, frozenset[Role]] = {
    P.INCIDENT_REPORT: _STAFF,
    P.INCIDENT_READ_OWN: _STAFF,
    P.INCIDENT_READ: frozenset({R.MANAGER, R.SECURITY_COORDINATOR, R.SAFETY_REPRESENTATIVE}),
    P.INCIDENT_MANAGE: frozenset({R.MANAGER, R.SECURITY_COORDINATOR}),
    P.INCIDENT_POLICE: frozenset({R.MANAGER, R.SECURITY_COORDINATOR}),
    P.INCIDENT_FIGURES: frozenset(
        {R.MANAGER, R.DIRECTOR, R.SECURITY_COORDINATOR, R.SAFETY_REPRESENTATIVE, R.UNION_REPRESENTATIVE}
    ),
    P.INCIDENT_EXPORT: frozenset({R.MANAGER, R.SECURITY_COORDINATOR}),
    P.INCIDENT_IDENTITY: frozenset({R.SECURITY_COORDINATOR}),  # who reported without showing their name to the manager
    P.INFLUENCE_REPORT: _STAFF,
    P.INFLUENCE_READ: frozenset({R.INFLUENCE_READER}),
    P.INFLUENCE_FIGURES: frozenset(
        {
            R.INFLUENCE_READER,
            R.DIRECTOR,
            R.SAFETY_REPRESENTATIVE,
            R.UNION_REPRESENTATIVE,
            R.SECURITY_COORDINATOR,
        }
    ),
    P.ESCALATION_ANSWER: frozenset({R.KNOWLEDGE_ADVISOR}),
    P.PLAN_MANAGE: frozenset({R.SECURITY_COORDINATOR, R.MANAGER}),
    P.PLAN_READ_OWN: _STAFF,
    P.OFFICE_READ: frozenset({R.MANAGER, R.SECURITY_COORDINATOR, R.DIRECTOR, R.SAFETY_REPRESENTATIVE}),
    P.OFFICE_READ_OWN: frozenset({R.SOCIAL_WORKER}),  # the risks where one works oneself
    P.OFFICE_MANAGE: frozenset({R.MANAGER, R.SECURITY_COORDINATOR}),
    P.GUARD_APPLY: frozenset({R.SECURITY_COORDINATOR, R.DIRECTOR}),
    P.REPRESENTATIVE_ACT: frozenset({R.SAFETY_REPRESENTATIVE}),
    P.REPRESENTATIVE_ANSWER: frozenset({R.MANAGER, R.DIRECTOR}),
    P.RETENTION_MANAGE: frozenset({R.REGISTRAR, R.ADMINISTRATOR}),
    P.RIGHTS_MANAGE: frozenset({R.REGISTRAR, R.ADMINISTRATOR}),
    P.HOLD_SET: frozenset({R.REGISTRAR, R.SECURITY_COORDINATOR, R.DIRECTOR}),
    P.THREAT_ASSESS: frozenset({R.SECURITY_COORDINATOR, R.MANAGER}),
    P.CASE_READ: frozenset(
        {
            R.SOCIAL_WORKER,
            R.MANAGER,
            R.DIRECTOR,
            R.CHAIR,
            R.COMMITTEE_MEMBER,
            R.APPOINTED_MEMBER,
            R.SECURITY_COORDINATOR,
        }
    ),
    P.DECISION_READ: frozenset(
        {
            R.SOCIAL_WORKER,
            R.MANAGER,
            R.DIRECTOR,
            R.CHAIR,
            R.COMMITTEE_MEMBER,
            R.APPOINTED_MEMBER,
            R.REGISTRAR,
            R.CUSTODIAN,
        }
    ),
    P.DECISION_PREPARE: frozenset({R.SOCIAL_WORKER, R.MANAGER}),
    P.DECISION_HANDLE: frozenset({R.SOCIAL_WORKER, R.MANAGER}),
    P.DECISION_DECIDE: frozenset({R.CHAIR, R.COMMITTEE_MEMBER, R.APPOINTED_MEMBER, R.DIRECTOR}),
    P.DEADLINE_MARK: frozenset({R.SOCIAL_WORKER, R.MANAGER, R.REGISTRAR}),
    P.NOTICE_ASSESS: frozenset({R.MANAGER, R.SECURITY_COORDINATOR}),
    P.SEAL_REQUEST: frozenset({R.REGISTRAR}),
    P.SEAL_OPEN: frozenset({R.CUSTODIAN}),
    P.TEXT_BLOCK_WRITE: frozenset({R.MANAGER, R.REGISTRAR}),
    P.DISCLOSURE_HANDLE: frozenset({R.REGISTRAR}),
    P.DISCLOSURE_DECIDE: frozenset({R.DIRECTOR, R.CHAIR}),  # refusals; the authority's own order says by which point
    P.AGREEMENT_MANAGE: frozenset({R.DIRECTOR}),
    P.POLICE_HELP_ASK: frozenset({R.SOCIAL_WORKER, R.MANAGER, R.CHAIR, R.COMMITTEE_MEMBER, R.APPOINTED_MEMBER}),
    P.POLICE_HELP_FIGURES: frozenset({R.MANAGER, R.DIRECTOR, R.SECURITY_COORDINATOR, R.SAFETY_REPRESENTATIVE}),
    P.WATCH_READ: frozenset({R.COMMUNICATOR, R.SECURITY_COORDINATOR}),
    P.WATCH_IMPORT: frozenset({R.COMMUNICATOR}),
    P.WATCH_JUDGE: frozenset({R.COMMUNICATOR}),
    P.EXPOSURE_CONFIRM: frozenset({R.COMMUNICATOR, R.SECURITY_COORDINATOR}),
    P.ANSWER_WRITE: frozenset({R.COMMUNICATOR, R.KNOWLEDGE_ADVISOR}),
    P.ANSWER_APPROVE: frozenset({R.DIRECTOR, R.KNOWLEDGE_ADVISOR}),
    P.SUPPORT_ASK: frozenset({R.SOCIAL_WORKER, R.MANAGER, R.DIRECTOR, R.SECURITY_COORDINATOR, R.COMMUNICATOR}),
    P.SUPPORT_ANSWER: frozenset({R.KNOWLEDGE_ADVISOR}),
    P.NATIONAL_READ: _EVERYONE,
    P.FIGURES_SHARE: frozenset({R.DIRECTOR, R.MANAGER}),
    P.PEOPLE_MANAGE: frozenset({R.ADMINISTRATOR}),
    P.LEDGER_READ: _EVERYONE,
    P.WITNESS_MANAGE: frozenset({R.ADMINISTRATOR}),
}
del R, P


def permissions_of(roles: Iterable[Role]) -> frozenset[Permission]:
    """Everything that a holder of these roles may do."""
    held = frozenset(roles)
    return frozenset(permission for permission, allowed in ACCESS.items() if allowed & held)


@dataclass(frozen=True)
class Actor:
    """Who acts, for which organisation, in which roles. Every action and query takes one first."""

    person_id: uuid.UUID | None
    organisation_id: uuid.UUID
    roles: frozenset[Role] = frozenset()
    is_system: bool = False

    @property
    def permissions(self) -> frozenset[Permission]:
        """All that this actor may do."""
        return frozenset(Permission) if self.is_system else permissions_of(self.roles)

    def can(self, permission: Permission) -> bool:
        """True when one of the actor's roles has the permission."""
        return permission in self.permissions

    def require(self, *permissions: Permission) -> None:
        """Raise NotAllowed unless the actor has at least one of ``permissions``."""
        if not any(self.can(permission) for permission in permissions):
            raise NotAllowed("You do not have the right to do this.", permissions=[str(p) for p in permissions])


def system(organisation_id: uuid.UUID) -> Actor:
    """The actor of background work and of loading, for one organisation."""
    return Actor(person_id=None, organisation_id=organisation_id, is_system=True)


@dataclass(frozen=True)
class _Bounds:
    """What row-level security reads in the running transaction."""

    organisation: str = ""
    person: str = ""
    door: str = ""

    def draw(self) -> None:
        """Set all of it until the transaction or its savepoint ends."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT set_config('motkraft.organisation', %s, true), set_config('motkraft.person', %s, true),"
                " set_config('motkraft.door', %s, true)",
                [self.organisation, self.person, self.door],
            )

    @classmethod
    def drawn(cls) -> _Bounds:
        """What is set now."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT current_setting('motkraft.organisation', true), current_setting('motkraft.person', true),"
                " current_setting('motkraft.door', true)"
            )
            return cls(*(value or "" for value in cursor.fetchone()))


@contextmanager
def _within(bounds: _Bounds) -> Iterator[None]:
    """Run a transaction within bounds. PostgreSQL itself lifts them when it ends or is rolled back; a savepoint that is
    released keeps them, so what was drawn outside is drawn again."""
    is_nested = connection.in_atomic_block
    with transaction.atomic():
        outside = _Bounds.drawn() if is_nested else None
        bounds.draw()
        yield
        if outside is not None:
            outside.draw()


def acting(actor: Actor | None, *, person_id: uuid.UUID | None = None) -> AbstractContextManager[None]:
    """Run one transaction for an actor; PostgreSQL shows it only that organisation's rows.

    ``actor=None`` with a ``person_id`` is a person who has logged in but acts for nobody yet. Nested use gives the
    outer actor back at the end.
    """
    who = actor.person_id if actor else person_id
    return _within(_Bounds(str(actor.organisation_id) if actor else "", str(who or "")))


def at_the_door() -> AbstractContextManager[None]:
    """Run one transaction that may look up who knocks (login, session), and nothing of any organisation."""
    return _within(_Bounds(door="open"))


View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True)
class RouteAccess:
    """Who may use a route: anyone, anyone signed in, or holders of one of the permissions."""

    is_public: bool = False
    permissions: frozenset[Permission] = frozenset()

    def admits(self, actor: Actor | None, *, is_signed_in: bool) -> bool:
        """True when this visitor may come in."""
        if self.is_public:
            return True
        if not self.permissions:
            return is_signed_in
        return actor is not None and bool(self.permissions & actor.permissions)


def _mark(access: RouteAccess) -> Callable[[View], View]:
    def mark(view: View) -> View:
        view.access = access  # type: ignore[attr-defined]
        return view

    return mark


def requires(*permissions: Permission) -> Callable[[View], View]:
    """Open a route to actors with at least one of the permissions."""
    return _mark(RouteAccess(permissions=frozenset(permissions)))


signed_in = _mark(RouteAccess())
public = _mark(RouteAccess(is_public=True))

#: Sent by people's actions and readings; the ledger, which lies above, records it in the same transaction.
happened = Signal()
