"""Computes the constants of motkraft.matching from labelled posts, writes calibration.toml and prints what
they give.

Usage: python benchmarks/calibrate_matching.py [--write]

Model: logistic regression with an L2 penalty over four features of each (post, claim) pair, fitted by
Newton's method; the nearest wording of a claim is chosen with the weights of the round before (five rounds).
Thresholds come from ten-fold predictions: ``suggest`` is the one with the best F2, ``confirm`` the lowest
with precision 0.95 or more. The figures on the held-out part are printed, never used. The posts are synthetic
and few: read the figures as usable or not, not to two digits.
"""

from __future__ import annotations

import argparse
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from motkraft.matching import match as engine
from motkraft.matching.claims import ClaimLibrary
from motkraft.matching.embedder import E5Embedder
from motkraft.matching.normalise import normalise

ROOT = Path(__file__).resolve().parent.parent
LABELLED = ROOT / "tests/matching/data/labelled.txt"
TARGET = ROOT / "src/motkraft/matching/calibration.toml"
PENALTY = 1.0
FOLDS = 10
PRECISION = 0.95


@dataclass(frozen=True)
class Labelled:
    split: str
    claims: frozenset[str]
    stance: str
    text: str


def read_labelled(path: Path = LABELLED) -> list[Labelled]:
    """The labelled posts."""
    posts = []
    for line in path.read_text("utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        split, claims, stance, text = line.split(" | ", 3)
        posts.append(Labelled(split, frozenset(claims.split(",")) - {"-"}, stance, text))
    return posts


def fit(features: np.ndarray, labels: np.ndarray, active: np.ndarray) -> np.ndarray:
    """Intercept and weights, shape (5,); features that are not active keep weight zero."""
    scale = np.where(
        features.std(axis=0) > 0, features.std(axis=0), 1.0
    )  # so that the penalty treats all alike
    x = np.column_stack([np.ones(len(features)), features / scale * active])
    weights = np.zeros(x.shape[1])
    penalty = np.diag([1e-9, *([PENALTY] * 4)])
    for _ in range(100):
        p = 1 / (1 + np.exp(-x @ weights))
        gradient = x.T @ (p - labels) + penalty @ weights
        hessian = (x * (p * (1 - p))[:, None]).T @ x + penalty
        step = np.linalg.solve(hessian, gradient)
        weights -= step
        if np.abs(step).max() < 1e-10:
            break
    return weights * np.array([1, *(active / scale)])


def pairs(tables, posts, rows, weights):
    """One feature row and label per (post, claim): the wording that the weights put first."""
    features, labels, owner = [], [], []
    for index, (table, post) in enumerate(zip(tables, posts, strict=True)):
        logit = table @ weights[1:]
        for claim, claim_rows in rows:
            features.append(table[claim_rows[np.argmax(logit[claim_rows])]])
            labels.append(float(claim in post.claims))
            owner.append(index)
    return np.array(features), np.array(labels), np.array(owner)


def train(tables, posts, rows, active):
    weights = np.array([0.0, 2.0, 2.0, 20.0, 20.0]) * np.array([1, *active])
    for _ in range(5):
        features, labels, _ = pairs(tables, posts, rows, weights)
        weights = fit(features, labels, active)
    return weights


def scores(tables, posts, rows, weights):
    features, labels, owner = pairs(tables, posts, rows, weights)
    return 1 / (1 + np.exp(-(features @ weights[1:] + weights[0]))), labels, owner


def precision_recall(p, labels, threshold):
    taken = p >= threshold
    hits = (taken & (labels > 0)).sum()
    return hits / max(1, taken.sum()), hits / max(1, labels.sum())


def f2(precision, recall):
    return 5 * precision * recall / max(1e-9, 4 * precision + recall)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="write calibration.toml")
    write = parser.parse_args().write
    library = ClaimLibrary.seed()
    labelled = read_labelled()
    fitting = [post for post in labelled if post.split == "fit"]
    held = [post for post in labelled if post.split == "held"]
    rows_by: dict[str, list[int]] = {}
    for row, wording in enumerate(library.wordings):
        rows_by.setdefault(wording.claim_id, []).append(row)
    rows = [(claim, np.array(found)) for claim, found in sorted(rows_by.items())]
    embedder = E5Embedder(Path(tempfile.gettempdir()) / "motkraft-e5")
    out = [
        "# Computed by benchmarks/calibrate_matching.py; do not edit by hand.",
        f"# {len(fitting)} labelled posts (synthetic), {len(library.wordings)} wordings, penalty {PENALTY}.",
        f'embedder = "{embedder.name}"',
    ]
    for name, active in (("with_embedder", np.ones(4)), ("lexical_only", np.array([1.0, 1.0, 0.0, 0.0]))):
        matcher = engine.Matcher(library, embedder, engine.MatchSettings(suggest=0.5, confirm=0.9))
        tables = matcher.features([normalise(post.text) for post in fitting])
        crossed, truth = [], []
        for fold in range(FOLDS):
            inside = [i for i in range(len(fitting)) if i % FOLDS != fold]
            outside = [i for i in range(len(fitting)) if i % FOLDS == fold]
            weights = train([tables[i] for i in inside], [fitting[i] for i in inside], rows, active)
            p, y, _ = scores([tables[i] for i in outside], [fitting[i] for i in outside], rows, weights)
            crossed.append(p)
            truth.append(y)
        p, y = np.concatenate(crossed), np.concatenate(truth)
        grid = np.round(np.arange(0.02, 0.99, 0.01), 2)
        suggest = max(grid, key=lambda t: (f2(*precision_recall(p, y, t)), t))
        sure = [t for t in grid if t >= suggest and precision_recall(p, y, t)[0] >= PRECISION]
        confirm = min(sure) if sure else 0.99
        weights = train(tables, fitting, rows, active)
        held_tables = matcher.features([normalise(post.text) for post in held])
        q, z, owner = scores(held_tables, held, rows, weights)
        top = sum(
            z[owner == i][np.argmax(q[owner == i])] for i, post in enumerate(held) if post.claims
        ) / sum(1 for post in held if post.claims)
        print(f"{name}: weights {np.round(weights, 3)} suggest {suggest} confirm {confirm}")
        for label, (pp, yy) in (("ten-fold", (p, y)), ("held out", (q, z))):
            for mark, threshold in (("suggest", suggest), ("confirm", confirm)):
                precision, recall = precision_recall(pp, yy, threshold)
                print(f"  {label} at {mark} {threshold}: precision {precision:.2f} recall {recall:.2f}")
        print(f"  held out, right class first: {top:.2f}")
        neutral = [i for i, post in enumerate(held) if not post.claims]
        alarms = sum(bool((q[owner == i] >= suggest).any()) for i in neutral)
        print(f"  held out, neutral posts with a suggestion: {alarms} of {len(neutral)}")
        out += [
            "",
            f"[{name}]",
            f"intercept = {weights[0]:.6f}",
            f"suggest = {suggest}",
            f"confirm = {confirm}",
        ]
        out.append(f"[{name}.weights]")
        out += [
            f"{feature} = {weight:.6f}" for feature, weight in zip(engine.FEATURES, weights[1:], strict=True)
        ]
    text = "\n".join(out) + "\n"
    tomllib.loads(text)
    if write:
        TARGET.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
