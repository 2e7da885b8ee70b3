"""Tenancy: the base of every organisation's table, and row-level security as a migration operation.

The second wall. The application's database role owns nothing, and PostgreSQL shows it only rows of the organisation
named in ``motkraft.organisation``, set per transaction by ``people.access.acting``. A query that forgets its scope
sees nothing of another organisation; a transaction that forgets to say for whom it acts sees nothing at all.
"""

from __future__ import annotations

import uuid
from typing import Any

from django.db import models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

#: The organisation, person and door of the running transaction; NULL when nobody acts.
ACTING_ORGANISATION = "NULLIF(current_setting('motkraft.organisation', true), '')::uuid"
ACTING_PERSON = "NULLIF(current_setting('motkraft.person', true), '')::uuid"
AT_THE_DOOR = "current_setting('motkraft.door', true) = 'open'"

OWN = f"organisation_id = {ACTING_ORGANISATION}"
EVERYONE = "true"


class TenantModel(models.Model):
    """A row that belongs to one organisation. Its migration must add ``RowLevelSecurity``; a test checks it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey("people.Organisation", on_delete=models.PROTECT, related_name="+")

    class Meta:
        abstract = True


class RowLevelSecurity(Operation):
    """Turn row-level security on for a model.

    ``read`` and ``write`` are SQL conditions on the row; both default to the row's own organisation. ``read`` governs
    SELECT; ``write`` governs UPDATE and DELETE, which also need the row to be readable; ``add`` governs INSERT and is
    ``write`` unless given.
    """

    reversible = True
    reduces_to_sql = True

    def __init__(self, model: str, read: str = OWN, write: str = OWN, add: str = "") -> None:
        self.model, self.read, self.write, self.add = model, read, write, add or write

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return (self.__class__.__name__, [self.model], {"read": self.read, "write": self.write, "add": self.add})

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Row-level security changes no model."""

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: Any, to_state: Any
    ) -> None:
        table = schema_editor.quote_name(to_state.apps.get_model(app_label, self.model)._meta.db_table)
        for statement in (
            f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
            f"DROP POLICY IF EXISTS motkraft_read ON {table}",
            f"DROP POLICY IF EXISTS motkraft_insert ON {table}",
            f"DROP POLICY IF EXISTS motkraft_update ON {table}",
            f"DROP POLICY IF EXISTS motkraft_delete ON {table}",
            f"CREATE POLICY motkraft_read ON {table} FOR SELECT USING ({self.read})",
            f"CREATE POLICY motkraft_insert ON {table} FOR INSERT WITH CHECK ({self.add})",
            f"CREATE POLICY motkraft_update ON {table} FOR UPDATE USING ({self.write}) WITH CHECK ({self.write})",
            f"CREATE POLICY motkraft_delete ON {table} FOR DELETE USING ({self.write})",
        ):
            schema_editor.execute(statement)

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: Any, to_state: Any
    ) -> None:
        table = schema_editor.quote_name(from_state.apps.get_model(app_label, self.model)._meta.db_table)
        for name in ("read", "insert", "update", "delete"):
            schema_editor.execute(f"DROP POLICY IF EXISTS motkraft_{name} ON {table}")
        schema_editor.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")

    def describe(self) -> str:
        return f"Row-level security on {self.model}"
