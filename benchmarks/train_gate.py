"""Trains the topical gate (src/motkraft/matching/gate.npz) and measures what passes, per language and kind: posts that
spread a claim and all on the topic (recall), near misses and ordinary posts (to be few).

Usage: python benchmarks/train_gate.py [--data FOLDER ...] [--exam FOLDER ...] [--write] [--quick] [--json FILE]

``--data`` and ``--exam`` hold labelled posts (NDJSON with language, kind, stance, text); the exam is never trained
on. On topic is everything about social services and children in care: claims, criticism, own stories, questions,
news, debunks, incitement; other kidnappings, school food and ordinary posts (``offtopic.py``) are not. Hard to tell
and only trained on: benchmarks/gate/LANGUAGE.on.txt (on topic) and .off.txt, a post a line; many stand in several
languages, so none of them measures. Those in benchmarks/gate/further train the gate alone: indirect and wandering
posts, which made the second look worse, for one layer cannot tell them; those in benchmarks/gate/near, what is behind
it, in the words of a teacher. Background: words drawn by their frequency in
the encoder's vocabulary.

The thresholds are quantiles of answers of cross-validation to the posts of ``--data`` that are on the topic: how many
of them pass stands in ``SHARES``, chosen with the exam's recall in view, since models of half of the posts lose more
than the one of all. The figures are of posts that were not trained on. Model: ``motkraft.matching.gate``. The look
behind it: ``train_look.py``; at least its thresholds are to be chosen anew when this is trained.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple, get_args

import jax
import jax.numpy as jnp
import numpy as np
from labelled import EXAMS, HARD, TRAIN
from offtopic import ordinary_posts

from motkraft.matching import pieces
from motkraft.matching.claims import ClaimLibrary
from motkraft.matching.e5_weights import packaged_weights, read_weights
from motkraft.matching.gate import FULL, Gate, Width, grams_of, words_in

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "src/motkraft/matching/gate.npz"
OFF_TOPIC = ("other_kidnapping", "school_food", "offtopic", "ordinary", "hard", "off")
BUCKETS, DIMENSIONS, MEANINGS, HIDDEN = 1 << 15, 16, 32, 16
SHARES: dict[Width, float] = {"narrow": 0.975, "wide": 0.99}
LONGEST = 64  # words of a post that training looks at
SEED = 17


class Post(NamedTuple):
    """A labelled post; ordinary ones have no stance."""

    language: str
    kind: str
    spreads: bool
    text: str


def read_posts(folders: list[Path], held: bool, *further: str) -> list[Post]:
    """Every labelled post of some folders, and the ordinary ones that are held out or not; unless held, those of
    benchmarks/gate, with these folders in it."""
    paths = [path for folder in folders for path in sorted(folder.glob("*.ndjson"))]
    rows = [json.loads(line) for path in paths for line in path.open(encoding="utf-8")]
    found = [Post(row["language"], row["kind"], row["stance"] == "spreads", row["text"]) for row in rows]
    found += [Post(o.language, "hard" if o.hard else "ordinary", False, o.text) for o in ordinary_posts(held)]
    hard = ROOT / "benchmarks/gate"
    for path in [] if held else sorted(path for each in ("", *further) for path in hard.joinpath(each).glob("*.txt")):
        language, kind = path.stem.split(".")
        found += [Post(language, kind, False, line) for line in path.read_text("utf-8").splitlines()]
    return found


def background(count: int, rng: np.random.Generator) -> list[list[str]]:
    """Posts of words drawn by their frequency in the encoder's vocabulary of a hundred languages."""
    known = read_weights(packaged_weights())
    both = zip(known.pieces, known.scores, strict=True)
    pieces = [(piece[1:].lower(), score) for piece, score in both if piece[:1] == "▁" and piece[1:].isalpha()]
    weights = np.exp([score for _, score in pieces])
    weights /= weights.sum()
    sizes = rng.integers(4, 40, count)
    drawn = iter(rng.choice(len(pieces), sizes.sum(), p=weights))
    return [[pieces[next(drawn)][0] for _ in range(size)] for size in sizes]


def read_words(text: str) -> list[str]:
    """The words of a post as the gate sees them, token by token."""
    return [word for token in text.lower().split() for word in words_in(token)]


class Examples:
    """Posts as rows of word numbers, and each word's n-gram buckets."""

    def __init__(self, posts: list[list[str]]) -> None:
        numbers: dict[str, int] = {}
        self.rows = np.full((len(posts), LONGEST), -1)
        for row, words in enumerate(posts):
            kept = [numbers.setdefault(word, len(numbers)) for word in words[:LONGEST]]
            self.rows[row, : len(kept)] = kept
        grams = [grams_of(word, BUCKETS) for word in numbers]
        self.count = len(numbers)
        self.grams = np.concatenate(grams)
        self.words = np.repeat(np.arange(self.count), [len(each) for each in grams])
        self.root = np.sqrt([len(each) for each in grams])[:, None]
        self.meaning = pieces.packaged().meanings(list(numbers))


