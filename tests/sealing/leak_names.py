"""Made-up names in many scripts, and a PDF that holds them in every place where a name can leak.

Shared by the test of the leak scan and by ``benchmarks/leaks.py``.
"""

from __future__ import annotations

import base64
import io
import random
import unicodedata
import zipfile
from collections.abc import Callable

import pikepdf
import segno
from PIL import Image
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

SYLLABLES = {
    "latin": "al be da fi go ha in jor ka lu mo ne ost pe ri sa to ul va åk öst äng sjö kvist holm rud tad vik",
    "turkish": "ay çe dağ eş gü ışı İl kö oğ şa tü ya zer han soy taş",
    "vietnamese": "nguyễn trần lê phạm hoàng đặng bùi ngô vũ đỗ thị văn ngọc",
    "cyrillic": "ал бо ва гор ди ев жен ир ко лев ма ни ова рус сер тан ул чен юр яна",
    "greek": "αλ βα γιω δη ελ θε ιω κα λα μα νι οπου πα ρης σω του φι χρη",
    "arabic": "محمد علي حسن نور سليم فاطمة زينب كريم عمر يوسف ليلى أحمد خالد منصور",
    "persian": "نرگس گلی پژمان چمن شیرین کیان مهر زاده پور نیا آرش ژاله",
    "hebrew": "אב בר גל דן הד יעל כרמל לוי מיר נעם עדי רון שיר תמר",
    "devanagari": "अम बल गीता दीप कुमार लता मोहन नील प्रिया राम श्री विद्या",
    "bengali": "অমল বীণা চন্দ্র দেব গৌরী হাসান কমল মিতা নূর রহমান",
    "tamil": "அன் செல்வி குமார் மணி ராஜ் வேல் மீனா கண்ணன்",
    "ethiopic": "አበበ ሰላም ዮሐንስ ገብረ መርየም ተስፋ ሀይለ ብርሃነ",
    "georgian": "გიო ნინო დავით ლევან მარი თამარ ზურაბ შვილი",
    "armenian": "Արամ Նարե Հայկ Անի Գոռ Լիլիթ յան",
    "thai": "สม ชัย วิไล ศรี นภา พร มาลี ทอง",
    "han": "王 李 张 刘 陈 杨 黄 赵 周 吴 秀英 伟 芳 建国",
}
SPACED = ("latin", "turkish", "vietnamese", "cyrillic", "greek")
WORDS = ("Dag Stark", "Sten Berg", "Bo Ek", "Li Å", "O Bo", "Å Ö-Ek", "Björn Skog", "Vår Sommar", "Rut Rask", "Ali Li")
PARTICLES = ("von", "de la", "al-", "van der", "af", "bin", "O'", "O’", "D’", "Mc", "N'", "ʼt ")


def names(count: int = 1000, seed: int = 5) -> list[str]:
    """Give ``count`` different names; the same seed gives the same names."""
    dice = random.Random(seed)
    found = dict.fromkeys(WORDS)
    while len(found) < count:
        script = dice.choice(sorted(SYLLABLES))
        parts = SYLLABLES[script].split()
        joint = (
            " " if script == "arabic" else "-" if script in SPACED and dice.random() < 0.15 else ""
        )  # final letters stay final

        def word(parts: list[str] = parts, joint: str = joint) -> str:
            return joint.join(part.title() for part in dice.sample(parts, dice.choice((2, 2, 3)) if not joint else 2))

        given, family = word(), word()
        if script in ("latin", "turkish") and dice.random() < 0.25:
            particle = dice.choice(PARTICLES)
            family = f"{particle}{'' if particle[-1] in '-’ ' or particle[-1] == chr(39) else ' '}{family}"
        if dice.random() < 0.05:
            given = f"{given} {dice.choice(parts)[:1].upper()}"
        name = f"{given} {family}"
        found[unicodedata.normalize(dice.choice(("NFC", "NFD")), name)] = None
    return list(found)


