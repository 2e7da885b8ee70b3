"""Trains the second look behind the topical gate (src/motkraft/matching/second_look.npz) and measures what passes both,
per language and kind, as ``train_gate.py`` does for the gate alone.

Usage: python benchmarks/train_look.py [--write] [--quick] [--thresholds] [--epochs N] [--json FILE]

The posts are those of ``train_gate.py`` and the wordings of the seed library. Posts off the topic are seen as they are
and, drawn anew each epoch, joined to others of their language with words put in place of others and links, mentions and
hashtags behind; some on the topic are changed a little too, and a sixth of the tokens is hidden, so that no single
word decides. Encoder layer: frozen but for its adapter. The thresholds: of the exam's posts on the topic every other
one chooses them (``SHARES`` of these stay), the rest of the exam measures.
Training needs torch, which is no dependency of the project (``pip install torch``), and about ten minutes on two
cores; ``--thresholds`` keeps the student that is packaged and only chooses its thresholds anew, as after the gate was
trained; ``--quick`` only measures what is packaged. Model: ``motkraft.matching.second_look``.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import time
from pathlib import Path
from typing import Any, get_args

import numpy as np
from train_gate import OFF_TOPIC, ROOT, Post, read_posts, shares, show

from motkraft.matching import gate
from motkraft.matching.claims import ClaimLibrary
from motkraft.matching.e5_weights import dequantise
from motkraft.matching.embedder import Batches
from motkraft.matching.gate import Width
from motkraft.matching.normalise import normalise
from motkraft.matching.second_look import MAX_TOKENS, QUERIES, WIDTH, SecondLook

TARGET = ROOT / "src/motkraft/matching/second_look.npz"
SHARES: dict[Width, float] = {"narrow": 0.9915, "wide": 0.997}
RANK, INNER = 16, 48
HIDDEN_TOKENS, HIDDEN_POOLED, SMOOTHED = 0.16, 0.15, (0.01, 0.98)
KEPT = 0.997  # of the running mean of the weights, which is what ships, at each step
RATES, DECAY, WARM = (1.5e-3, 2e-3), 0.02, 60  # of the adapter and the rest; steps until they are full
TOKENS, MOST = 3000, 64  # of a batch: tokens, texts
HEEDED = 0.75  # how much the gate's answer counts beside the student's, each in units of its spread
IMPORTANCE = 1.6  # of a post on the topic
SEED = 5


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


def train(posts: list[Post], epochs: int) -> dict[str, np.ndarray]:
    """The student's weights, as ``SecondLook`` takes them, but for thresholds."""
    import torch
    import torch.nn.functional as F
    import tune_encoder
    from torch import nn

    torch.manual_seed(SEED)
    tune_encoder.RANK = RANK
    encoder = tune_encoder.WEIGHTS
    batches = Batches(encoder, MAX_TOKENS, MOST)

    class Student(nn.Module):
        """Token rows in, one answer a text out: as in second_look.py, for training."""

        def __init__(self) -> None:
            super().__init__()
            self.layer = tune_encoder.Layer(0)
            self.read = nn.Linear(encoder.hidden, QUERIES + 2 * WIDTH)
            self.inner, self.outer = nn.Linear((QUERIES + 2) * WIDTH, INNER), nn.Linear(INNER, 1)
            self.words = encoder.blocks("emb.word", encoder.hidden)
            position = encoder.vector("emb.pos").reshape(-1, encoder.hidden)
            self.position = position + encoder.vector("emb.type").reshape(-1, encoder.hidden)[0]
            self.norm = (torch.tensor(encoder.vector("emb.ln.w")), torch.tensor(encoder.vector("emb.ln.b")))

        def forward(self, rows):
            width = max(map(len, rows))
            ids = np.full((len(rows), width), encoder.pad, np.int64)
            seen = torch.zeros(len(rows), width)
            for at, row in enumerate(rows):
                ids[at, : len(row)] = row
                seen[at, : len(row)] = 1
            x = torch.from_numpy(dequantise(self.words[ids]) + self.position[:width].astype(np.float32))
            x = F.layer_norm(x, (encoder.hidden,), *self.norm, encoder.epsilon)
            shown = (torch.rand(seen.shape) > HIDDEN_TOKENS).float()
            shown[:, 0] = 1
            seen = seen * shown
            x = self.layer(x, (1 - seen)[:, None, None, :] * -1e9)
            likeness, values, pools = self.read(x).split([QUERIES, WIDTH, WIDTH], 2)
            unseen = (seen[..., None] - 1) * 1e4
            asked = torch.einsum("blq,bld->bqd", torch.softmax(likeness + unseen, 1), values).flatten(1)
            mean = (pools * seen[..., None]).sum(1) / seen.sum(1, keepdim=True)
            pooled = torch.cat([asked, (pools + unseen).amax(1), mean], 1)
            inner = F.gelu(self.inner(F.dropout(pooled, HIDDEN_POOLED)), approximate="tanh")
            return self.outer(F.dropout(inner, HIDDEN_POOLED)).squeeze(1)

    def rows_of(texts: list[str]) -> list[list[int]]:
        return [batches.tokens(normalise(text).text, "query") for text in texts]

    def batched(rows: list[list[int]]) -> list[list[int]]:
        """Row numbers of texts of like length."""
        order = list(range(len(rows)))
        rng.shuffle(order)
        found: list[list[int]] = []
        for start in range(0, len(order), 2048):
            part = sorted(order[start : start + 2048], key=lambda at: len(rows[at]))
            while part:
                longest = len(rows[part[min(len(part), MOST) - 1]])
                count = max(8, min(MOST, TOKENS // longest))
                found.append(part[:count])
                part = part[count:]
        rng.shuffle(found)
        return found

    rng = random.Random(SEED)
    student = Student()
    adapter = list(student.layer.parameters())
    rest = [*student.read.parameters(), *student.inner.parameters(), *student.outer.parameters()]
    optimiser = torch.optim.AdamW([{"params": adapter}, {"params": rest}], weight_decay=DECAY)
    averaged = torch.optim.swa_utils.AveragedModel(
        student, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(KEPT), use_buffers=False
    )
    step, started, total = 0, time.perf_counter(), 0
    for epoch in range(epochs):
        texts, marks = posts_of_epoch(posts, rng)
        rows, loss_sum = rows_of(texts), 0.0
        batches_now = batched(rows)
        total = total or epochs * len(batches_now)
        for part in batches_now:
            pace = (0.5 * (1 + math.cos(math.pi * min(1, step / total))) + 0.02) * min(1, (step + 1) / WARM)
            for group, rate in zip(optimiser.param_groups, RATES, strict=True):
                group["lr"] = rate * pace
            truth = torch.tensor([SMOOTHED[marks[at]] for at in part])
            weight = torch.tensor([IMPORTANCE if marks[at] else 1.0 for at in part])
            answers = student([rows[at] for at in part])
            loss = (F.binary_cross_entropy_with_logits(answers, truth, reduction="none") * weight).mean()
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_([*adapter, *rest], 1.0)
            optimiser.step()
            averaged.update_parameters(student)
            loss_sum += loss.item()
            step += 1
        spent = time.perf_counter() - started
        print(f"epoch {epoch + 1}: loss {loss_sum / len(batches_now):.4f}, {spent:.0f} s", flush=True)

    def numbers(tensor, kind: Any = np.float32) -> np.ndarray:
        return tensor.detach().numpy().astype(kind)

    student = averaged.module
    found = {"scale": np.asarray(tune_encoder.SCALE, np.float32)}
    for name, part in student.layer.parts.items():
        found |= {f"l0.{name}.w.a": numbers(part.a, np.float16), f"l0.{name}.w.b": numbers(part.b, np.float16)}
    for name in ("read", "inner", "outer"):
        layer = getattr(student, name)
        found |= {name: numbers(layer.weight, np.float16), f"{name}_bias": numbers(layer.bias)}
    return found


def with_thresholds(weights: dict[str, np.ndarray], exam: list[Post]) -> dict[str, np.ndarray]:
    """The weight of the gate's answer, and the sums from which a post stays, from these posts
    on the topic."""
    texts = [post.text for post in exam if post.kind not in OFF_TOPIC]
    words = gate.packaged()
    zero = {name: np.zeros(()) for name in ("words", *get_args(Width))}
    read, answers = SecondLook(weights | zero).read(texts), words.score(texts)
    weight = HEEDED * read.std() / answers.std()
    found = weights | {"words": np.asarray(weight)}
    for width, share in SHARES.items():
        sums = np.where(words.passes(answers, width), read + weight * answers, -np.inf)
        found[width] = np.asarray(np.quantile(sums, 1 - share, method="lower"))
    return found


def main() -> None:
    """Train, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--data", type=Path, default=ROOT / "benchmarks/field/train")
    parser.add_argument("--exam", type=Path, default=ROOT / "benchmarks/field/exam")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--thresholds", action="store_true", help="only choose the thresholds anew")
    parser.add_argument("--quick", action="store_true", help="only measure the look that is packaged")
    parser.add_argument("--json", type=Path, default=None)
    options = parser.parse_args()

    exam = read_posts(options.exam, held=True)
    if options.quick:
        weights = dict(np.load(TARGET))
    else:
        kept = dict(np.load(TARGET)) if options.thresholds else None
        student = kept or train(read_posts(options.data, held=False), options.epochs)
        weights = with_thresholds(student, exam[::2])
        if options.write:
            np.savez_compressed(TARGET, **weights)
    look, words = SecondLook(weights), gate.packaged()
    texts = [post.text for post in exam]
    answers = words.score(texts)
    sums = look.score(look.read(texts), answers)
    report = {}
    for width in get_args(Width):
        passed = words.passes(answers, width) & look.passes(sums, width)
        report[f"exam, the half that chose no threshold, {width}"] = shares(exam[1::2], passed[1::2])
        report[f"exam, all of it, {width}"] = shares(exam, passed)
    show(report)
    if options.json:
        options.json.write_text(json.dumps(report, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