def answer(weights, examples: Examples, rows, keep):
    """The network in float32: the same as ``Gate.score`` but for rounding. Shape (posts,)."""
    total = jax.ops.segment_sum(weights["table"][examples.grams], examples.words, num_segments=examples.count)
    meant = jnp.tanh(examples.meaning @ weights["meaning"] + weights["meaning_bias"])
    vectors = jnp.concatenate([total / examples.root, meant], 1)[rows]
    held = ((rows >= 0) & keep)[..., None]
    largest = jnp.where(held, vectors, 0).max(1).clip(0)
    mean = jnp.where(held, vectors, 0).sum(1) / jnp.sqrt(held.sum(1) + 3.0)
    hidden = jax.nn.relu(jnp.concatenate([largest, mean], 1) @ weights["inner"] + weights["inner_bias"])
    return hidden @ weights["outer"] + weights["outer_bias"]


def train(posts: list[list[str]], labels: np.ndarray, importance: np.ndarray, steps: int, penalty: float, seed: int):
    """The weights, by Adam on the whole set, with a fifth of the words hidden in each step."""
    examples = Examples(posts)
    rng = np.random.default_rng(seed)
    weights = {
        "table": rng.normal(0, 0.05, (BUCKETS, DIMENSIONS)),
        "meaning": rng.normal(0, 0.3, (pieces.packaged().hidden, MEANINGS)),
        "meaning_bias": np.zeros(MEANINGS),
        "inner": rng.normal(0, 0.3, (2 * (DIMENSIONS + MEANINGS), HIDDEN)),
        "inner_bias": np.zeros(HIDDEN),
        "outer": rng.normal(0, 0.3, HIDDEN),
        "outer_bias": np.zeros(()),
    }
    weights = {name: jnp.asarray(value, jnp.float32) for name, value in weights.items()}
    sign = jnp.where(labels > 0, 1.0, -1.0)

    def loss(weights, key):
        keep = jax.random.uniform(key, examples.rows.shape) > 0.2
        margins = sign * answer(weights, examples, examples.rows, keep)
        fit = (importance * jnp.logaddexp(0, -margins)).sum() / importance.sum()
        small = (weights["inner"] ** 2).sum() + (weights["outer"] ** 2).sum()
        small += (weights["meaning"] ** 2).sum()
        return fit + penalty * (weights["table"] ** 2).sum() / 1000 + penalty * small / 100

    @jax.jit
    def step(weights, first, second, key, count):
        pace = 0.01 * (1 + jnp.cos(jnp.pi * count / (steps + 1))) / 2 + 1e-4
        value, slope = jax.value_and_grad(loss)(weights, key)
        first = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, first, slope)
        second = jax.tree.map(lambda v, g: 0.99 * v + 0.01 * g * g, second, slope)
        weights = jax.tree.map(
            lambda w, m, v: w - pace * (m / (1 - 0.9**count)) / (jnp.sqrt(v / (1 - 0.99**count)) + 1e-8),
            weights, first, second,
        )  # fmt: skip
        return weights, first, second, value

    first = jax.tree.map(jnp.zeros_like, weights)
    second = first
    key = jax.random.PRNGKey(seed)
    for count in range(1, steps + 1):
        key, part = jax.random.split(key)
        weights, first, second, value = step(weights, first, second, part, count)
    return {name: np.asarray(value, np.float64) for name, value in weights.items()}, float(value)


def whole(weights: dict[str, np.ndarray], least: dict[str, float]) -> dict[str, np.ndarray]:
    """The weights as whole numbers, and the answers (in floating point) from which a post passes."""
    scale = 127 / np.quantile(np.abs(weights["table"]), 0.9999)
    unit = 1024.0
    measure = np.tile(np.repeat([1.0, scale / FULL], [DIMENSIONS, MEANINGS]), 2)[:, None]
    return {
        "table": np.clip(np.rint(weights["table"] * scale), -127, 127).astype(np.int8),
        "meaning": weights["meaning"].astype(np.float32),
        "meaning_bias": weights["meaning_bias"].astype(np.float32),
        "inner": np.rint(weights["inner"] * measure * unit).astype(np.int32),
        "inner_bias": np.rint(weights["inner_bias"] * scale * unit).astype(np.int64),
        "outer": np.rint(weights["outer"] * unit).astype(np.int32),
        "outer_bias": np.rint(weights["outer_bias"] * scale * unit**2).astype(np.int64),
        **{width: np.rint(answer * scale * unit**2).astype(np.int64) for width, answer in least.items()},
    }


