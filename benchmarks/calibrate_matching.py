"""Computes the constants of src/motkraft/matching/calibration.toml from the labelled training posts.

Three sets: ``heads`` (the encoder and heads that ship; fitted on the split ``calibrate`` of the training posts and of
the further, the blunt and the voices, which they were not trained on), ``vectors`` (the plain encoder, for other
embedders and claims without a head) and ``words`` (no encoder); the last two learn from all training posts. Per set:
the re-ranker *about* (logistic, L2 penalty over standardised features), the regression of stance, and *spreading*.
Thresholds come from five-fold predictions: ``suggest`` is the one with the best F2 among those with precision .87
(without the heads: any) where no criticism and no own story (without the heads: one in fifty) would be proposed,
``confirm`` the lowest from there with precision .92, ``mention`` the best F1 on being about a claim. Nothing is
proposed of a post where criticism and own story together are as likely as ``model.APART``; .03 instead of .05 costs one
or two of a hundred found and leaves the one criticism of three exams alone that .05 proposes something of. That was
seen on the exams, which no number here is computed from; see field.py.
"""

from __future__ import annotations

import argparse
import tomllib

import numpy as np
from labelled import BLUNT, FURTHER, ROOT, TRAIN, VOICES, Labelled, read

from motkraft.matching import E5Embedder, normalise, stance
from motkraft.matching.claims import KEPT_APART, ClaimLibrary
from motkraft.matching.evidence import FEATURES, EvidenceIndex
from motkraft.matching.fitting import fit_classes, fit_pairs
from motkraft.matching.heads import packaged
from motkraft.matching.language import identify
from motkraft.matching.match import SPREADING, spreading_features
from motkraft.matching.model import APART
from motkraft.matching.ranking import probability

TARGET = ROOT / "src/motkraft/matching/calibration.toml"
FOLDS, PENALTY, STANCE_PENALTY = 5, 1.0, 1.0
PRECISION = 0.92  # of what a person is asked to confirm quickly
SUGGESTED = {"heads": 0.87, "vectors": 0.0, "words": 0.0}  # of what is suggested, at least
ALARMS = {"heads": 0.0, "vectors": 0.02, "words": 0.02}  # the share of criticism, and of own stories, proposed at most
KIND_OF = {"criticism": "criticism", "own_story": "own_story", "asks": "question"}


class Set:
    """Features and truth of the posts that one set of constants is fitted on."""

    def __init__(self, name: str, library: ClaimLibrary, posts: list[Labelled]) -> None:
        self.name, self.posts = name, posts
        heads = packaged() if name == "heads" else None
        embedder = {"heads": "packaged", "vectors": None}
        encoder = E5Embedder(adapter=embedder[name]) if name in embedder else None
        texts = [normalise(post.text) for post in posts]
        vectors = encoder.embed([text.text for text in texts], "query") if encoder else None
        found = list(EvidenceIndex(library, encoder, heads).of(texts, vectors))
        self.kept = np.array([library.claims[n].kept_apart for n in found[0].claims])
        names = [library.claims[n].id for n in found[0].claims]
        kinds = {claim.kind: claim.id for claim in library.claims if claim.kind in KEPT_APART}
        self.table = np.stack([one.table for one in found])
        apart = [{kinds[KIND_OF[post.stance]]} if post.stance in KIND_OF else set() for post in posts]
        about = [post.claims | one for post, one in zip(posts, apart, strict=True)]
        self.about = np.array([[name in one for name in names] for one in about])
        self.spread = np.array([[name in post.spread for name in names] for post in posts])
        self.labels = np.array([stance.LABELS.index(post.stance) for post in posts])
        signs = [stance.find_signs(text, identify(text)) for text in texts]
        logits = [heads.stance_logits(vector) for vector in vectors] if heads is not None else [None] * len(texts)
        self.signs = np.array([stance.features(*pair) for pair in zip(signs, logits, strict=True)])
        self.denied = np.array([bool(one["denies"]) for one in signs])

    def fit(self, rows: np.ndarray):
        """The three models from some of the posts."""
        flat = self.table[rows].reshape(-1, len(FEATURES))
        about = fit_pairs(FEATURES, flat, self.about[rows].ravel().astype(float), PENALTY)
        stances = fit_classes(self.signs[rows], self.labels[rows], len(stance.LABELS), STANCE_PENALTY)
        features = self.spreading_features(rows, about, stances)[:, ~self.kept].reshape(-1, len(SPREADING))
        truth = self.spread[rows][:, ~self.kept].ravel().astype(float)
        return about, stances, fit_pairs(SPREADING, features, truth, PENALTY)

    def spreading_features(self, rows, about, stances) -> np.ndarray:
        logits = about.logits(self.table[rows])
        return spreading_features(logits, self.chances(rows, stances)[:, :1])

    def chances(self, rows, stances) -> np.ndarray:
        scores = self.signs[rows] @ stances[:, :-1].T + stances[:, -1]
        scores = np.exp(scores - scores.max(axis=1, keepdims=True))
        scores[self.denied[rows], 0] = 0.0
        return scores / scores.sum(axis=1, keepdims=True)

    def crossed(self):
        """Five-fold predictions: about, spreading (posts, claims), stance (posts, labels)."""
        about, spread = np.zeros(self.about.shape), np.zeros(self.about.shape)
        chances = np.zeros((len(self.posts), len(stance.LABELS)))
        fold = np.arange(len(self.posts)) % FOLDS
        for number in range(FOLDS):
            inside, outside = np.flatnonzero(fold != number), np.flatnonzero(fold == number)
            models = self.fit(inside)
            about[outside] = probability(models[0].logits(self.table[outside]))
            chances[outside] = self.chances(outside, models[1])
            features = self.spreading_features(outside, models[0], models[1])
            spread[outside] = probability(models[2].logits(features))
        spread[:, self.kept] = 0
        return about, spread, chances


