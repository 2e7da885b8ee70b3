"""Trust policies: which logs and which witnesses make a checkpoint valid (c2sp.org/tlog-policy)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from motkraft.tlog.checkpoint import Checkpoint, OpenedCheckpoint, open_checkpoint
from motkraft.tlog.encoding import parse_decimal
from motkraft.tlog.errors import (
    MalformedKey,
    MalformedPolicy,
    QuorumNotMet,
    TlogError,
    UnknownLog,
    UnsupportedKey,
)
from motkraft.tlog.note import COSIGNATURE, ED25519, VerifierKey

MAX_POLICY_BYTES = 1_000_000
"""A longer policy is refused."""

NO_QUORUM = "none"
"""The predefined quorum that asks for no cosignature."""

_BLANKS = re.compile(r"[ \t]+")


@dataclass(frozen=True, slots=True)
class TrustedLog:
    """A log that the policy accepts; the key name is its origin."""

    key: VerifierKey
    url: str | None


@dataclass(frozen=True, slots=True)
class TrustedWitness:
    """A witness that the policy knows. ``name`` counts only within the policy; the key has its own."""

    name: str
    key: VerifierKey
    url: str | None


@dataclass(frozen=True, slots=True)
class Group:
    """Witnesses and groups of which at least ``threshold`` must have cosigned."""

    name: str
    threshold: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CosignedBy:
    """A witness of the policy whose cosignature holds, and the POSIX time in it."""

    name: str
    key_name: str
    timestamp: int


@dataclass(frozen=True, slots=True)
class PolicyVerification:
    """Verified: a trusted log has signed the checkpoint and the quorum of witnesses has cosigned it.

    ``log_keys`` are the trusted keys of the log that signed; ``cosigned_by`` are all known witnesses that
    cosigned, beyond the quorum too; ``quorum`` is the name of what had to be met, ``none`` if nothing had to.
    """

    checkpoint: Checkpoint
    log_keys: tuple[str, ...]
    cosigned_by: tuple[CosignedBy, ...]
    quorum: str


@dataclass(frozen=True, slots=True)
class Policy:
    """A read trust policy."""

    logs: tuple[TrustedLog, ...]
    witnesses: Mapping[str, TrustedWitness]
    groups: Mapping[str, Group]
    quorum: str

    @classmethod
    def parse(cls, data: str | bytes) -> Policy:
        """Read a policy file. Raises MalformedPolicy with ``data["line"]``, or UnsupportedKey."""
        return _Reader().read(data)

    def verify(self, checkpoint: str | bytes) -> PolicyVerification:
        """Check a signed checkpoint against this policy.

        Raises what ``open_checkpoint`` raises, UnknownLog if no log of the policy has this origin, and
        QuorumNotMet.
        """
        origin = Checkpoint.peek(checkpoint).origin
        log_keys = [log.key for log in self.logs if log.key.name == origin]
        if not log_keys:
            raise UnknownLog("The policy trusts no log of this origin", origin=origin)
        opened = open_checkpoint(checkpoint, origin, log_keys, [w.key for w in self.witnesses.values()])
        cosigned_by = self._cosigned_by(opened)
        present = {cosigned.name for cosigned in cosigned_by}
        if not self.holds(present):
            raise QuorumNotMet(
                f"The quorum {self.quorum} is not met; {len(present)} of {len(self.witnesses)} have cosigned",
                quorum=self.quorum,
                cosigned_by=sorted(present),
                origin=origin,
            )
        signed = {signature.key_id for signature in opened.log_signatures}
        return PolicyVerification(
            opened.checkpoint,
            tuple(str(key) for key in log_keys if key.key_id in signed),
            cosigned_by,
            self.quorum,
        )

    def without_quorum(self) -> Policy:
        """Return the same logs and witnesses, asking for no cosignature: to count before judging with ``holds``."""
        return replace(self, quorum=NO_QUORUM)

    def holds(self, names: Iterable[str]) -> bool:
        """Tell whether cosignatures of the witnesses with these names (within the policy) meet the quorum."""
        return self.quorum == NO_QUORUM or self._met(self.quorum, set(names))

    def _cosigned_by(self, opened: OpenedCheckpoint) -> tuple[CosignedBy, ...]:
        latest: dict[str, CosignedBy] = {}
        names = {(w.key.name, w.key.key_id): w.name for w in self.witnesses.values()}
        for signature in opened.cosignatures:
            name = names[signature.name, signature.key_id]
            timestamp = signature.timestamp or 0
            if name not in latest or latest[name].timestamp < timestamp:
                latest[name] = CosignedBy(name, signature.name, timestamp)
        return tuple(latest[name] for name in self.witnesses if name in latest)

    def _met(self, name: str, present: set[str]) -> bool:
        if name in self.witnesses:
            return name in present
        group = self.groups[name]
        return sum(self._met(member, present) for member in group.members) >= group.threshold


class _Reader:
    """Reads a policy line by line: what a line names must stand on a line before it."""

    def __init__(self) -> None:
        self.logs: list[TrustedLog] = []
        self.witnesses: dict[str, TrustedWitness] = {}
        self.groups: dict[str, Group] = {}
        self.quorum: str | None = None
        self.grouped: set[str] = set()
        self.line = 0

    def read(self, data: str | bytes) -> Policy:
        raw = data.encode("utf-8", "surrogateescape") if isinstance(data, str) else bytes(data)
        if len(raw) > MAX_POLICY_BYTES:
            raise MalformedPolicy(f"A policy may have at most {MAX_POLICY_BYTES} bytes", line=0)
        # Octets beyond ASCII are opaque: undecodable ones are kept apart, never joined or replaced.
        lines = raw.decode("utf-8", "surrogateescape").split("\n")
        if lines.pop() != "":
            raise MalformedPolicy("The last line of a policy must end with a newline", line=len(lines) + 1)
        for self.line, line in enumerate(lines, 1):
            if any((c < " " and c != "\t") or c == "\x7f" for c in line):
                raise self._bad("a control character other than tab")
            items = [item for item in _BLANKS.split(line) if item]
            if items and not items[0].startswith("#"):
                self._line(items[0], items[1:])
        if self.quorum is None:
            raise MalformedPolicy("A policy must have one quorum line", line=self.line)
        return Policy(tuple(self.logs), self.witnesses, self.groups, self.quorum)

    def _line(self, keyword: str, items: list[str]) -> None:
        match keyword, items:
            case "log", [vkey, *url] if len(url) < 2:
                key = self._key(vkey, ED25519, "log", [log.key for log in self.logs])
                self.logs.append(TrustedLog(key, url[0] if url else None))
            case "witness", [name, vkey, *url] if len(url) < 2:
                self._new(name)
                key = self._key(vkey, COSIGNATURE, "witness", [w.key for w in self.witnesses.values()])
                self.witnesses[name] = TrustedWitness(name, key, url[0] if url else None)
            case "group", [name, threshold, *members] if members:
                self._new(name)
                self.groups[name] = Group(
                    name, self._threshold(threshold, len(members)), self._members(members)
                )
            case "quorum", [name]:
                if self.quorum is not None:
                    raise self._bad("a second quorum")
                if name != NO_QUORUM:
                    self._defined(name)
                self.quorum = name
            case _:
                raise self._bad("neither log, witness, group nor quorum with the right number of items")

    def _key(self, vkey: str, key_type: int, role: str, others: list[VerifierKey]) -> VerifierKey:
        try:
            key = VerifierKey.parse(vkey)
        except (MalformedKey, UnsupportedKey) as error:
            raise self._located(error) from None
        if key.key_type != key_type:
            raise self._located(
                UnsupportedKey(f"A {role} key must be of type 0x{key_type:02x}", name=key.name)
            )
        if any(key.public_key == other.public_key for other in others):
            raise self._bad(f"the public key of another {role}")
        return key

    def _new(self, name: str) -> None:
        if name == NO_QUORUM or name in self.witnesses or name in self.groups:
            raise self._bad("a name that is already taken")

    def _defined(self, name: str) -> None:
        if name not in self.witnesses and name not in self.groups:
            raise self._bad("a name that no line before it defines")

    def _members(self, members: list[str]) -> tuple[str, ...]:
        for member in members:
            self._defined(member)
            if member in self.grouped:
                raise self._bad("a name that is already a member of a group")
            self.grouped.add(member)
        return tuple(members)

    def _threshold(self, text: str, count: int) -> int:
        if text in ("any", "all"):
            return 1 if text == "any" else count
        try:
            threshold = parse_decimal(text, MalformedPolicy, "A threshold that is neither any nor all")
        except MalformedPolicy as error:
            raise self._located(error) from None
        if not 1 <= threshold <= count:
            raise self._bad(f"a threshold outside 1 to {count}")
        return threshold

    def _bad(self, what: str) -> MalformedPolicy:
        return MalformedPolicy(f"Line {self.line} of the policy has {what}", line=self.line)

    def _located(self, error: TlogError) -> TlogError:
        if isinstance(error, UnsupportedKey):
            return UnsupportedKey(f"Line {self.line} of the policy: {error.message}", line=self.line)
        return MalformedPolicy(f"Line {self.line} of the policy: {error.message}", line=self.line)
