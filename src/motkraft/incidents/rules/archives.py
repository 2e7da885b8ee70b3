"""What a zip may hold to be taken in: it is listed and read through once, and never unpacked to disk."""

from __future__ import annotations

import re
import unicodedata
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO

import filetype  # type: ignore[import-untyped]

from motkraft.incidents.rules.errors import EvidenceRefused

MOST_ENTRIES = 1_000
MOST_UNPACKED = 2 * 1024**3  # bytes of all entries together
MOST_RATIO = 100  # unpacked to packed
RATIO_FROM = 1024 * 1024  # bytes unpacked below which the ratio says nothing: a page of blanks packs well
LONGEST_NAME = 400  # characters with folders
_PIECE = 1024 * 1024
_HEAD = 8192
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(\..*)?")
_DIRECTING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
#: Endings of what runs when it is opened; a name is what a person clicks on, whatever the content is.
_RUNS = re.compile(
    r"(?i)\.(apk|app|bat|chm|cmd|com|cpl|dll|dmg|docm|exe|hta|img|iso|jar|jse?|lnk|ms[cip]|pif|pptm|ps1|py|reg"
    r"|scr|sh|url|vb[es]?|vhdx?|ws[fh]|xlsm)$"
)
_PROGRAMS = (b"MZ", b"\x7fELF", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe", b"\xfe\xed\xfa", b"#!/")
_ARCHIVES = frozenset(
    {
        "application/zip",
        "application/x-tar",
        "application/x-rar-compressed",
        "application/gzip",
        "application/x-bzip2",
        "application/x-7z-compressed",
        "application/x-xz",
        "application/zstd",
        "application/vnd.ms-cab-compressed",
        "application/x-lzip",
        "application/x-compress",
        "application/x-unix-archive",
    }
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as the zip's directory declares it, sizes in bytes."""

    name: str
    size: int
    packed: int
    is_encrypted: bool = False
    is_link: bool = False
    is_folder: bool = False
    method: int = zipfile.ZIP_DEFLATED


@dataclass(frozen=True, slots=True)
class Examined:
    """What was counted while a zip was read through: its files, and their bytes unpacked."""

    files: int
    size: int


def unsafe_name(name: str) -> str:
    """Why a name inside an archive is refused, as a code; empty when it is harmless."""
    if not name or len(name) > LONGEST_NAME:
        return "length"
    if any(unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") for c in name):
        return "control"
    if _DIRECTING & set(name):
        return "direction"
    if "\\" in name or name.startswith("/") or re.match(r"[A-Za-z]:", name):
        return "absolute"
    parts = name.removesuffix("/").split("/")
    if any(part in ("", ".", "..") for part in parts):
        return "outside"
    if any(part != part.strip(" ").rstrip(".") or len(part) > 255 or ":" in part for part in parts):
        return "outside"
    if any(_RESERVED.fullmatch(part) for part in parts):
        return "reserved"
    return ""


def check_entries(entries: Sequence[Entry], *, archive_size: int) -> None:
    """Refuse a zip by what its directory declares. Raises EvidenceRefused with ``reason`` and how to mend it."""
    if not entries:
        raise _refused("empty", "The zip holds no files. Choose it again.")
    if len(entries) > MOST_ENTRIES:
        raise _refused("entries", "The zip holds more than 1,000 files. Split it.")
    seen: set[str] = set()
    for entry in entries:
        if unsafe_name(entry.name):
            raise _refused(
                "name", "A name inside the zip could write outside its folder or mislead. Unpack it and add the files."
            )
        same = unicodedata.normalize("NFC", entry.name.removesuffix("/")).casefold()
        if same in seen:
            raise _refused("twice", "Two files inside the zip have the same name. Unpack it and add the files.")
        seen.add(same)
        if entry.is_link:
            raise _refused("link", "The zip holds a link to another place. Unpack it and add the files.")
        if entry.is_encrypted:
            raise _refused("encrypted", "The zip has a password. Unpack it and add the files.")
        if entry.method not in _METHODS:
            raise _refused("method", "The zip is packed in an unusual way. Unpack it and add the files.")
        if _RUNS.search(entry.name) and not entry.is_folder:
            raise _refused("program", "The zip holds a program. Take it out and add the rest.")
        if entry.size > max(RATIO_FROM, entry.packed * MOST_RATIO):
            raise _refused("bomb", "The zip unpacks to far more than it is. Unpack it and add the files.")
    packed, whole = sum(entry.packed for entry in entries), sum(entry.size for entry in entries)
    if whole > MOST_UNPACKED:
        raise _refused("unpacked", "The zip unpacks to more than 2 GB. Split it.")
    if packed > archive_size or whole > max(RATIO_FROM, archive_size * MOST_RATIO):
        raise _refused("bomb", "The zip unpacks to far more than it is. Unpack it and add the files.")


def examine(file: BinaryIO) -> Examined:
    """List a zip, read every entry through without keeping it, and refuse what is hostile. Raises EvidenceRefused.

    The directory is not believed: bytes are counted while they are read, and each check sum must hold.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
            check_entries([_entry(info) for info in entries[: MOST_ENTRIES + 1]], archive_size=_size_of(file))
            size = files = 0
            for info in entries:
                if info.is_dir():
                    continue
                files += 1
                size += _read_through(archive, info)
                if size > MOST_UNPACKED:
                    raise _refused("unpacked", "The zip unpacks to more than 2 GB. Split it.")
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, RuntimeError, ValueError, OSError) as error:
        raise _refused("broken", "The zip is damaged or is no zip. Save it again, or add the files.") from error
    return Examined(files, size)


def is_program(head: bytes) -> bool:
    """Whether the first bytes are those of a program."""
    return head.startswith(_PROGRAMS)


def is_archive(head: bytes) -> bool:
    """Whether the first bytes are those of an archive that is no office document."""
    kind = filetype.guess(head)
    return kind is not None and kind.mime in _ARCHIVES


def listing(file: BinaryIO) -> list[tuple[str, int]]:
    """The names and sizes in a zip that was examined, for the page that shows them."""
    with zipfile.ZipFile(file) as archive:
        return [(info.filename, info.file_size) for info in archive.infolist() if not info.is_dir()]


def _entry(info: zipfile.ZipInfo) -> Entry:
    return Entry(
        name=info.orig_filename,  # the cut one ends at the first zero byte
        size=info.file_size,
        packed=info.compress_size,
        is_encrypted=bool(info.flag_bits & 0x41),
        is_link=(info.external_attr >> 16) & 0o170000 not in (0, 0o100000, 0o040000),
        is_folder=info.is_dir(),
        method=info.compress_type,
    )


def _read_through(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> int:
    read, head = 0, b""
    with archive.open(info) as member:
        while piece := member.read(_PIECE):
            if len(head) < _HEAD:
                head += piece[: _HEAD - len(head)]
                if is_program(head):
                    raise _refused("program", "The zip holds a program. Take it out and add the rest.")
                if is_archive(head):
                    raise _refused("nested", "The zip holds another archive. Unpack it and add the files.")
            read += len(piece)
            if read > info.file_size:
                raise _refused("bomb", "The zip unpacks to far more than it is. Unpack it and add the files.")
    if read != info.file_size:
        raise _refused("broken", "The zip is damaged or is no zip. Save it again, or add the files.")
    return read


def _size_of(file: BinaryIO) -> int:
    file.seek(0, 2)
    return file.tell()


def _refused(reason: str, message: str) -> EvidenceRefused:
    return EvidenceRefused(message, field="file", reason=reason)
