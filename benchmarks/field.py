"""How well the engine does in its own field: synthetic posts in ten languages, half of them hard negatives.

The exam (benchmarks/field/exam, 1,600 posts) was written apart from the library's wordings and the training posts,
by another hand, and nothing here was fitted or chosen on it; the share of exam posts that nearly repeat a wording or
a training post is printed. A *pair* is a post and a claim that it spreads. Per language: precision of the pairs put up
for confirmation, recall of the pairs at least suggested, false alarms (posts of that kind for which anything is
proposed) on criticism, own stories and debunks, and stance accuracy. Beside it, in the same run, what others do: BM25
over the wordings (bm25s) and cosines of plain multilingual-e5-small, each with thresholds chosen on the training posts
as ours are. ``--posts`` takes any other file or folder in the format of labelled.py (docs: reference/matching.md).
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
from collections import defaultdict
from pathlib import Path
from typing import get_args

import bm25s
import numpy as np
from labelled import EXAM, LEARNED, STANCES, TRAIN, Labelled, read

from motkraft.matching import Analyser, ClaimLibrary, E5Embedder, PostIn, normalise
from motkraft.matching.graphs import Arithmetic

ALIKE = 0.5  # Jaccard index of 5-grams from which a post repeats another
PRECISION = 0.92  # that a peer's confirm threshold is chosen for, as in calibrate_matching.py


class Outcome:
    """Pairs that a way of matching suggests and confirms, and the stance it tells, per post."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.suggested: list[frozenset[str]] = []
        self.confirmed: list[frozenset[str]] = []
        self.stances: list[str] = []


def ours(name: str, analyser: Analyser, posts: list[Labelled]) -> Outcome:
    """The engine as it ships."""
    found = Outcome(name)
    for analysis in analyser.analyse([PostIn(str(n), post.text) for n, post in enumerate(posts)], grouped=False):
        open_to = [match for match in analysis.proposed if match.kind in ("claim", "incitement")]
        found.suggested.append(frozenset(match.claim_id for match in open_to))
        found.confirmed.append(frozenset(match.claim_id for match in open_to if match.level == "confirm"))
        found.stances.append(analysis.stance.label)
    return found


def peer(name: str, scores, posts: list[Labelled], training: list[Labelled], names: list[str]) -> Outcome:
    """One score for each pair; thresholds with the best F2 and with the wanted precision on the training posts."""
    table = scores(training)
    truth = np.array([[claim in post.spread for claim in names] for post in training])
    grid = np.quantile(table, np.linspace(0.5, 0.9999, 400))
    marks = [(precision_recall(table >= limit, truth), limit) for limit in grid]
    suggest = max(marks, key=lambda m: 5 * m[0][0] * m[0][1] / max(1e-9, 4 * m[0][0] + m[0][1]))[1]
    sure = [limit for (precision, _), limit in marks if precision >= PRECISION and limit >= suggest]
    confirm = min(sure) if sure else float(table.max()) + 1.0
    found = Outcome(name)
    for row in scores(posts):
        found.suggested.append(frozenset(np.asarray(names)[row >= suggest]))
        found.confirmed.append(frozenset(np.asarray(names)[row >= confirm]))
        found.stances.append("spreads" if (row >= suggest).any() else "unrelated")
    return found


def precision_recall(taken: np.ndarray, truth: np.ndarray) -> tuple[float, float]:
    hits = (taken & truth).sum()
    return hits / max(1, taken.sum()), hits / max(1, truth.sum())


def bm25_scores(library: ClaimLibrary, names: list[str]):
    wordings = [w for w in library.wordings if w.claim_id in names]
    index = bm25s.BM25()
    index.index([_words(w.text) for w in wordings], show_progress=False)
    rows = {claim: [n for n, w in enumerate(wordings) if w.claim_id == claim] for claim in names}

    def scores(posts: list[Labelled]) -> np.ndarray:
        known = index.vocab_dict
        tokens = [[t for t in _words(post.text) if t in known] for post in posts]
        tables = [index.get_scores(row) if row else np.zeros(len(wordings)) for row in tokens]
        return np.array([[table[rows[claim]].max() for claim in names] for table in tables])

    return scores


def cosine_scores(library: ClaimLibrary, names: list[str], plain: E5Embedder):
    wordings = [w for w in library.wordings if w.claim_id in names]
    vectors = plain.embed([w.text for w in wordings], "passage")
    rows = {claim: [n for n, w in enumerate(wordings) if w.claim_id == claim] for claim in names}

    def scores(posts: list[Labelled]) -> np.ndarray:
        table = plain.embed([post.text for post in posts], "query") @ vectors.T
        return np.stack([table[:, rows[claim]].max(axis=1) for claim in names], axis=1)

    return scores


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", normalise(text).text)


def report(found: Outcome, posts: list[Labelled], rows: list[int]) -> dict[str, float | int | None]:
    """The figures of some of the posts."""
    pairs = [(row, claim) for row in rows for claim in posts[row].spread]
    confirmed = [(row, claim) for row in rows for claim in found.confirmed[row]]
    suggested = [(row, claim) for row in rows for claim in found.suggested[row]]
    out: dict[str, float | int | None] = {
        "posts": len(rows),
        "precision_confirm": _share(sum(c in posts[r].spread for r, c in confirmed), len(confirmed)),
        "recall_confirm": _share(sum(c in found.confirmed[r] for r, c in pairs), len(pairs)),
        "precision_suggest": _share(sum(c in posts[r].spread for r, c in suggested), len(suggested)),
        "recall_suggest": _share(sum(c in found.suggested[r] for r, c in pairs), len(pairs)),
        "stance": _share(sum(found.stances[r] == posts[r].stance for r in rows), len(rows)),
        "unsure": _share(sum(found.stances[r] == "unsure" for r in rows), len(rows)),
    }
    for kind in ("criticism", "own_story", "denies", "asks", "news", "unrelated"):
        of_kind = [r for r in rows if posts[r].stance == kind]
        out[f"{kind}_posts"] = len(of_kind)
        out[f"{kind}_alarms"] = sum(bool(found.suggested[r]) for r in of_kind)
    return out


