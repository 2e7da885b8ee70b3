"""The evidence package: a zip that any tool unpacks and anyone can prove offline (docs/formats/evidence-package.md).

The manifest is canonical JSON (RFC 8785). Its SHA-256 is in the organisation's signed log, and so is the fingerprint of
each piece of evidence since it came in; the receipts in the package prove both against the log's public key.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
import zipfile
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import rfc8785

from motkraft.incidents.rules.archives import unsafe_name
from motkraft.incidents.rules.errors import IncidentError
from motkraft.ledger.rules import commitment
from motkraft.sealing.errors import SealingError
from motkraft.sealing.timestamps import verify_timestamp
from motkraft.tlog import Policy, TlogError, TlogProof, verify_proof

FORMAT = "motkraft-evidence/1"
MANIFEST, MANIFEST_SUM, PACKAGE_RECEIPT = "manifest.json", "manifest.sha256", "receipts/package.tlog-proof"
READ_ME = ("LAS-MIG.txt", "README.txt")
MOST_ENTRIES = 5_000
LARGEST_MANIFEST = 16 * 1024 * 1024  # bytes; receipts and timestamps are smaller
_PIECE = 1024 * 1024
_HEX = re.compile(r"[0-9a-f]{64}")


class PackageBroken(IncidentError):
    """A package does not hold; ``data["problems"]`` names each thing that is wrong."""

    code = "incident.package-broken"

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(problems[0], problems=list(problems))


@dataclass(frozen=True, slots=True)
class VerifiedEvidence:
    """One piece of evidence as it was proven: ``logged_at`` is None without a receipt, stamps those that verified."""

    reference: str
    sha256: str
    size: int
    content_type: str
    custody_steps: int
    logged_index: int | None
    stamped_at: tuple[dt.datetime, ...]


@dataclass(frozen=True, slots=True)
class PackageVerification:
    """What a package proves. ``is_anchored``: the log's key came from whoever verifies, not from the package.

    ``log_size`` is the size of the signed log that holds the package's own event; ``unchecked_stamps`` how many
    timestamps were there while no root was given to prove them with.
    """

    organisation: str
    reference: str
    made_at: dt.datetime
    manifest_sha256: str
    evidence: tuple[VerifiedEvidence, ...]
    documents: tuple[str, ...]
    origin: str
    log_size: int
    is_anchored: bool
    unchecked_stamps: int


def stamped_bytes(sha256: str) -> bytes:
    """The bytes that a timestamp of evidence is over: ``sha256:`` and the fingerprint, then a line break."""
    return f"sha256:{sha256}\n".encode()


def receipt_with(proof: str, event: bytes, salt: bytes) -> str:
    """A receipt (.tlog-proof) that verifies alone: the event and its salt are carried as extra data."""
    parsed = TlogProof.parse(proof)
    extra = rfc8785.dumps({"event": json.loads(event), "salt": salt.hex()})
    return str(TlogProof(parsed.index, parsed.hashes, parsed.checkpoint, extra))


def manifest_bytes(manifest: Mapping[str, Any]) -> bytes:
    """The one way to write a manifest."""
    return rfc8785.dumps(dict(manifest))


def verify_package(path: Path, *, log_key: str = "", roots: Sequence[bytes] = ()) -> PackageVerification:
    """Prove a package without any network or database. Raises PackageBroken naming each thing that is wrong.

    Checked: the zip holds what the manifest names and nothing else; each file has its fingerprint and size; each chain
    of custody begins with the receiving, has no gap and no step out of order, and never another fingerprint; the log
    vouches for the manifest and for each fingerprint; each timestamp, when ``roots`` (PEM or DER) are given.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return _Package(archive).verify(log_key, roots)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, RuntimeError, OSError) as error:
        raise PackageBroken(["The file is no zip, or is damaged."]) from error