def shares(posts: list[Post], passed: np.ndarray) -> dict[str, dict[str, float]]:
    """Per language, per kind and in all: the share of posts that pass, of those that spread a claim, of all on topic,
    of the near misses, and of the ordinary ones, hard to tell or not."""
    found: dict[str, dict[str, list[bool]]] = defaultdict(lambda: defaultdict(list))
    for post, passes in zip(posts, passed, strict=True):
        off = {"ordinary": "ordinary", "offtopic": "ordinary", "hard": "hard"}.get(post.kind, "near")
        names = [off] if post.kind in OFF_TOPIC else ["recall"]
        for name in names + ["spreads"] * post.spreads:
            for key in (post.language, post.kind, "all"):
                found[key][name].append(bool(passes))
    order = sorted(found, key=lambda key: (key == "all", len(key) > 3, key))
    return {key: {name: round(float(np.mean(values)), 4) for name, values in found[key].items()} for key in order}


def show(report: dict[str, dict[str, dict[str, float]]]) -> None:
    """The shares, a table each."""
    for name, table in report.items():
        columns = ("spreads", "recall", "near", "hard", "ordinary")
        print(f"\n{name}\n{'':18}" + "".join(f"{column:>10}" for column in columns))
        for key, row in table.items():
            print(f"{key:18}" + "".join(f"{row[column]:10.3f}" if column in row else f"{'':10}" for column in columns))


def main() -> None:
    """Train, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--data", type=Path, nargs="+", default=[TRAIN, HARD])
    parser.add_argument("--exam", type=Path, nargs="+", default=EXAMS)
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--penalty", type=float, default=0.03)
    parser.add_argument("--folds", type=int, default=2)
    parser.add_argument("--background", type=int, default=3000)
    parser.add_argument("--joined", type=int, default=3000)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--quick", action="store_true", help="only measure the gate that is packaged")
    parser.add_argument("--json", type=Path, default=None)
    options = parser.parse_args()

    report: dict[str, dict[str, dict[str, float]]] = {}
    exam = read_posts(options.exam, held=True)
    if options.quick:
        gate = Gate(dict(np.load(TARGET)))
    else:
        posts = read_posts(options.data, False, "further")
        labels = np.array([post.kind not in OFF_TOPIC for post in posts], float)
        chosen_by = np.array([post.kind not in (*OFF_TOPIC, "on") for post in posts])
        words = [read_words(post.text) for post in posts]
        rng = np.random.default_rng(SEED)
        wordings = [read_words(wording.text) for wording in ClaimLibrary.seed().wordings]
        salad = background(options.background, rng)

        def joins(chosen: np.ndarray) -> list[np.ndarray]:
            """Rows of two or three posts of one language that are off the topic: a long post is not on it for that."""
            off = [row for row in chosen if not labels[row]]
            of_language: dict[str, list[int]] = defaultdict(list)
            for row in off:
                of_language[posts[row].language].append(row)
            languages = [posts[row].language for row in rng.choice(off, options.joined)]
            return [rng.choice(of_language[language], rng.integers(2, 4)) for language in languages]

        def fit(chosen: np.ndarray, seed: int):
            joined = [[word for row in rows for word in words[row]] for rows in joins(chosen)]
            given = [words[row] for row in chosen] + joined + wordings + salad
            marks = np.concatenate(
                [labels[chosen], np.zeros(len(joined)), np.ones(len(wordings)), np.zeros(len(salad))]
            )
            weight = np.where(marks > 0, 1.0, 0.5)
            weight[: len(chosen)] = np.where(labels[chosen] > 0, 1.0, 3.0)
            weight[len(chosen) : len(chosen) + len(joined)] = 1.5
            return train(given, marks, weight, options.steps, options.penalty, seed)

        held = np.zeros(len(posts))  # each post's answer, from a model that had not seen it
        order = rng.permutation(len(posts))
        for fold in range(options.folds):
            out = order[fold :: options.folds]
            started = time.perf_counter()
            weights, value = fit(np.setdiff1d(order, out), SEED + fold)
            final = whole(weights, {"unit": 1.0})
            tried = Gate(final | dict.fromkeys(get_args(Width), np.zeros(())))
            held[out] = tried.score([posts[row].text for row in out]) / final["unit"]
            print(f"fold {fold + 1}: loss {value:.4f}, {time.perf_counter() - started:.0f} s", flush=True)
        least = {width: float(np.quantile(held[chosen_by], 1 - share)) for width, share in SHARES.items()}
        for width, answer in least.items():
            report[f"cross-validation, {width}"] = shares(posts, held >= answer)
        final = whole(fit(np.arange(len(posts)), SEED)[0], least)
        gate = Gate(final)
        if options.write:
            np.savez_compressed(TARGET, **final)
    answers = gate.score([post.text for post in exam])
    for width in get_args(Width):
        report[f"exams, {width}"] = shares(exam, gate.passes(answers, width))
    show(report)
    if options.json:
        options.json.write_text(json.dumps(report, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
