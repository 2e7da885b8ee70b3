"""Finding the claim that a post repeats, among many: CheckThat! 2022 task 2A, or any folder in that layout.

Trained on ``train``, chosen on ``dev``, reported on ``--split`` (devtest). MAP@5, S@1 and S@10 (a right claim among
the first one or ten), beside BM25 (bm25s), plain multilingual-e5-small, and their sum. Ours is the engine's evidence
(evidence.py) and its listwise re-ranker (ranking.py): once from the text alone, once with how the day of the post
stands to the day of the claim, which the data tell (a claim is checked within days of its spreading). A folder holds
``*_claims.jsonl`` (claim_id, title, claim, date) and ``*_SPLIT.jsonl`` (post_id, text, claim_ids); the day of a post is
its ``date``, else the last written-out date of its text. Where a folder has no ``train`` or ``dev``, those of the
standard folder are used. The vectors of claims are kept in var/cache.
"""

from __future__ import annotations

import argparse
import datetime as dt
import hashlib
import json
import re
import sys
import time
from pathlib import Path

import bm25s
import numpy as np
from labelled import ROOT

from motkraft.matching import Claim, ClaimLibrary, E5Embedder, Wording, normalise
from motkraft.matching.evidence import FEATURES, EvidenceIndex
from motkraft.matching.fitting import fit_lists
from motkraft.matching.ranking import Ranker

DATA = ROOT.parent / "shared/data/claim-retrieval"
CACHE = ROOT / "var/cache/benchmarks"
PENALTIES = (1.0, 3.0, 10.0)
TIMED = FEATURES.index("within_1_days")
_FORMS = ("%d %B %Y", "%B %d, %Y", "%Y-%m-%d")
_MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
_DATE = re.compile(rf"(?:{_MONTHS}) \d{{1,2}}, \d{{4}}|\d{{4}}-\d{{2}}-\d{{2}}")


def day_of(text: str | None) -> dt.date | None:
    """A date as it is written in these files."""
    for form in _FORMS:
        try:
            return dt.datetime.strptime(text or "", form).replace(tzinfo=dt.UTC).date()
        except ValueError:
            continue
    return None


def read_lines(folder: Path, name: str) -> list[dict] | None:
    """The records of the file whose name is or ends with ``name``; None when there is none."""
    paths = sorted({*folder.glob(f"*_{name}.jsonl"), *folder.glob(f"{name}.jsonl")})
    return [json.loads(line) for line in paths[0].read_text("utf-8").splitlines() if line.strip()] if paths else None


class Task:
    """The claims, indexed, and the ways to rank them."""

    def __init__(self, claims: list[dict], embedder: E5Embedder) -> None:
        self.embedder = embedder
        self.ids = [claim["claim_id"] for claim in claims]
        self.texts = [". ".join(filter(None, (claim.get("title"), claim["claim"]))) for claim in claims]
        library = ClaimLibrary(
            tuple(Claim(c["claim_id"], "", "", "claim", "", None, day_of(c.get("date"))) for c in claims),
            tuple(Wording(i, i, "en", text, "data", True) for i, text in zip(self.ids, self.texts, strict=True)),
        )
        self.vectors = self._kept_vectors()
        self.library = library
        order = {claim_id: at for at, claim_id in enumerate(self.ids)}
        self.order = np.array([order[claim.id] for claim in library.claims])
        self.index = EvidenceIndex(library, _Known(embedder, dict(zip(self.texts, self.vectors, strict=True))))
        self.bm25 = bm25s.BM25()
        self.bm25.index(bm25s.tokenize(self.texts, stopwords="en", show_progress=False), show_progress=False)

    def _kept_vectors(self) -> np.ndarray:
        made_of = hashlib.sha256("\x1e".join([self.embedder.name, *self.texts]).encode()).hexdigest()[:24]
        path = CACHE / f"claims-{made_of}.npy"
        if not path.exists():
            vectors = self.embedder.embed(self.texts, "passage")
            CACHE.mkdir(parents=True, exist_ok=True)
            np.save(path, vectors)
        return np.load(path)

    def prepare(self, posts: list[dict]) -> Prepared:
        return Prepared(self, posts)


class _Known:
    """The embedder, with the claims' vectors already made."""

    def __init__(self, embedder: E5Embedder, known: dict[str, np.ndarray]) -> None:
        self.name, self._known = embedder.name, known

    def embed(self, texts, kind):
        return np.stack([self._known[text] for text in texts])


class Prepared:
    """Posts with the evidence for their candidates, the right claims, and the peers' scores of all claims."""

    def __init__(self, task: Task, posts: list[dict]) -> None:
        number = {claim_id: at for at, claim_id in enumerate(task.ids)}
        self.right = [{number[i] for i in post["claim_ids"] if i in number} for post in posts]
        texts = [normalise(post["text"]) for post in posts]
        self.vectors = task.embedder.embed([post["text"] for post in posts], "query")
        days = [day_of(post.get("date")) or day_of(_last_date(post["text"])) for post in posts]
        found = list(task.index.of(texts, list(self.vectors), days))
        self.candidates = np.stack([task.order[one.claims] for one in found])
        self.table = np.stack([one.table for one in found])
        pairs = zip(self.candidates, self.right, strict=True)
        self.truth = np.array([[claim in right for claim in row] for row, right in pairs])
        tokens = bm25s.tokenize([post["text"] for post in posts], stopwords="en", show_progress=False, return_ids=False)
        known = task.bm25.vocab_dict
        self.bm25 = np.stack([task.bm25.get_scores([t for t in row if t in known]) for row in tokens])
        self.cosine = self.vectors @ task.vectors.T

    def ranked(self, ranker: Ranker) -> np.ndarray:
        order = np.argsort(-ranker.logits(self.table), axis=1, kind="stable")
        return np.take_along_axis(self.candidates, order, axis=1)