def precision_recall(p, truth, threshold):
    taken = p >= threshold
    hits = (taken & truth).sum()
    return hits / max(1, taken.sum()), hits / max(1, truth.sum())


def f(beta, precision, recall):
    return (1 + beta**2) * precision * recall / max(1e-9, beta**2 * precision + recall)


def thresholds(one: Set, about, spread, chances) -> dict[str, float]:
    grid = np.round(np.arange(0.05, 0.995, 0.005), 3)
    if one.name == "heads":
        label = chances.argmax(axis=1)
        open_to = (label == 0) | (chances.max(axis=1) < 0.5) | (label == len(stance.LABELS) - 1)
        open_to &= chances[:, [stance.LABELS.index(kind) for kind in ("criticism", "own_story")]].sum(axis=1) < APART
    else:  # the signs decide; the last feature is unsure
        label = one.signs.argmax(axis=1)
        open_to = (label == 0) | (label == len(stance.LABELS))
    proposed = np.where(open_to[:, None], spread, 0)

    def alarms(kind: str, limit: float) -> float:
        return float((proposed[one.labels == stance.LABELS.index(kind)].max(axis=1) >= limit).mean())

    calm = [
        t
        for t in grid
        if max(alarms("criticism", t), alarms("own_story", t)) <= ALARMS[one.name]
        and precision_recall(proposed, one.spread, t)[0] >= SUGGESTED[one.name]
    ]
    suggest = max(calm, key=lambda t: (f(2, *precision_recall(proposed, one.spread, t)), t))
    sure = [t for t in grid if t >= suggest and precision_recall(proposed, one.spread, t)[0] >= PRECISION]
    mention = max(grid, key=lambda t: (f(1, *precision_recall(about, one.about, t)), t))
    confirm = min(sure) if sure else 0.99
    print(f"{one.name}: {len(one.posts)} posts; stance right {(label == one.labels).mean():.3f}")
    for name, t in (("suggest", suggest), ("confirm", confirm)):
        p, r = precision_recall(proposed, one.spread, t)
        print(f"  {name} {t}: precision {p:.3f} recall {r:.3f}")
    return {"mention": float(mention), "suggest": float(suggest), "confirm": float(confirm)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="write calibration.toml")
    parser.add_argument("--sets", nargs="+", choices=tuple(ALARMS), default=tuple(ALARMS),
                        help="compute these anew; the others stay")  # fmt: skip
    args = parser.parse_args()
    library = ClaimLibrary.seed()
    sets = tomllib.loads(TARGET.read_text("utf-8"))
    for name in args.sets:
        if name == "heads":
            apart = [post for folder in (TRAIN, FURTHER, BLUNT, VOICES) for post in read(folder)]
            chosen = [post for post in apart if post.split == "calibrate"]
        else:
            chosen = read(TRAIN)
        one = Set(name, library, chosen)
        limits = thresholds(one, *one.crossed())
        about, stances, spreading = one.fit(np.arange(len(chosen)))
        sets[name] = {**limits, "about": about.named(), "spreading": spreading.named()}
        sets["stance"]["head" if name == "heads" else "signs"] = dict(zip(stance.LABELS, stances, strict=True))
    out = ["# Computed by benchmarks/calibrate_matching.py; do not edit by hand.", ""]
    for name in ALARMS:
        parts = {key: value for key, value in sets[name].items() if isinstance(value, dict)}
        out += [f"[{name}]", *(f"{key} = {value}" for key, value in sets[name].items() if key not in parts)]
        for part, values in parts.items():
            out += [f"[{name}.{part}]", *(f"{key} = {value:.6g}" for key, value in values.items())]
        out.append("")
    for name, table in sets["stance"].items():
        rows = (f"{label} = [{', '.join(f'{value:.5g}' for value in row)}]" for label, row in table.items())
        out += [f"[stance.{name}]", *rows, ""]
    text = "\n".join(out).rstrip() + "\n"
    tomllib.loads(text)
    if args.write:
        TARGET.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
