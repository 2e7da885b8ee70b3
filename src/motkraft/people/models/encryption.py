"""Text that is encrypted before it reaches the database, bound to its row and column."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models.query_utils import DeferredAttribute

from motkraft.sealing.vault import MAGIC, Vault


@lru_cache(maxsize=4)
def _vault(keys: tuple[bytes, ...]) -> Vault:
    return Vault(keys=list(keys))


def vault() -> Vault:
    """The vault over the configured keys, newest first."""
    return _vault(tuple(settings.MOTKRAFT_VAULT_KEYS))


class _Decrypting(DeferredAttribute):
    """Decrypts on first reading; what was never read is never in memory as plain text."""

    field: EncryptedTextField

    def __get__(self, instance: models.Model | None, cls: type[models.Model] | None = None) -> Any:
        value = super().__get__(instance, cls)
        if instance is not None and isinstance(value, (bytes, memoryview)):
            value = self.field.opened(instance, bytes(value))
            instance.__dict__[self.field.attname] = value
        return value

    def __set__(self, instance: models.Model, value: Any) -> None:
        instance.__dict__[self.field.attname] = value


class EncryptedTextField(models.BinaryField):
    """A text column stored as authenticated ciphertext.

    The associated data is ``table.column:primary key``: a ciphertext moved to another row or column does not decrypt
    (SealingError). The primary key must be known before saving, as a UUID default is. Not searchable, by intent.

    Only ``save``, ``create`` and ``bulk_create`` encrypt, for only they know the row. Whatever else would reach the
    database with this column (``update``, ``bulk_update``, a filter on the text) raises TypeError without the text.
    """

    descriptor_class = _Decrypting
    empty_values = [None, ""]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("editable", True)
        super().__init__(*args, **kwargs)

    def context_of(self, instance: models.Model) -> str:
        """What binds a value to its place."""
        return f"{self.model._meta.db_table}.{self.column}:{instance.pk}"

    def opened(self, instance: models.Model, blob: bytes) -> str:
        """The text of a ciphertext of this row; raises SealingError when it is none, or belongs elsewhere."""
        return vault().decrypt(blob, context=self.context_of(instance)).decode()

    def pre_save(self, model_instance: models.Model, add: bool) -> bytes | None:
        value = model_instance.__dict__.get(self.attname)
        if value is None:
            return None
        if isinstance(value, (bytes, memoryview)):
            self.opened(model_instance, bytes(value))  # never plain bytes, never a ciphertext of another row
            return bytes(value)
        return vault().encrypt(str(value), context=self.context_of(model_instance))

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        """Let ciphertext pass and nothing else."""
        if value is not None and not (isinstance(value, (bytes, memoryview)) and bytes(value).startswith(MAGIC)):
            raise TypeError(f"{self.name} is encrypted by save(), create() and bulk_create() only.")
        return super().get_db_prep_value(value, connection, prepared)

    def to_python(self, value: Any) -> Any:
        """A text is a text here, not base64 as in other binary columns."""
        return value

    def value_to_string(self, obj: models.Model) -> str:
        return ""  # a serialised dump never holds the text
