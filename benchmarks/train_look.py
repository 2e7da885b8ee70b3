"""Trains the skim and the second look behind the topical gate (src/motkraft/matching/skim.npz, second_look.npz) and
measures what passes the gate and each of them, per language and kind, as ``train_gate.py`` does for the gate alone.

Usage: python benchmarks/train_look.py [--parts PART ...] [--write] [--quick] [--thresholds] [--json FILE]

The posts are those of ``train_gate.py`` and the wordings of the seed library. Posts off the topic are seen as they are
and, drawn anew each epoch, joined to others of their language with words put in place of others and links, mentions and
hashtags behind; some on the topic are changed a little too, and a sixth of the tokens is hidden, so that no single
word decides. The vocabulary's vectors and the layers are frozen but for an adapter. The skim learns the labels. The
look learns what two teachers of four layers answer, which learned them: to these posts and to those of
benchmarks/field/further and benchmarks/gate/near, whose labels made it worse. The teachers themselves let a quarter
fewer posts pass at the same recall; looks of two layers, of a wider adapter or of wider pools no fewer than this one;
a skim that they taught did not help. Then the look does without half of its heads and neurons, those that matter least
to its answers, and learns six epochs more: as few posts pass, and it takes a third less time. The thresholds: of the
exams' posts on the topic every other one chooses them (``SHARES`` of these stay, those of the skim first), the rest
measures.

Training needs torch, which is no dependency of the project (``pip install torch``): on two cores half a minute for the
skim, a quarter of an hour for the teachers and longer for the look. ``--parts`` trains one of them, the other
stays; ``--thresholds`` keeps both and only chooses their thresholds anew, as after the gate was trained; ``--quick``
only measures what is packaged. Models: ``motkraft.matching.skim``, ``motkraft.matching.second_look``.
"""

from __future__ import annotations

import argparse
import json
import random
from pathlib import Path
from typing import get_args

import numpy as np
from labelled import EXAMS, FURTHER, HARD, TRAIN
from train_gate import OFF_TOPIC, ROOT, Post, read_posts, shares, show

from motkraft.matching import gate
from motkraft.matching.claims import ClaimLibrary
from motkraft.matching.gate import Width
from motkraft.matching.second_look import SecondLook
from motkraft.matching.skim import Skim
from motkraft.matching.students import Student

PARTS = {"skim": Skim, "second_look": SecondLook}
TARGETS = {name: ROOT / f"src/motkraft/matching/{name}.npz" for name in PARTS}
TEACHERS = (6, 7)  # their seeds
SHARES: dict[str, dict[Width, float]] = {
    "skim": {"narrow": 0.996, "wide": 0.999},
    "second_look": {"narrow": 0.991, "wide": 0.997},
}  # of the posts on the topic, how many still are behind a part
HEEDED = {"skim": (0.75,), "second_look": (1.0, 0.3)}  # how much the answers of the gate, and the skim, count beside a
# part's own, each in units of its spread


def posts_of_epoch(posts: list[Post], rng: random.Random) -> tuple[list[str], list[bool]]:
    """Texts and whether each is on the topic, as they are seen in one epoch."""
    off: dict[str, list[str]] = {}
    for post in posts:
        if post.kind in OFF_TOPIC:
            off.setdefault(post.language, []).append(post.text)
    words_of = {language: " ".join(texts).split() for language, texts in off.items()}

    def changed(text: str, language: str, times: int) -> str:
        words = text.split()
        for _ in range(times):
            words[rng.randrange(len(words))] = rng.choice(words_of[language])
        for share, extra in ((0.15, "https://example.com/"), (0.15, "@a"), (0.2, "#ord")):
            if rng.random() < share:
                words.append(f"{extra}{rng.randrange(10**5)}")
        return " ".join(words)

    texts, marks = [], []
    for post in posts:
        if post.kind not in OFF_TOPIC:
            times = rng.choice((0, 0, 0, 1, 1, 2)) if len(post.text.split()) > 6 else 0
            texts.append(changed(post.text, post.language, times) if rng.random() < 0.6 else post.text)
            marks.append(True)
            continue
        joined = " ".join([post.text, *rng.sample(off[post.language], rng.choice((0, 0, 1)))])
        texts += [post.text, changed(joined, post.language, rng.randrange(1, 5))]
        marks += [False, False]
    for wording in ClaimLibrary.seed().wordings:
        texts.append(wording.text)
        marks.append(True)
    return texts, marks