def _last_date(text: str) -> str | None:
    found = _DATE.findall(text)
    return found[-1] if found else None


def sort(scores: np.ndarray) -> np.ndarray:
    return np.argsort(-scores, axis=1, kind="stable")[:, :100]


def standard(scores: np.ndarray) -> np.ndarray:
    return (scores - scores.mean(axis=1, keepdims=True)) / np.maximum(scores.std(axis=1, keepdims=True), 1e-9)


def measures(ranked: np.ndarray, right: list[set[int]]) -> dict[str, float]:
    """MAP@5, S@1, S@10 over the posts that have a right claim."""
    average, first, ten = [], [], []
    for row, truth in zip(ranked, right, strict=True):
        if not truth:
            continue
        hits, total = 0, 0.0
        for place, claim in enumerate(row[:5], 1):
            if claim in truth:
                hits += 1
                total += hits / place
        average.append(total / min(5, len(truth)))
        first.append(row[0] in truth)
        ten.append(bool(truth & set(row[:10].tolist())))
    return {"MAP@5": float(np.mean(average)), "S@1": float(np.mean(first)), "S@10": float(np.mean(ten))}


def learn(train: Prepared, dev: Prepared, timed: bool) -> tuple[Ranker, float]:
    """The re-ranker with the penalty that is best on dev."""
    active = np.ones(len(FEATURES))
    if not timed:
        active[TIMED:] = 0.0
    tried = []
    for penalty in PENALTIES:
        ranker = fit_lists(FEATURES, train.table * active, train.truth, penalty)
        ranker = Ranker(ranker.features, ranker.weights * active)
        tried.append((measures(dev.ranked(ranker), dev.right)["MAP@5"], penalty, ranker))
    best = max(tried, key=lambda one: (one[0], one[1]))
    return best[2], best[1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA, help="folder with claims and posts")
    parser.add_argument("--split", default="devtest", help="what to report on (devtest)")
    parser.add_argument("--quick", action="store_true", help="2,000 claims: the right ones and some others")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    args = parser.parse_args()
    claims, posts = read_lines(args.data, "claims"), read_lines(args.data, args.split)
    train, dev = (read_lines(args.data, name) or read_lines(DATA, name) for name in ("train", "dev"))
    if claims is None or posts is None or train is None or dev is None:
        sys.exit(f"{args.data}: needs *_claims.jsonl, *_{args.split}.jsonl, and train and dev here or in {DATA.name}")
    if args.data != DATA and read_lines(args.data, "train") is None:
        known = {claim["claim_id"] for claim in claims}
        claims = claims + [claim for claim in read_lines(DATA, "claims") or [] if claim["claim_id"] not in known]
    if args.quick:
        train = train[:250]
        wanted = {i for post in (*train, *dev, *posts) for i in post["claim_ids"]}
        rest = [claim for claim in claims if claim["claim_id"] not in wanted]
        claims = [claim for claim in claims if claim["claim_id"] in wanted] + rest[: max(0, 2000 - len(wanted))]
    start = time.perf_counter()
    task = Task(claims, E5Embedder(max_tokens=128, adapter=None))
    indexed = time.perf_counter() - start
    prepared = {"train": task.prepare(train), "dev": task.prepare(dev), args.split: task.prepare(posts)}
    models = {timed: learn(prepared["train"], prepared["dev"], timed) for timed in (False, True)}
    figures: dict[str, dict] = {}
    for name in dict.fromkeys(("dev", args.split)):
        one = prepared[name]
        ways = {
            "bm25s": sort(one.bm25),
            "plain e5": sort(one.cosine),
            "sum of both": sort(0.6 * standard(one.cosine) + 0.4 * standard(one.bm25)),
            "ours, text alone": one.ranked(models[False][0]),
            "ours": one.ranked(models[True][0]),
        }
        figures[name] = {way: measures(ranked, one.right) for way, ranked in ways.items()}
    print(f"{len(claims)} claims, {len(train)} posts to learn from, {len(dev)} to choose on, {len(posts)} reported")
    print(f"claims indexed in {indexed:.0f} s; penalty {models[False][1]} (text), {models[True][1]} (text and days)")
    if args.quick:
        print("--quick: fewer claims and training posts; the figures are not those of the task")
    for name, ways in figures.items():
        print(f"\n{name:18}{'MAP@5':>8}{'S@1':>8}{'S@10':>8}")
        for way, one in ways.items():
            print(f"{way:18}{one['MAP@5']:>8.4f}{one['S@1']:>8.4f}{one['S@10']:>8.4f}")
    if args.json:
        args.json.write_text(json.dumps(figures, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
