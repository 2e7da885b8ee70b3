"""Makes of the wide encoder (benchmarks/encoder, by ``tune_encoder.py``) what ships in src/motkraft/matching/trained:
the same layers with half of attention's heads and a good third of the neurons.

Usage: python benchmarks/narrow_encoder.py [--start FOLDER] [--out FOLDER] [--goes N ...] [--posts N]

It goes there in two goes (``GOES``), the second from what the first left: what a network can do without, it can do
without in parts. Each has three steps. *Choose*: the heads and neurons without which the sentence vector would move
most, towards random directions and those of the trained heads (``narrowing.py``). *Refit*: layer by layer, what
attention and the network add is regressed on what is left to say, so that the layer gives what it gave; the change is
held to ``REFIT`` ranks, the best in the sense of the regression (reduced-rank regression, Izenman 1975). *Learn*: the
adapter, the shifts and the heads learn the labels of all training posts (``labelled.LEARNED``, ``fit`` alone) as in
``tune_encoder.py``, and to keep to the states that the encoder before had behind the fourth, the eighth and the last
layer (distillation, Hinton et al. 2015, arXiv:1503.02531), of posts without a label too: threats, benchmarks/gate,
ordinary ones. The exams are never read.

How many: the heads of the last two layers matter most by far, eight of twelve before the ninth little; neurons are left
in multiples of 384, since so many numbers share a scale in int8 and fewer gain nothing. Needs torch (``pip install
torch``); the second go took 35 minutes on two cores. Afterwards: ``calibrate_matching.py
--sets heads --write``, ``train_threats.py --write``. ``--posts`` bounds how many posts each step reads, to try it out.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
import tune_encoder
from labelled import FURTHER, HARD, LEARNED, ROOT, TRAIN
from narrowing import LASTS, importance, most_important, narrowed
from torch import nn
from train_gate import read_posts
from train_look import posts_of_epoch
from tune_encoder import (
    LONGEST,
    SMOOTHED,
    SPREAD,
    TARGET,
    TEMPERATURE,
    WEIGHTS,
    Encoder,
    batches,
    embedded,
)

from motkraft.matching.claims import ClaimLibrary
from motkraft.matching.embedder import E5Embedder
from motkraft.matching.normalise import normalise
from motkraft.matching.stance import LABELS

SHIPS = ROOT / "src/motkraft/matching/trained"
READ, REFITTED, REFIT, RIDGE = 3000, 4000, 64, 1e-3  # posts that choose and that refit; ranks; of the mean variance
HEAD_RATE, WARM, KEPT = 1e-3, 40, 0.98  # of the heads; steps until it is full; of the running mean
KEEP, KEEP_STATES, KEEP_EARLIER = 5.0, 0.5, 0.2  # how much each distance from the encoder it started from counts
WATCHED = (3, 7)  # layers whose states are kept to, beside the last
FEWER = {"on": 1500, "off": 3500}  # unlabelled posts of benchmarks/gate that are learned from
APART_EVERY = 3  # steps: how often posts are told from other claims' wordings


class Go(NamedTuple):
    """How many heads and neurons it leaves of each layer; how many epochs it learns, and how fast the adapter does."""

    heads: list[int]
    neurons: list[int]
    epochs: int
    rate: float


GOES = [
    Go([12] * 12, [768] * 11 + [384], 2, 6e-4),
    Go([4] * 6 + [6] * 3 + [8] + [12] * 2, [768] * 3 + [384] * 6 + [768] * 2 + [384], 3, 4e-4),
]


class Text(NamedTuple):
    """Token numbers; what claims it is about and its stance where that is known."""

    tokens: list[int]
    about: list[float] | None = None
    stance: int | None = None


def texts(library: ClaimLibrary, rng: random.Random) -> tuple[list[Text], dict[str, list[list[int]]]]:
    """All that is read, in random order, and the wordings of each claim."""
    plain = E5Embedder(adapter=None)

    def tokens(text: str, kind: str) -> list[int]:
        return [*plain.tokens(text, kind)[:-1][: LONGEST - 1], WEIGHTS.eos]

    rows, wordings = tune_encoder.examples(library, tokens, LEARNED)
    found = [Text(*row) for row in rows] + [Text(row) for rows in wordings.values() for row in rows]
    none, unrelated = [0.0] * len(wordings), LABELS.index("unrelated")
    posts = read_posts([TRAIN, HARD, FURTHER], False, "near", "further")
    on = [post.text for post in posts if post.kind == "on"]
    off = [text for text, marked in zip(*posts_of_epoch(posts, rng), strict=True) if not marked]
    for path in sorted((ROOT / "benchmarks/threats").rglob("*.ndjson")):
        some = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        found += [Text(tokens(normalise(post["text"]).text, "query")) for post in some if post.get("split") != "held"]
    for text in rng.sample(on, FEWER["on"]):
        found.append(Text(tokens(normalise(text).text, "query")))
    for text in rng.sample(off, FEWER["off"]):
        found.append(Text(tokens(normalise(text).text, "query"), none, unrelated))
    rng.shuffle(found)
    return found, wordings


def narrow(start: Encoder, rows: list[list[int]], heads: torch.Tensor, go: Go) -> Encoder:
    """The encoder with what matters most of it. ``heads``: the directions that are read of a vector, shape (heads,
    HIDDEN); random ones are moved along too."""
    parts = batches(list(map(len, rows)))

    def answers() -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        for part in parts:
            states, mask = start.states([rows[at] for at in part])
            vectors = tune_encoder.unit(states[-1], mask)
            yield mask, (vectors * (torch.randn_like(vectors) + torch.randn(len(part), len(heads)) @ heads)).sum()

    squares, means = importance(start.layers, answers)
    found = Encoder()
    for number, layer in enumerate(start.layers):
        left = most_important(squares, number, go.heads[number], go.neurons[number])
        found.layers[number] = narrowed(layer, number, left, {last: means[last][number] for last in LASTS})
    return found


def refit(wide: Encoder, narrow: Encoder, rows: list[list[int]]) -> None:
    """Changes the last matrix of attention and of the feed-forward network of each layer so that the narrow layer,
    given what the narrow layers before it say, comes closest to what the wide one says."""
    held: list[Any] = []
    for part in batches(list(map(len, rows))):
        x, mask = embedded([rows[at] for at in part])
        held.append([x, x, mask.bool(), (1 - mask)[:, None, None, :] * -1e9])
    pairs = [(*layers, last) for layers in zip(wide.layers, narrow.layers, strict=True) for last in LASTS]
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        for whole, layer, name in pairs:
            last, gram, cross = layer.parts[name], 0.0, 0.0
            for states in held:
                wanted, own, seen, bias = states
                goal = whole.parts[name](whole.said(name, wanted, bias)).float() + wanted
                said = layer.said(name, own, bias).float()
                left = (goal - own - last(said).float())[seen]
                with torch.autocast("cpu", enabled=False):
                    scale = 1 / goal[seen].std(1, keepdim=True)
                    given = torch.cat([said[seen], torch.ones(len(left), 1)], 1) * scale
                    gram, cross = gram + (given.T @ given).double(), cross + (given.T @ (left * scale)).double()
                states[0] = whole.normal(name, goal).float()
            with torch.autocast("cpu", enabled=False):
                ridge = torch.full((len(gram),), float(gram.diagonal()[:-1].mean()) * RIDGE, dtype=torch.float64)
                ridge[-1] = 0
                change = torch.linalg.solve(gram + ridge.diag(), cross)
                values, vectors = torch.linalg.eigh(gram)
                root = (vectors * values.clamp(min=0).sqrt()) @ vectors.T
                into = torch.linalg.svd(root @ change, full_matrices=False)[2][:REFIT].T
                change = (change @ into).float()
                last.a = nn.Parameter(torch.cat([last.a, change[:-1].T]))
                last.b = nn.Parameter(torch.cat([last.b, into.float() / tune_encoder.SCALE], 1))
                last.shift += into.float() @ change[-1]
            for states in held:
                said = layer.said(name, states[1], states[3])
                states[1] = layer.normal(name, last(said).float() + states[1]).float()


class Narrow(nn.Module):
    """The encoder and its heads, as they learn together."""

    def __init__(self, encoder: Encoder, claims: nn.Linear, stances: nn.Linear) -> None:
        super().__init__()
        self.encoder, self.claims, self.stances = encoder, claims, stances


def learn(model: Narrow, wide: Encoder, some: list[Text], wordings: dict, go: Go, rng: random.Random) -> Narrow:
    """The running mean of what the model has learned."""
    body, heads = list(model.encoder.parameters()), [*model.claims.parameters(), *model.stances.parameters()]
    optimiser = torch.optim.AdamW([{"params": body}, {"params": heads}], weight_decay=0.0)
    averaged = torch.optim.swa_utils.AveragedModel(
        model, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(KEPT), use_buffers=False
    )
    step, total, start = 0, go.epochs * len(batches([len(text.tokens) for text in some])), time.time()
    for epoch in range(go.epochs):
        for part in batches([len(text.tokens) for text in some]):
            pace = min(1, (step + 1) / WARM) * (0.5 * (1 + math.cos(math.pi * min(1, step / total))) + 0.02)
            for group, rate in zip(optimiser.param_groups, (go.rate, HEAD_RATE), strict=True):
                group["lr"] = rate * pace
            now = [some[at] for at in part]
            loss = _loss(model, wide, now, wordings if step % APART_EVERY == 0 else {}, rng)
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(body, 1.0)
            optimiser.step()
            averaged.update_parameters(model)
            step += 1
            if step % 50 == 0:
                print(f"  step {step} of {total}, {time.time() - start:.0f} s, loss {loss.item():.3f}", flush=True)
        print(f"epoch {epoch + 1}, {time.time() - start:.0f} s", flush=True)
    found: Narrow = averaged.module
    return found


def _loss(model: Narrow, wide: Encoder, now: list[Text], wordings: dict, rng: random.Random) -> torch.Tensor:
    rows = [text.tokens for text in now]
    states, mask = model.encoder.states(rows)
    with torch.no_grad():
        goals, _ = wide.states(rows)
    there = mask[..., None]

    def apart(number: int) -> torch.Tensor:
        goal = goals[number].float() * there
        return ((states[number].float() * there - goal) ** 2).sum() / (goal**2).sum()

    vectors = tune_encoder.unit(states[-1], mask)
    loss = KEEP * (1 - (vectors * tune_encoder.unit(goals[-1], mask)).sum(1).mean())
    loss = loss + KEEP_STATES * apart(-1) + KEEP_EARLIER * sum(apart(number) for number in WATCHED)
    told = [at for at, text in enumerate(now) if text.about is not None]
    if not told:
        return loss
    seen = F.dropout(vectors[told] * SPREAD, 0.1)
    about, stance = torch.tensor([now[at].about for at in told]), torch.tensor([now[at].stance for at in told])
    on_claims = F.binary_cross_entropy_with_logits(model.claims(seen), about, reduction="none").sum(1).mean()
    on_stance = F.cross_entropy(model.stances(seen), stance, label_smoothing=SMOOTHED)
    taught, has = on_claims + on_stance, about.sum(1) > 0
    if wordings and has.any():
        against = model.encoder([rng.choice(each) for each in wordings.values()])
        likely = torch.log_softmax(vectors[told] @ against.T / TEMPERATURE, 1)
        taught = taught - 0.6 * ((likely * about).sum(1)[has] / about.sum(1)[has]).mean()
    return loss + taught * len(told) / len(now)


def main() -> None:
    """Choose, refit, learn, write, in each go; tell how close the vectors are behind each step."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--start", type=Path, default=TARGET, help="folder of the adapter and heads to begin with")
    parser.add_argument("--out", type=Path, default=SHIPS)
    parser.add_argument("--goes", type=int, nargs="+", default=[1, 2], help="which, in turn: 1, 2")
    parser.add_argument("--posts", type=int, default=None)
    options = parser.parse_args()
    torch.manual_seed(0)
    random.seed(0)
    rng, library = random.Random(0), ClaimLibrary.seed()
    some, wordings = texts(library, rng)
    held, some = [text.tokens for text in some[:400]], some[400:][: options.posts]
    rows = [text.tokens for text in some]
    print(f"{len(rows)} texts", flush=True)
    begin = options.start
    for number in options.goes:
        go = GOES[number - 1]
        start, claims, stances = tune_encoder.load(begin)
        start.requires_grad_(False)

        def tell(step: str, narrow: Encoder, start: Encoder = start) -> None:
            with torch.no_grad():
                parts = [held[at : at + 40] for at in range(0, len(held), 40)]
                near = torch.cat([(narrow(part) * start(part)).sum(1) for part in parts])
            print(f"{step}: cosine to the encoder before {near.mean():.4f}", flush=True)

        heads = torch.cat([claims.weight, stances.weight]).detach()
        found = narrow(start, rows[:READ], heads / heads.norm(dim=1).mean(), go)
        tell("chosen", found)
        refit(start, found, rows[:REFITTED])
        tell("refitted", found)
        learned = learn(Narrow(found, claims, stances), start, some, wordings, go, rng)
        tell("learned", learned.encoder)
        tune_encoder.save(options.out, learned.encoder, learned.claims, learned.stances, list(wordings))
        begin = options.out


if __name__ == "__main__":
    main()
