"""Text that is encrypted before it reaches the database, bound to its row and column."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django.conf import settings
from django.db import models

from motkraft.sealing.vault import Vault


@lru_cache(maxsize=4)
def _vault(keys: tuple[bytes, ...]) -> Vault:
    return Vault(keys=list(keys))


def vault() -> Vault:
    """The vault over the configured keys, newest first."""
    return _vault(tuple(settings.MOTKRAFT_VAULT_KEYS))


class _Decrypting:
    """Decrypts on first reading; what was never read is never in memory as plain text."""

    def __init__(self, field: EncryptedTextField) -> None:
        self.field = field

    def __get__(self, instance: models.Model | None, owner: type | None = None) -> Any:
        if instance is None:
            return self
        value = instance.__dict__.get(self.field.attname)
        if isinstance(value, (bytes, memoryview)):
            value = vault().decrypt(bytes(value), context=self.field.context_of(instance)).decode()
            instance.__dict__[self.field.attname] = value
        return value

    def __set__(self, instance: models.Model, value: Any) -> None:
        instance.__dict__[self.field.attname] = value


class EncryptedTextField(models.BinaryField):
    """A text column stored as authenticated ciphertext.

    The associated data is ``table.column:primary key``: a ciphertext moved to another row or column does not decrypt
    (SealingError). The primary key must be known before saving, as a UUID default is. Not searchable, by intent.
    """

    descriptor_class = _Decrypting

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("editable", True)
        super().__init__(*args, **kwargs)

    def context_of(self, instance: models.Model) -> str:
        """What binds a value to its place."""
        return f"{self.model._meta.db_table}.{self.column}:{instance.pk}"

    def contribute_to_class(self, cls: type[models.Model], name: str, private_only: bool = False) -> None:
        super().contribute_to_class(cls, name, private_only)
        setattr(cls, self.attname, _Decrypting(self))

    def pre_save(self, model_instance: models.Model, add: bool) -> bytes | None:
        value = model_instance.__dict__.get(self.attname)
        if value is None or isinstance(value, (bytes, memoryview)):
            return None if value is None else bytes(value)
        return vault().encrypt(str(value), context=self.context_of(model_instance))

    def value_to_string(self, obj: models.Model) -> str:
        return ""  # a serialised dump never holds the text
