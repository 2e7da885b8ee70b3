"""Fits the weights of rating.toml: what a given name and a surname are worth by the way they are written.

The posts are those of benchmarks/exposures.py about the developing half of the names (the names that are reported on
are the other half), from several worlds that differ in register and posts. Every pair of words that the finder takes
for a name is a row; it is right if the post exposes that entry. A logistic regression with a small ridge, in which no
feature may speak the other way than it can in reason; then the constant is moved until a rating of .5 gives the false
alarms asked for; fewer than one in 10,000 posts, since what has a fixed rating (initials, names in one piece) gives
some too.

Usage: python benchmarks/names/train_rating.py [--worlds 6] [--alarms 0.7] [--write FILE]
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from scipy.optimize import minimize

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from exposures import Post, World

from motkraft.matching import ExposureFinder, normalise
from motkraft.matching.exposures.rating import FEATURES, Evidence

DEVELOP = 0
RIDGE = 0.02
FREE = ("names", "other_script", "arabic_letters")
FOR = ("nats", "nats_of_the_lesser", "context", "context_of_letters", "context_of_changed")
# Where the posts tell little: typists seldom miss the first letter, and a vowel less or more makes another name.
EXPECTED = {
    **{f"{which}_first_letter": -2.0 for which in ("given", "surname")},
    **{f"{which}_without_its_vowel": -1.0 for which in ("given", "surname")},
    **{f"{which}_another_name": -2.0 for which in ("given", "surname")},
    **{f"{which}_inflected_by_a_vowel": -1.0 for which in ("given", "surname")},
    **dict.fromkeys(("both_changed", "word_between", "half_of_the_given_name", "unlike_capitals"), -0.5),
}
# What the posts hardly hold: a row of names (Erik Svensson, Anna Berg) and Britt of Ing-Britt, told by a context only.
SET = {"in_a_row": -3.5, "part_of_a_longer_name": -3.5}
Row = tuple[Evidence, bool, int]  # evidence, right, number of the post


def rows(world: World, posts: Sequence[Post], first: int) -> list[Row]:
    """The evidence for everybody whom the finder takes to be named in the posts."""
    finder = ExposureFinder(world.register)
    found = []
    for number, post in enumerate(posts, first):
        seen = finder.seen(normalise(post.text))
        for named in finder.named(seen) if seen.places else ():
            if named.evidence:
                found.append((named.evidence, finder.entry_id(named.number) == post.entry, number))
    return found


def fit(data: Sequence[Row], names: Sequence[str], weigh: np.ndarray) -> np.ndarray:
    """The weights: logistic loss with a ridge, signs kept; every post of a kind counts alike."""
    x, y = matrix(data, names), np.array([right for _, right, _ in data], dtype=float)
    bounds = [
        (SET[n], SET[n]) if n in SET else (None, None) if n in FREE else (0.0, None) if n in FOR else (None, 0.0)
        for n in names
    ]
    ridge = np.array([0.0 if n in FREE else RIDGE for n in names]) * len(y) / 100

    expected = np.array([EXPECTED.get(name, 0.0) for name in names])

    def loss(w: np.ndarray) -> tuple[float, np.ndarray]:
        z = x @ w
        p = 1 / (1 + np.exp(-np.clip(z, -35, 35)))
        value = np.sum(weigh * (np.logaddexp(0, z) - y * z)) + 0.5 * np.sum(ridge * (w - expected) ** 2)
        return float(value), x.T @ (weigh * (p - y)) + ridge * (w - expected)

    result = minimize(loss, np.zeros(len(names)), jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 2000})
    return np.asarray(result.x)


def matrix(data: Sequence[Row], names: Sequence[str]) -> np.ndarray:
    place = {name: at for at, name in enumerate(names)}
    x = np.zeros((len(data), len(names)))
    for row, (evidence, _, _) in enumerate(data):
        for name, value in evidence.items():
            x[row, place[name]] = value
    return x


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--worlds", type=int, default=6)
    parser.add_argument("--clean", type=int, default=100_000, help="clean posts of each world")
    parser.add_argument("--alarms", type=float, default=0.7, help="false alarms asked for per 10,000 clean posts")
    parser.add_argument("--weight", type=float, default=5.0, help="of a name in a clean post")
    parser.add_argument("--write", type=Path, default=None, help="the file to write: rating.toml of the finder")
    options = parser.parse_args()
    exposing: list[Row] = []
    clean: list[Row] = []
    for seed in range(options.worlds):
        world = World(DEVELOP, 31 + seed, 360)
        exposing += rows(world, list(world.exposing(40)), 0)
        clean += rows(world, list(world.clean(options.clean)), seed * options.clean)
        print(f"world {seed + 1}: {len(exposing)} and {len(clean)} names in exposing and clean posts")
    data = [*exposing, *clean]
    names = FEATURES
    weigh = np.array([1.0] * len(exposing) + [options.weight] * len(clean))
    weights = fit(data, names, weigh)
    scores = matrix(clean, names) @ weights
    worst: dict[int, float] = {}
    for score, (_, _, post) in zip(scores, clean, strict=True):
        worst[post] = max(score, worst.get(post, -99.0))
    allowed = int(options.alarms * options.worlds * options.clean / 10_000)
    edge = sorted(worst.values(), reverse=True)[allowed]
    weights[names.index("names")] -= edge + 1e-3
    right = np.array([right for _, right, _ in exposing])
    stay = float(np.mean((matrix(exposing, names) @ weights)[right] >= 0))
    print(f"of the right names that are found at all {stay:.4f} rate .5 or more")
    lines = [
        "# What speaks for a person being named, as weights of a logistic function: benchmarks/names/train_rating.py.",
        "[person]",
    ]
    lines += [f"{name} = {weight:.3f}" for name, weight in zip(names, weights, strict=True)]
    print("\n".join(lines))
    if options.write:
        options.write.write_text("\n".join(lines) + "\n", "utf-8")


if __name__ == "__main__":
    main()
