"""Makes of the wide encoder (benchmarks/encoder, by ``tune_encoder.py``) what ships in src/motkraft/matching/trained:
the same layers with half of the neurons of their feed-forward networks, a third faster.

Usage: python benchmarks/narrow_encoder.py [--start FOLDER] [--out FOLDER] [--epochs N] [--posts N]

Three steps. *Choose*: a neuron's importance is how much the sentence vector would move without it, to first order,
towards random directions and those of the heads, squared and summed over posts (Molchanov et al. 2019,
arXiv:1906.10771); ``NEURONS`` of each layer are left. *Refit*: layer by layer, what the network adds is regressed on
the neurons that are left, so that the layer gives what the wide one does; the change is held to ``REFIT`` ranks, the
best in the sense of the regression (reduced-rank regression, Izenman 1975). Behind this the cosine to the wide
encoder's vectors is .95, of posts not seen too. *Learn*: the adapter, the shifts and the heads learn the labels of all
training posts (benchmarks/field: train, hard, further, blunt; ``fit`` alone) as in ``tune_encoder.py``, and to keep to
the wide encoder's states behind the fourth, the eighth and the last layer (distillation, Hinton et al. 2015,
arXiv:1503.02531), of posts without a label too: threats, benchmarks/gate, ordinary ones. The exams are never read.

How many neurons: with 768 a layer, 384 in the last, the encoder takes .71 of the time, with 1,152 .84 (fewer than a
multiple of 384 gains nothing: so many numbers share a scale in int8). With 1,152, refitted but not learned further, it
found less on the exams than the wide one (second exam: .59 instead of .63 put up for confirmation): what makes up for
the neurons is the learning. Needs torch (``pip install torch``); on two cores some 25 minutes. Afterwards:
``calibrate_matching.py --sets heads --write``, ``train_threats.py --write``. ``--posts`` bounds how many posts each
step reads, to try it out.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import time
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
import tune_encoder
from labelled import BLUNT, FURTHER, HARD, ROOT, TRAIN
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
from motkraft.matching.e5_weights import Adapter
from motkraft.matching.embedder import E5Embedder
from motkraft.matching.normalise import normalise
from motkraft.matching.stance import LABELS

SHIPS = ROOT / "src/motkraft/matching/trained"
NEURONS = [768] * 11 + [384]
READ, REFITTED, REFIT, RIDGE = 3000, 4000, 64, 1e-3  # posts that choose and that refit; ranks; of the mean variance
RATE, HEAD_RATE, WARM, KEPT = 6e-4, 1e-3, 40, 0.98  # of adapter and heads; steps until full; of the running mean
KEEP, KEEP_STATES, KEEP_EARLIER = 5.0, 0.5, 0.2  # how much each distance from the wide encoder counts
WATCHED = (3, 7)  # layers whose states are kept to, beside the last
FEWER = {"on": 1500, "off": 3500}  # unlabelled posts of benchmarks/gate that are learned from
APART_EVERY = 3  # steps: how often posts are told from other claims' wordings


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

    rows, wordings = tune_encoder.examples(library, tokens, (TRAIN, HARD, FURTHER, BLUNT))
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


class Heed(nn.Module):
    """In a feed-forward network: keeps what its neurons say, and how the answer moves by it."""

    def forward(self, x):
        self.said = x.float().requires_grad_()
        self.said.retain_grad()
        return self.said


def importance(encoder: Encoder, rows: list[list[int]], heads: torch.Tensor) -> list[np.ndarray]:
    """Of each neuron of each layer. ``heads``: the directions that are read of a vector, shape (heads, HIDDEN)."""
    parts = batches(list(map(len, rows)))
    for layer in encoder.layers:
        layer.heed = Heed()
    sums, squares, seen = [0.0] * len(encoder.layers), [0.0] * len(encoder.layers), 0.0
    for moved in (False, True):
        for part in parts:
            some = [rows[at] for at in part]
            states, mask = encoder.states(some)
            if moved:
                vectors = tune_encoder.unit(states[-1], mask)
                towards = torch.randn_like(vectors) + torch.randn(len(some), len(heads)) @ heads
                (vectors * towards).sum().backward()
            else:
                seen += float(mask.sum())
            for number, layer in enumerate(encoder.layers):
                said = layer.heed.said.detach()
                if moved:
                    change = layer.heed.said.grad * (said - sums[number] / seen) * mask[..., None]
                    squares[number] += (change.sum(1) ** 2).sum(0)
                else:
                    sums[number] += (said * mask[..., None]).sum((0, 1))
    for layer in encoder.layers:
        layer.heed = nn.Identity()
    return [tune_encoder.numbers(each) for each in squares]


def without(wide: Encoder, kept: list[np.ndarray]) -> Encoder:
    """The encoder with only these neurons."""
    parts, shifts = {}, {}
    for number, layer in enumerate(wide.layers):
        for name, part in layer.parts.items():
            a, b, shift = map(tune_encoder.numbers, (part.a, part.b, part.shift))
            if name == "fi":
                b, shift = b[kept[number]], shift[kept[number]]
            if name == "fo":
                a = a[:, kept[number]]
            parts[f"l{number}.{name}.w"], shifts[f"l{number}.{name}.b"] = (a, b), shift
    return Encoder(Adapter("", tune_encoder.SCALE, parts, shifts, dict(enumerate(kept))))


def refit(wide: Encoder, narrow: Encoder, rows: list[list[int]]) -> None:
    """Changes the last matrix of each feed-forward network so that the narrow layer, given what the narrow layers
    before it say, comes closest to what the wide one says."""
    held: list[Any] = []
    for part in batches(list(map(len, rows))):
        x, mask = embedded([rows[at] for at in part])
        held.append([x, x, mask.bool(), (1 - mask)[:, None, None, :] * -1e9])
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        for whole, layer in zip(wide.layers, narrow.layers, strict=True):
            last, gram, cross = layer.parts["fo"], 0.0, 0.0
            for states in held:
                wanted, own, seen, bias = states
                wanted, own = whole.attended(wanted, bias).float(), layer.attended(own, bias).float()
                goal = whole.parts["fo"](whole.neurons(wanted)).float() + wanted
                said = layer.neurons(own).float()
                left = (goal - own - last(said).float())[seen]
                with torch.autocast("cpu", enabled=False):
                    scale = 1 / goal[seen].std(1, keepdim=True)
                    given = torch.cat([said[seen], torch.ones(len(left), 1)], 1) * scale
                    gram, cross = gram + (given.T @ given).double(), cross + (given.T @ (left * scale)).double()
                states[:2] = whole.normal(goal).float(), own
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
                states[1] = layer.normal(last(layer.neurons(states[1])).float() + states[1]).float()


class Narrow(nn.Module):
    """The encoder and its heads, as they learn together."""

    def __init__(self, encoder: Encoder, claims: nn.Linear, stances: nn.Linear) -> None:
        super().__init__()
        self.encoder, self.claims, self.stances = encoder, claims, stances


def learn(model: Narrow, wide: Encoder, some: list[Text], wordings: dict, epochs: int, rng: random.Random) -> Narrow:
    """The running mean of what the model has learned."""
    body, heads = list(model.encoder.parameters()), [*model.claims.parameters(), *model.stances.parameters()]
    optimiser = torch.optim.AdamW([{"params": body}, {"params": heads}], weight_decay=0.0)
    averaged = torch.optim.swa_utils.AveragedModel(
        model, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(KEPT), use_buffers=False
    )
    step, total, start = 0, epochs * len(batches([len(text.tokens) for text in some])), time.time()
    for epoch in range(epochs):
        for part in batches([len(text.tokens) for text in some]):
            pace = min(1, (step + 1) / WARM) * (0.5 * (1 + math.cos(math.pi * min(1, step / total))) + 0.02)
            for group, rate in zip(optimiser.param_groups, (RATE, HEAD_RATE), strict=True):
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
    """Choose, refit, learn, write; tell how close the vectors are behind each step."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--start", type=Path, default=TARGET, help="folder of the wide encoder's adapter and heads")
    parser.add_argument("--out", type=Path, default=SHIPS)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--posts", type=int, default=None)
    options = parser.parse_args()
    torch.manual_seed(0)
    random.seed(0)
    rng, library = random.Random(0), ClaimLibrary.seed()
    wide, claims, stances = tune_encoder.load(options.start)
    wide.requires_grad_(False)
    some, wordings = texts(library, rng)
    held, some = [text.tokens for text in some[:400]], some[400:][: options.posts]
    rows = [text.tokens for text in some]
    print(f"{len(rows)} texts", flush=True)

    def tell(step: str, narrow: Encoder) -> None:
        with torch.no_grad():
            parts = [held[at : at + 40] for at in range(0, len(held), 40)]
            near = torch.cat([(narrow(part) * wide(part)).sum(1) for part in parts])
        print(f"{step}: cosine to the wide encoder {near.mean():.4f}", flush=True)

    heads = torch.cat([claims.weight, stances.weight]).detach()
    order = [np.argsort(-each) for each in importance(wide, rows[:READ], heads / heads.norm(dim=1).mean())]
    narrow = without(wide, [np.sort(each[:count]) for each, count in zip(order, NEURONS, strict=True)])
    tell("chosen", narrow)
    refit(wide, narrow, rows[:REFITTED])
    tell("refitted", narrow)
    learned = learn(Narrow(narrow, claims, stances), wide, some, wordings, options.epochs, rng)
    tell("learned", learned.encoder)
    tune_encoder.save(options.out, learned.encoder, learned.claims, learned.stances, list(wordings))


if __name__ == "__main__":
    main()
