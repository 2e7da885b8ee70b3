"""Columns, constraints and row-level security of people; the base of every tenant's table."""

from motkraft.people.models.contact import WorkMail
from motkraft.people.models.encryption import EncryptedTextField
from motkraft.people.models.marking import SecrecyMarking
from motkraft.people.models.organisation import Kind, Membership, Office, Organisation
from motkraft.people.models.person import Attempt, Person
from motkraft.people.models.protected import DetailKind, ProtectedDetail, ProtectedPerson, Reading
from motkraft.people.models.same_person import Experience, SamePerson
from motkraft.people.models.tenancy import RowLevelSecurity, TenantModel

__all__ = [
    "Attempt",
    "DetailKind",
    "EncryptedTextField",
    "Experience",
    "Kind",
    "Membership",
    "Office",
    "Organisation",
    "Person",
    "ProtectedDetail",
    "ProtectedPerson",
    "Reading",
    "RowLevelSecurity",
    "SamePerson",
    "SecrecyMarking",
    "TenantModel",
    "WorkMail",
]