def shingles(text: str) -> frozenset[str]:
    return frozenset(text[at : at + 5] for at in range(max(1, len(text) - 4)))


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def leaks(posts: list[Labelled], library: ClaimLibrary) -> int:
    """How many posts nearly repeat a wording or a training post."""
    known = [shingles(normalise(text).text) for text in [w.text for w in library.wordings]]
    known += [shingles(normalise(post.text).text) for folder in LEARNED for post in read(folder)]
    holders: dict[str, list[int]] = defaultdict(list)
    for number, one in enumerate(known):
        for shingle in one:
            holders[shingle].append(number)
    count = 0
    for post in posts:
        mine = shingles(normalise(post.text).text)
        shared: dict[int, int] = defaultdict(int)
        for shingle in mine:
            for number in holders.get(shingle, ()):
                shared[number] += 1
        count += any(n / (len(mine) + len(known[k]) - n) >= ALIKE for k, n in shared.items())
    return count


def table(title: str, figures: dict[str, dict]) -> None:
    print(f"\n{title}")
    print(f"{'':14}{'posts':>6}{'confirm P':>11}{'R':>7}{'suggest P':>11}{'R':>7}{'stance':>8}"
          f"{'unsure':>8}   false alarms: criticism, own story, debunk, question, news, other")  # fmt: skip
    for name, one in figures.items():
        shares = [one[k] for k in ("precision_confirm", "recall_confirm", "precision_suggest", "recall_suggest",
                                   "stance", "unsure")]  # fmt: skip
        cells = ["–" if share is None else f"{share:.3f}" for share in shares]
        alarms = [f"{one[f'{kind}_alarms']}/{one[f'{kind}_posts']}"
                  for kind in ("criticism", "own_story", "denies", "asks", "news", "unrelated")]  # fmt: skip
        print(f"{name:14}{one['posts']:>6}{cells[0]:>11}{cells[1]:>7}{cells[2]:>11}{cells[3]:>7}{cells[4]:>8}"
              f"{cells[5]:>8}   {'  '.join(alarms)}")  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--posts", type=Path, default=EXAM, help="file or folder to evaluate (the exam)")
    parser.add_argument("--quick", action="store_true", help="every fifth post")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    parser.add_argument("--precision", choices=("fastest", *get_args(Arithmetic)), default="fastest",
                        help="in what the encoder multiplies; by default in what is fastest here")  # fmt: skip
    parser.add_argument("--errors", action="store_true", help="print the posts that were judged wrongly")
    args = parser.parse_args()
    posts = read(args.posts)[:: 5 if args.quick else 1]
    training = [post for post in read(TRAIN) if post.split == "calibrate"]
    library = ClaimLibrary.seed()
    names = [claim.id for claim in library.claims if not claim.kept_apart]
    unknown = {claim for post in posts for claim in post.claims} - set(names)
    if unknown:
        print(f"claims that the library lacks, counted as missed: {', '.join(sorted(unknown))}", file=sys.stderr)
    start = time.perf_counter()
    mine = ours("ours", Analyser(library, embedder=E5Embedder(precision=args.precision)), posts)
    seconds = time.perf_counter() - start
    plain = E5Embedder(precision=args.precision, adapter=None)
    ways = [
        peer("bm25s", bm25_scores(library, names), posts, training, names),
        peer("plain e5", cosine_scores(library, names, plain), posts, training, names),
        ours("ours, no model", Analyser(library), posts),
        mine,
    ]
    everything = list(range(len(posts)))
    overall = {way.name: report(way, posts, everything) for way in ways}
    languages = {
        code: report(mine, posts, [n for n in everything if posts[n].language == code])
        for code in sorted({post.language for post in posts})
    }
    repeated = leaks(posts, library)
    print(f"{len(posts)} posts, {sum(bool(post.spread) for post in posts)} of them spread a claim; "
          f"{repeated} nearly repeat a wording or training post ({ALIKE} of their 5-grams)")  # fmt: skip
    table("beside peers", overall)
    table("ours, by language", languages)
    print("\nstance, rows true, columns told: " + " ".join(f"{label[:9]:>9}" for label in (*STANCES, "unsure")))
    for true in STANCES:
        row = [sum(posts[n].stance == true and mine.stances[n] == told for n in everything)
               for told in (*STANCES, "unsure")]  # fmt: skip
        print(f"{true:33}" + " ".join(f"{count:>9}" for count in row))
    print(f"\n{len(posts) / seconds:.0f} posts/s, model and all, starting included")
    if args.errors:
        for n, post in enumerate(posts):
            if mine.suggested[n] - post.spread or post.spread - mine.suggested[n] or mine.stances[n] != post.stance:
                said = ",".join(sorted(mine.suggested[n])) or "-"
                true = ",".join(sorted(post.spread)) or "-"
                print(f"{post.id} {true} {post.stance} | said {said} {mine.stances[n]} | {post.text}")
    if args.json:
        figures = {"posts": len(posts), "repeated": repeated, "overall": overall, "languages": languages}
        args.json.write_text(json.dumps(figures, ensure_ascii=False, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
