"""Plants a thousand made-up names wherever a name can leak in an outward PDF, and counts what the leak scan finds.

Prints for each place how many of the names were found, then for each disguise, then how long one scan of a sealed
notice takes and how many of the names it finds there (it holds none).

    python benchmarks/leaks.py [--names 1000] [--seed 5]
"""

from __future__ import annotations

import argparse
import datetime as dt
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from documents.samples import sample
from motkraft import sealing
from motkraft.documents import house_words, render
from motkraft.sealing.leak.terms import find, prepare, words_of_name
from sealing.leak_names import DISGUISES, names, stuffed, taken_away, with_codes

NOW = dt.datetime(2026, 11, 21, 12, 0, tzinfo=dt.UTC)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--names", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=5)
    given = parser.parse_args()
    planted = names(given.names, given.seed)
    clean = render("notice", sample("notice"))

    def line(what: str, found: int, of: int = len(planted)) -> None:
        print(f"{what:<42}{found:>6} of {of}")

    pages = set()
    for at in range(0, len(planted), 100):
        text = "\n".join(planted[at : at + 100])
        leaks = sealing.scan(render("notice", sample("notice", content=text)), planted)
        pages |= {leak.term for leak in leaks if leak.where.startswith("text of")}
    line("text of the pages", len(pages))
    pdf, places = stuffed(clean, planted)
    leaks = sealing.scan(pdf, planted)
    for place in places:
        line(place, len({leak.term for leak in leaks if leak.where == place or leak.where.startswith(f"{place}, ")}))
    leaks = sealing.scan(taken_away(clean, planted), planted)
    line("earlier revision", len({leak.term for leak in leaks if leak.where.startswith("earlier revision")}))
    coded, some = 0, planted[::5]
    for at in range(0, len(some), 12):
        batch = some[at : at + 12]
        leaks = sealing.scan(with_codes(clean, batch), batch)
        coded += len({leak.term for leak in leaks if leak.where.startswith("code in a picture")})
    line("square codes in pictures", coded, len(some))
    terms = prepare(planted)
    for disguise, hide in DISGUISES.items():
        line(f"written {disguise}", len({i for i, _ in find("\n|\n".join(map(hide, planted)), terms)}))

    signer = sealing.Signer.from_pkcs12(sealing.generate_test_certificate("Exempelkommun", now=NOW))
    sealed = sealing.eseal(clean, signer, reason="Underrättelse om beslut", now=NOW)
    words = sorted({word for name in planted for word in words_of_name(name, ordinary=house_words("sv"))})
    line("clean sealed notice (must be 0)", len(sealing.scan(sealed, words)), len(words))
    for count in (10, len(words)):
        times = []
        for _ in range(7):
            start = time.perf_counter()
            sealing.scan(sealed, words[:count])
            times.append(time.perf_counter() - start)
        print(f"one scan for {count} words: {statistics.median(times) * 1000:.0f} ms (median of 7)")


if __name__ == "__main__":
    main()
