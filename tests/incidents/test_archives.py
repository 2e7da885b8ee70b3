"""The promises of archives and mails: what is hostile is refused before it is kept, and nothing is unpacked to disk."""

from __future__ import annotations

import contextlib
import io
import struct
import zipfile
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from motkraft.incidents.rules import EvidenceRefused, archives, mail_parts


def zipped(*files: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> io.BytesIO:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return out


def reason_of(file: io.BytesIO) -> str:
    with pytest.raises(EvidenceRefused) as refused:
        archives.examine(file)
    return str(refused.value.data["reason"])


def test_an_ordinary_zip_is_read_through_and_counted():
    found = archives.examine(
        zipped(("chatt/WhatsApp Chat.txt", b"hej " * 1000), ("chatt/bild.jpg", b"\xff\xd8\xff" * 9))
    )
    assert (found.files, found.size) == (2, 4027)


@pytest.mark.parametrize(
    "name",
    [
        "../etc/passwd",
        "a/../../b.txt",
        "/etc/passwd",
        "C:/Windows/x.txt",
        "C:x.txt",
        "\\\\server\\share\\x.txt",
        "a\\b.txt",
        "a//b.txt",
        "./a.txt",
        "gnp\u202etxt.exe.png",
        "a\nb.txt",
        "CON",
        "mapp/lpt1.txt",
        "nul.txt",
        "slut.",
        "slut ",
        " mapp/x.txt",
        "fil:ström.txt",
        "x" * 300 + ".txt",
        "",
    ],
)
def test_a_hostile_name_is_told(name):
    assert archives.unsafe_name(name)


@pytest.mark.parametrize(
    "name",
    ["bild.jpg", "mapp/bild 1.jpg", "سأجدك.txt", "O'Brien & söner.txt", "mapp/", "a..b.txt", "console.txt", ".nomedia"],
)
def test_an_honest_name_is_let_be(name):
    assert not archives.unsafe_name(name)


@given(st.text(max_size=60))
def test_no_name_that_is_let_be_leaves_its_folder(name):
    if not archives.unsafe_name(name):
        assert "\\" not in name and not name.startswith("/") and ".." not in name.split("/") and "\x00" not in name


def test_two_names_that_are_one_on_another_machine_are_refused():
    assert reason_of(zipped(("Bild.txt", b"1"), ("bild.TXT", b"2"))) == "twice"
    assert reason_of(zipped(("a\u0308.txt", b"1"), ("ä.txt", b"2"))) == "twice"


def test_a_bomb_is_refused_by_what_it_declares():
    assert reason_of(zipped(("tom.txt", bytes(50 * 1024 * 1024)))) == "bomb"


def test_a_directory_that_lies_of_sizes_is_not_believed():
    file = zipped(("tom.txt", b"a" * 400_000), ("b.txt", b"b"))
    data = bytearray(file.getvalue())
    at = data.index(b"PK\x01\x02")
    struct.pack_into("<I", data, at + 24, 1000)  # the directory says: a thousand bytes
    assert reason_of(io.BytesIO(bytes(data))) == "broken"


def test_entries_that_share_their_bytes_are_refused():
    entry = archives.Entry("a.txt", size=600, packed=600)
    with pytest.raises(EvidenceRefused) as refused:
        archives.check_entries([entry, archives.Entry("b.txt", size=600, packed=600)], archive_size=1000)
    assert refused.value.data["reason"] == "bomb"


def test_a_zip_of_too_much_is_refused():
    many = [archives.Entry(f"{n}.txt", 1, 1) for n in range(archives.MOST_ENTRIES + 1)]
    large = [archives.Entry(f"{n}.bin", 1024**3, 1024**3 // 50) for n in range(3)]
    for entries, reason in ((many, "entries"), (large, "unpacked")):
        with pytest.raises(EvidenceRefused) as refused:
            archives.check_entries(entries, archive_size=10 * 1024**3)
        assert refused.value.data["reason"] == reason


def test_a_password_a_link_a_program_and_an_archive_within_are_refused():
    linked = io.BytesIO()
    with zipfile.ZipFile(linked, "w") as archive:
        info = zipfile.ZipInfo("genväg")
        info.external_attr = 0o120777 << 16
        archive.writestr(info, "/etc/passwd")
    locked = bytearray(zipped(("a.txt", b"hej")).getvalue())
    locked[locked.index(b"PK\x01\x02") + 8] |= 1
    assert reason_of(linked) == "link"
    assert reason_of(io.BytesIO(bytes(locked))) == "encrypted"
    assert reason_of(zipped(("faktura.pdf.exe", b"hej"))) == "program"
    assert reason_of(zipped(("bild.jpg", b"MZ" + bytes(400)))) == "program"
    assert reason_of(zipped(("inre.dat", zipped(("a.txt", b"hej")).getvalue()))) == "nested"
    assert reason_of(zipped(("a.txt", b"hej"), method=zipfile.ZIP_LZMA)) == "method"
    assert reason_of(zipped()) == "empty"


@pytest.mark.parametrize("keep", [10, 40, 80])
def test_a_damaged_zip_is_refused(keep):
    assert reason_of(io.BytesIO(zipped(("a.txt", b"hej" * 100)).getvalue()[:keep])) == "broken"


@given(st.binary(max_size=300))
def test_any_bytes_at_all_are_refused_plainly_or_read(data):
    with contextlib.suppress(EvidenceRefused):
        archives.examine(io.BytesIO(b"PK\x03\x04" + data))


def mail(*attached: tuple[str, bytes], text: str = "Vi vet var du bor.") -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"] = "okand@exempel.invalid", "mottagning@exempel.invalid"
    message["Date"], message["Message-ID"] = "Fri, 20 Nov 2026 12:00:00 +0100", "<1@exempel.invalid>"
    message["Subject"] = "Till dig"
    message.set_content(text)
    for name, content in attached:
        message.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return message


def test_a_mail_is_told_by_its_headers_and_a_letter_is_not():
    assert mail_parts.is_mail(mail().as_bytes())
    assert mail_parts.is_mail(mail().as_bytes().replace(b"\n", b"\r\n"))
    assert not mail_parts.is_mail(b"From: mamma\nDate: idag\n\nhej")
    assert not mail_parts.is_mail("Hej, From: och Date: står mitt i texten.\n".encode())
    assert not mail_parts.is_mail(b"\xff\xd8\xff\xe0")


def test_what_is_attached_to_a_mail_is_found_with_its_name():
    found = mail_parts.take_apart(mail(("bild på dig.jpg", b"\xff\xd8\xff"), ("../../x.exe", b"MZ")).as_bytes())
    assert [(a.name, a.content) for a in found.attached] == [
        ("bild på dig.jpg", b"\xff\xd8\xff"),
        ("../../x.exe", b"MZ"),
    ]


def test_a_mail_in_a_mail_is_one_attachment_and_whole():
    outer = mail()
    outer.add_attachment(mail(("inre.txt", b"inre")))
    found = mail_parts.take_apart(outer.as_bytes())
    assert len(found.attached) == 1
    assert mail_parts.is_mail(found.attached[0].content)
    inner = mail_parts.take_apart(found.attached[0].content)
    assert [a.content for a in inner.attached] == [b"inre"]


def test_a_mail_of_too_many_parts_is_refused():
    with pytest.raises(EvidenceRefused):
        mail_parts.take_apart(mail(*((f"{n}.txt", b"x") for n in range(60))).as_bytes())


def test_a_mail_nested_a_thousand_deep_is_refused_and_nothing_falls_over():
    deep = b"From: a@b.invalid\nDate: x\nMIME-Version: 1.0\n"
    for n in range(1000):
        deep += b'Content-Type: multipart/mixed; boundary="%d"\n\n--%d\n' % (n, n)
    with pytest.raises(EvidenceRefused):
        mail_parts.take_apart(deep + b"\nhej")


@given(st.binary(max_size=400))
def test_any_bytes_at_all_are_a_mail_without_attachments_or_refused(data):
    with contextlib.suppress(EvidenceRefused):
        mail_parts.take_apart(b"From: a\nDate: b\nContent-Type: multipart/mixed; boundary=x\n\n--x\n" + data)