def saved(pdf: pikepdf.Pdf) -> bytes:
    """Give the bytes, with its objects packed into object streams."""
    output = io.BytesIO()
    pdf.save(output, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return output.getvalue()


def stuffed(clean: bytes, planted: list[str]) -> tuple[bytes, tuple[str, ...]]:
    """Put all names into every place of a PDF at once; give it and the places where each must be found."""
    text = "\n".join(planted)
    with pikepdf.open(io.BytesIO(clean)) as pdf:
        with pdf.open_metadata() as xmp:
            xmp["dc:creator"] = planted
        pdf.docinfo["/Author"] = text
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("a.json", text)
        files = (text.encode(), text.encode("utf-16"), base64.b64encode(text.encode()), packed.getvalue())
        for number, data in enumerate(files):
            kept = pikepdf.AttachedFileSpec(pdf, data, filename=f"{number}.bin", description=text)
            pdf.attachments[f"{number}.bin"] = kept
        page = pdf.pages[0]
        note = pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Text, Rect=[0, 0, 9, 9], Contents=text)
        note = pdf.make_indirect(note)
        page.obj["/Annots"] = pikepdf.Array([*page.obj.get("/Annots", []), note])
        figure = pdf.make_indirect(pikepdf.Dictionary(S=pikepdf.Name.Figure, Alt=text, ActualText=text))
        pdf.Root.StructTreeRoot.K.append(figure)
        spoken = "<feff" + text.encode("utf-16-be").hex() + ">"
        page.contents_add(f"/Span <</ActualText {spoken}>> BDC EMC".encode())
        places = (
            "XMP metadata",
            "document information",
            *(f"attachment {number}" for number in range(1, 5)),
            "attachment 1 name",
            f"object {note.objgen[0]}",
            f"object {figure.objgen[0]}",
            "text of page 1",
        )
        # Saving numbers the objects anew, so the two objects are looked up by what they are.
        data = saved(pdf)
    with pikepdf.open(io.BytesIO(data)) as pdf:
        found = {}
        for item in pdf.objects:
            if isinstance(item, pikepdf.Dictionary):
                if "/Contents" in item and item.get("/Subtype") == "/Text":
                    found["note"] = item.objgen[0]
                elif item.get("/S") == "/Figure" and len(str(item.get("/Alt", ""))) == len(text):
                    found["figure"] = item.objgen[0]
    return data, (*places[:7], f"object {found['note']}", f"object {found['figure']}", "text of page 1")


def taken_away(clean: bytes, planted: list[str]) -> bytes:
    """Write all names in one revision and take them away in the next."""

    def revised(pdf: bytes, text: str) -> bytes:
        writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
        stream = generic.StreamObject(stream_data=text.encode())
        stream.compress()
        if "/Note" in writer.root:
            reference = writer.root.raw_get("/Note").reference
            writer.objects[(reference.generation, reference.idnum)] = stream
        else:
            writer.root["/Note"] = writer.add_object(stream)
            writer.update_root()
        output = io.BytesIO()
        writer.write(output)
        return output.getvalue()

    return revised(revised(clean, "\n".join(planted)), "-")


def with_codes(clean: bytes, contents: list[str]) -> bytes:
    """Put square codes, as pictures, on the first page of a PDF."""
    with pikepdf.open(io.BytesIO(clean)) as pdf:
        page = pdf.pages[0]
        for number, content in enumerate(contents):
            drawn = io.BytesIO()
            segno.make(content, error="m", micro=False).save(drawn, kind="png", scale=4, border=4)
            image = Image.open(drawn).convert("L")
            picture = pikepdf.Stream(pdf, image.tobytes())
            picture.update(
                pikepdf.Dictionary(
                    Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Image, Width=image.width, Height=image.height,
                    ColorSpace=pikepdf.Name.DeviceGray, BitsPerComponent=8,
                )
            )  # fmt: skip
            name = page.add_resource(pdf.make_indirect(picture), pikepdf.Name.XObject)
            x, y = 30 + 180 * (number % 3), 30 + 180 * (number // 3)
            page.contents_add(f"q 170 0 0 170 {x} {y} cm {name} Do Q".encode())
        return saved(pdf)


#: How a text can be written so that a plain search misses the names in it.
DISGUISES: dict[str, Callable[[str], str]] = {
    "upper": lambda name: name.upper(),
    "lower": lambda name: name.lower(),
    "NFD": lambda name: unicodedata.normalize("NFD", name),
    "full width": lambda name: "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in name),
    "soft hyphens": lambda name: "\u00ad".join(name),
    "zero width": lambda name: "\u200b".join(name),
    "no-break spaces": lambda name: name.replace(" ", "\u00a0"),
    "without spaces": lambda name: name.replace(" ", ""),
    "backwards": lambda name: name[::-1],
    "family name first": lambda name: f"{name.split()[-1]}, {' '.join(name.split()[:-1])}",
    "spaced out": lambda name: " ".join(name.replace(" ", "")),
    "over a line end": lambda name: name.replace(" ", "\n"),
    "base64": lambda name: base64.b64encode(f"Beslutat av {name} i dag".encode()).decode(),
    "hex": lambda name: name.encode().hex(),
    "JSON": lambda name: "".join(f"\\u{ord(c):04x}" if ord(c) < 0x10000 else c for c in name),
    "HTML": lambda name: "".join(f"&#{ord(c)};" for c in name),
    "address": lambda name: "".join(f"%{byte:02X}" for byte in name.encode()),
    "mail": lambda name: "".join(f"={byte:02X}" for byte in name.encode()),
}