def train(part: str, data: list[Path]) -> dict[str, np.ndarray]:
    """The weights of a part, but for thresholds."""
    import students

    posts = read_posts(data, held=False)
    if part == "skim":
        return students.learn(students.Skim, 4, lambda rng: posts_of_epoch(posts, rng), seed=6).packed()
    taught = read_posts([*data, FURTHER], False, "near")
    teachers = [
        students.learn(students.teacher, 3, lambda rng: posts_of_epoch(posts, rng), seed=seed) for seed in TEACHERS
    ]
    wide = students.learn(students.Look, 6, lambda rng: posts_of_epoch(taught, rng), teachers, seed=8)
    texts, _ = posts_of_epoch(taught, random.Random(0))
    return students.learn(
        lambda: students.narrowed(wide, texts), 6, lambda rng: posts_of_epoch(taught, rng), teachers, seed=8
    ).packed()


def judge(part: str, weights: dict[str, np.ndarray]) -> Student:
    """A part with these weights, with or without thresholds."""
    zero = {"heeded": np.zeros(0), **{name: np.zeros(()) for name in get_args(Width)}}
    return PARTS[part](zero | weights)


class Cascade:
    """What the judges so far say of some posts, and which of them all have let through."""

    def __init__(self, posts: list[Post]) -> None:
        self.texts, self.on = [p.text for p in posts], np.array([p.kind not in OFF_TOPIC for p in posts])
        words = gate.packaged()
        self.judged = [words.score(self.texts)]
        self.passed = {width: words.passes(self.judged[0], width) for width in get_args(Width)}

    def choose(self, part: str, weights: dict[str, np.ndarray], rows: slice) -> dict[str, np.ndarray]:
        """The weights of earlier answers, and the sums from which a post goes on, from some posts on the topic."""
        on = np.zeros(len(self.on), bool)
        on[rows] = self.on[rows]
        read = judge(part, weights).read([text for text, chosen in zip(self.texts, on, strict=True) if chosen])
        earlier = [answers[on] for answers in self.judged]
        pairs = list(zip(HEEDED[part], earlier, strict=True))
        found = weights | {"heeded": np.array([share * read.std() / answers.std() for share, answers in pairs])}
        sums = judge(part, found).score(read, *earlier)
        for width, share in SHARES[part].items():
            kept = np.where(self.passed[width][on], sums, -np.inf)
            found[width] = np.asarray(np.quantile(kept, 1 - share, method="lower"))
        return found

    def go_through(self, part: str, weights: dict[str, np.ndarray]) -> None:
        """Leaves in ``passed`` only what this part lets through as well."""
        student = judge(part, weights)
        read = student.read(self.texts)
        sums = student.score(read, *self.judged)
        self.passed = {width: passed & student.passes(sums, width) for width, passed in self.passed.items()}
        self.judged.append(read)


def main() -> None:
    """Train, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--data", type=Path, nargs="+", default=[TRAIN, HARD])
    parser.add_argument("--exam", type=Path, nargs="+", default=EXAMS)
    parser.add_argument("--parts", nargs="+", choices=tuple(PARTS), default=tuple(PARTS), help="what to train")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--thresholds", action="store_true", help="only choose the thresholds anew")
    parser.add_argument("--quick", action="store_true", help="only measure what is packaged")
    parser.add_argument("--json", type=Path, default=None)
    options = parser.parse_args()

    exam = read_posts(options.exam, held=True)
    cascade, report = Cascade(exam), {}
    for part, target in TARGETS.items():
        keep = options.quick or options.thresholds or part not in options.parts
        weights = dict(np.load(target)) if keep else train(part, options.data)
        if not options.quick:
            weights = cascade.choose(part, weights, slice(0, None, 2))
            if options.write:
                np.savez_compressed(target, **weights)
        cascade.go_through(part, weights)
        for width, passed in cascade.passed.items():
            report[f"{part}, the half that chose no threshold, {width}"] = shares(exam[1::2], passed[1::2])
            report[f"{part}, the exams, all of them, {width}"] = shares(exam, passed)
    show(report)
    if options.json:
        options.json.write_text(json.dumps(report, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