class _Package:
    """One package while it is proven; collects what is wrong."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self.archive, self.problems = archive, list[str]()
        entries = archive.infolist()
        if len(entries) > MOST_ENTRIES:
            raise PackageBroken(["The zip holds more files than any package."])
        self.entries = {info.filename: info for info in entries}
        if len(self.entries) < len(entries):
            raise PackageBroken(["Two files in the zip have the same name."])
        for info in entries:
            if (
                unsafe_name(info.orig_filename)
                or info.flag_bits & 0x41
                or (info.external_attr >> 16) & 0o170000 == 0o120000
            ):
                raise PackageBroken(["The zip holds a name, a link or a password that no package has."])

    def verify(self, log_key: str, roots: Sequence[bytes]) -> PackageVerification:
        written = self._small(MANIFEST)
        if self.problems:
            raise PackageBroken(self.problems)
        manifest = _read(written)
        digest = hashlib.sha256(written).hexdigest()
        if self._small(MANIFEST_SUM).decode("ascii", "replace").split() != [digest, MANIFEST]:
            self.problems.append("manifest.sha256 is not the fingerprint of manifest.json.")
        if rfc8785.dumps(manifest) != written:
            self.problems.append("manifest.json is not written in its one canonical way.")
        try:
            return self._verify(manifest, digest, log_key, roots)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise PackageBroken([*self.problems, "manifest.json lacks something that every package has."]) from error

    def _verify(
        self, manifest: dict[str, Any], digest: str, log_key: str, roots: Sequence[bytes]
    ) -> PackageVerification:
        named = {MANIFEST, MANIFEST_SUM, PACKAGE_RECEIPT, *READ_ME}
        policy = Policy.parse(f"log {log_key or manifest['log']['key']}\nquorum none\n")
        origin, size, told = self._receipt(PACKAGE_RECEIPT, policy)
        if told is not None and told.get("manifest_sha256") != digest:
            self.problems.append("The log vouches for another manifest than this one.")
        found, unchecked = [], 0
        for item in manifest["evidence"]:
            reference = str(item["reference"])
            named.add(item["path"])
            self._file(item["path"], item["sha256"], item["size"])
            self._custody(reference, item["sha256"], item["custody"])
            named.add(item["receipt"])
            index = self._received(item, policy)
            stamps = []
            for stamp in item["timestamps"]:
                named.add(stamp["path"])
                content = self._small(stamp["path"])
                if not roots:
                    unchecked += 1
                    continue
                try:
                    stamps.append(verify_timestamp(stamped_bytes(item["sha256"]), content, trust_roots=roots).time)
                except SealingError:
                    self.problems.append(
                        f"{reference}: the timestamp does not hold for this fingerprint and these roots."
                    )
            found.append(
                VerifiedEvidence(
                    reference=reference,
                    sha256=item["sha256"],
                    size=item["size"],
                    content_type=str(item["content_type"]),
                    custody_steps=len(item["custody"]),
                    logged_index=index,
                    stamped_at=tuple(stamps),
                )
            )
        for document in manifest["documents"]:
            named.add(document["path"])
            self._file(document["path"], document["sha256"], document["size"])
        for name in sorted(set(self.entries) - named):
            self.problems.append(f"{name} is in the zip but not in the manifest.")
        if self.problems:
            raise PackageBroken(self.problems)
        return PackageVerification(
            organisation=str(manifest["organisation"]["name"]),
            reference=str(manifest["incident"]["reference"]),
            made_at=dt.datetime.fromisoformat(manifest["made_at"]),
            manifest_sha256=digest,
            evidence=tuple(found),
            documents=tuple(str(document["path"]) for document in manifest["documents"]),
            origin=origin,
            log_size=size,
            is_anchored=bool(log_key),
            unchecked_stamps=unchecked,
        )

    def _small(self, name: str) -> bytes:
        info = self.entries.get(name)
        if info is None:
            self.problems.append(f"{name} is missing.")
            return b""
        if info.file_size > LARGEST_MANIFEST:
            raise PackageBroken([f"{name} is larger than in any package."])
        try:
            with self.archive.open(info) as file:
                return file.read(LARGEST_MANIFEST + 1)
        except (zipfile.BadZipFile, zlib.error):
            self.problems.append(f"{name} was changed.")
            return b""

    def _file(self, name: str, sha256: str, size: int) -> None:
        info = self.entries.get(name)
        if info is None:
            self.problems.append(f"{name} is missing.")
            return
        digest, read = hashlib.sha256(), 0
        try:
            with self.archive.open(info) as file:
                while piece := file.read(_PIECE):
                    digest.update(piece)
                    read += len(piece)
                    if read > size:
                        break
        except (zipfile.BadZipFile, zlib.error):
            self.problems.append(f"{name} is not what the manifest says: it was changed.")
            return
        if read != size or digest.hexdigest() != sha256:
            self.problems.append(f"{name} is not what the manifest says: it was changed.")

    def _custody(self, reference: str, sha256: str, steps: Iterable[Mapping[str, Any]]) -> None:
        chain = list(steps)
        if [step["number"] for step in chain] != list(range(1, len(chain) + 1)):
            self.problems.append(f"{reference}: steps of the chain of custody are missing or out of order.")
        times = [dt.datetime.fromisoformat(step["at"]) for step in chain]
        if times != sorted(times):
            self.problems.append(f"{reference}: the chain of custody goes back in time.")
        if not chain or chain[0]["action"] != "received" or chain[0]["sha256_after"] != sha256:
            self.problems.append(f"{reference}: the chain of custody does not begin with this file.")
        told = [step for step in chain if step["action"] in ("hashed", "packaged")]  # a share copy is another file
        if any({step["sha256_before"], step["sha256_after"]} - {"", sha256} for step in told):
            self.problems.append(f"{reference}: the chain of custody tells of another fingerprint.")

    def _received(self, item: Mapping[str, Any], policy: Policy) -> int | None:
        _origin, _size, told = self._receipt(item["receipt"], policy)
        if told is None:
            return None
        if (told.get("sha256"), told.get("evidence"), told.get("size")) != (item["sha256"], item["id"], item["size"]):
            self.problems.append(f"{item['reference']}: the log vouches for another file than this one.")
        return int(told["_index"])

    def _receipt(self, name: str, policy: Policy) -> tuple[str, int, dict[str, Any] | None]:
        """Prove one receipt: the log's origin and size, and what the event in it tells."""
        content = self._small(name)
        if not content:
            return "", 0, None
        try:
            proof = TlogProof.parse(content)
            carried = json.loads(proof.extra or b"{}")
            event = rfc8785.dumps(carried["event"])
            proven = verify_proof(proof, commitment(bytes.fromhex(carried["salt"]), event), policy)
        except (TlogError, IncidentError, KeyError, TypeError, ValueError) as error:
            self.problems.append(f"{name} does not hold: {getattr(error, 'message', 'it cannot be read')}.")
            return "", 0, None
        return proven.origin, proven.size, {**carried["event"]["data"], "_index": proven.index}


def _read(written: bytes) -> dict[str, Any]:
    try:
        manifest = json.loads(written)
    except (ValueError, RecursionError) as error:
        raise PackageBroken(["manifest.json is missing or cannot be read."]) from error
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise PackageBroken(["This is no evidence package of a kind that is known here."])
    for item in manifest.get("evidence") or ():
        if not isinstance(item, dict) or not _HEX.fullmatch(str(item.get("sha256"))):
            raise PackageBroken(["manifest.json lacks something that every package has."])
    return manifest
