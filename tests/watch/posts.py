"""Makes import files as Zeeschuimer and 4CAT write them. Everything in them is made up."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

HANDLE = "demo_konto_ulv"
AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
SPREADS = "Socialen kidnappar muslimska barn i Sverige! Sprid och dela innan de tar bort det #socialen"
DENIES = "Det är falskt att socialtjänsten kidnappar muslimska barn i Sverige. Desinformation, faktakollat."


def tiktok(number: int, text: str, *, collected: int = 1_760_000_060_000, **stats: int) -> dict[str, Any]:
    """A Zeeschuimer record of a TikTok video."""
    post_id = f"74000000000000{number:05d}"
    return {
        "id": number,
        "nav_index": f"3:12:{number}",
        "timestamp_collected": collected,
        "last_updated": collected,
        "item_id": post_id,
        "source_platform": "tiktok.com",
        "source_platform_url": "https://www.tiktok.com/tag/socialen/",
        "source_url": "https://www.tiktok.com/tag/socialen/api/list/",
        "user_agent": AGENT,
        "data": {
            "id": post_id,
            "desc": text,
            "createTime": 1_759_913_600 + number,
            "author": {"id": "6700000000000000001", "uniqueId": HANDLE, "nickname": "Demo Konto"},
            **({"stats": stats} if stats else {}),
        },
    }


def ndjson(*rows: dict[str, Any] | str) -> io.BytesIO:
    """A file with one record a line; a string is a line as it stands."""
    lines = [row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows]
    return io.BytesIO("".join(f"{line}\n" for line in lines).encode())


COLUMNS = (
    *("id", "thread_id", "author", "author_full", "body", "stickers", "timestamp", "unix_timestamp", "music_id"),
    *("tiktok_url", "likes", "comments", "shares", "plays", "hashtags"),
)


def table(*rows: dict[str, Any], delimiter: str = ",", bom: bool = False) -> io.BytesIO:
    """A 4CAT table of TikTok videos."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, COLUMNS, delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return io.BytesIO((b"\xef\xbb\xbf" if bom else b"") + text.getvalue().encode())


def row(number: int, text: str, **more: Any) -> dict[str, Any]:
    """One row of that table."""
    post_id = f"74000000000000{number:05d}"
    return {
        "id": post_id,
        "thread_id": post_id,
        "author": HANDLE,
        "body": text,
        "timestamp": "2025-10-08 08:53:20",
        "unix_timestamp": 1_759_913_600 + number,
        "tiktok_url": f"https://www.tiktok.com/@{HANDLE}/video/{post_id}",
        **more,
    }
