"""Trains the wide sentence encoder, benchmarks/encoder: a low-rank adapter of multilingual-e5-small, and its heads.
What ships is made of it: see ``narrow_encoder.py``.

Reads the training posts (benchmarks/field/train, split ``fit``) and the library's wordings, never the exam. Three
losses: which claims a post is about (one logistic head for each claim and kept-apart class), its stance (softmax),
and that a post comes closer to the wordings of its own claim than to others (contrastive, temperature .05). The
base weights stay as they are; the adapter is merged into them when the encoder starts. What ships was trained in three
goes: six epochs on parts a and b of the posts; two from there (``--start``, ``--rate 8e-4``) with part c and the
plain denials and questions of field/templates.toml; three from there, at the same rate, with part d and the ordinary
posts. ``--heads`` trains the heads alone: thirty epochs of that on all posts read plain claims as news. Needs torch,
which is no dependency of the project (``pip install torch``), and about half an hour on two cores for each go;
``--out`` writes the two files. The text is normalised as in the engine; tokens are dropped at random so that no single
word decides. The layers are multiplied in bfloat16, those of what ships were in float32. It has not learned from the
posts of benchmarks/field/hard, further, blunt and voices: what is made of it has.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import random
import time
import tomllib
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from offtopic import ordinary_posts
from torch import nn

from motkraft.matching.claims import ClaimLibrary
from motkraft.matching.e5_weights import (
    WEIGHTS_SHA256,
    Adapter,
    E5Weights,
    dequantise,
    packaged_weights,
    read_weights,
)
from motkraft.matching.embedder import E5Embedder
from motkraft.matching.normalise import normalise
from motkraft.matching.stance import LABELS

ROOT = Path(__file__).resolve().parent.parent
TRAIN = ROOT / "benchmarks/field/train"
TARGET = ROOT / "benchmarks/encoder"
RANK, SCALE, SPREAD = 8, 2.0, 12.0  # of the adapter; its factor; the factor that heads see unit vectors with
TEMPERATURE, DROPPED, SMOOTHED = 0.05, 0.08, 0.03
TOKENS = 1600  # in one batch
LONGEST = 128
APART = {"criticism": "criticism", "own_story": "own_story", "question": "asks"}  # kind of claim: stance
WEIGHTS = read_weights(packaged_weights())
HIDDEN, HEAD = WEIGHTS.hidden, WEIGHTS.hidden // WEIGHTS.heads


class Linear(nn.Module):
    """A frozen linear layer with a trained low-rank addition and a trained shift."""

    def __init__(self, weights: E5Weights, name: str, width: int) -> None:
        super().__init__()
        weight = torch.tensor(weights.matrix(f"{name}.w", width))
        self.register_buffer("weight", weight)
        self.register_buffer("bias", torch.tensor(weights.vector(f"{name}.b")))
        self.a = nn.Parameter(torch.randn(RANK, weight.shape[1]) / math.sqrt(weight.shape[1]))
        self.b = nn.Parameter(torch.zeros(weight.shape[0], RANK))
        self.shift = nn.Parameter(torch.zeros(weight.shape[0]))

    def forward(self, x):
        return F.linear(x, self.weight, self.bias + self.shift) + F.linear(F.linear(x, self.a), self.b) * SCALE


class Layer(nn.Module):
    """One layer; ``kept``: as that of ``Adapter``; ``heeds``: what is put before the last matrix of attention and of
    the feed-forward network, by name of that matrix, to look at what heads and neurons say."""

    def __init__(self, number: int, kept: dict[str, np.ndarray] | None = None) -> None:
        super().__init__()
        self.kept = {name: left for name, left in (kept or {}).items() if name.startswith(f"l{number}.")}
        weights = replace(WEIGHTS, adapter=Adapter("", SCALE, {}, {}, self.kept))
        self.heeds = nn.ModuleDict({"ao": nn.Identity(), "fo": nn.Identity()})
        self.parts = nn.ModuleDict({n: Linear(weights, f"l{number}.{n}", HIDDEN) for n in ("q", "k", "v", "ao", "fi")})
        self.parts["fo"] = Linear(weights, f"l{number}.fo", WEIGHTS.feed_forward)
        for name in ("aln.w", "aln.b", "oln.w", "oln.b"):
            self.register_buffer(name.replace(".", "_"), torch.tensor(WEIGHTS.vector(f"l{number}.{name}")))

    def forward(self, x, bias):
        for last in ("ao", "fo"):
            x = self.normal(last, self.parts[last](self.said(last, x, bias)) + x)
        return x

    def said(self, last, x, bias):
        """What the heads, or the neurons, say to the last matrix of attention, or of the feed-forward network."""
        if last == "fo":
            return self.heeds[last](F.gelu(self.parts["fi"](x)))
        batch, length, _ = x.shape
        heads = [self.parts[n](x).view(batch, length, -1, HEAD).transpose(1, 2) for n in ("q", "k", "v")]
        context = F.scaled_dot_product_attention(*heads, attn_mask=bias)
        return self.heeds[last](context.transpose(1, 2).reshape(batch, length, -1))

    def normal(self, last, x):
        """What leaves attention, or the feed-forward network."""
        name = {"ao": "aln", "fo": "oln"}[last]
        return F.layer_norm(x, (HIDDEN,), getattr(self, f"{name}_w"), getattr(self, f"{name}_b"), WEIGHTS.epsilon)


def packed(number: int, layer: Layer) -> dict[str, np.ndarray]:
    """What is trained of a layer and what is left of it, as ``Adapter.of`` takes it."""
    found = {name: left.astype(np.uint16) for name, left in layer.kept.items()}
    for name, part in layer.parts.items():
        found |= {f"l{number}.{name}.w.{each}": numbers(getattr(part, each), np.float16) for each in "ab"}
        found[f"l{number}.{name}.b"] = numbers(part.shift)
    return found


def numbers(tensor: torch.Tensor, kind: type = np.float32) -> np.ndarray:
    """A tensor as an array."""
    return tensor.detach().numpy().astype(kind)


@cache
def tables() -> tuple[np.ndarray, np.ndarray, tuple[torch.Tensor, torch.Tensor]]:
    """Vectors of pieces, of places, and the scale and shift of their norm."""
    position = WEIGHTS.vector("emb.pos").reshape(-1, HIDDEN)
    place = position + WEIGHTS.vector("emb.type").reshape(-1, HIDDEN)[0]
    norm = (torch.tensor(WEIGHTS.vector("emb.ln.w")), torch.tensor(WEIGHTS.vector("emb.ln.b")))
    return WEIGHTS.blocks("emb.word", HIDDEN), place, norm


def embedded(rows, places=True):
    """What the first layer takes in for token rows, shape (rows, longest, HIDDEN), or what it would without places;
    and 1 where a row has a token."""
    words, place, norm = tables()
    width = max(map(len, rows))
    ids = np.full((len(rows), width), WEIGHTS.pad, np.int64)
    mask = torch.zeros(len(rows), width)
    for at, row in enumerate(rows):
        ids[at, : len(row)] = row
        mask[at, : len(row)] = 1
    x = torch.from_numpy(dequantise(words[ids]) + (place[:width].astype(np.float32) if places else 0))
    return F.layer_norm(x, (HIDDEN,), *norm, WEIGHTS.epsilon), mask


class Encoder(nn.Module):
    """multilingual-e5-small as in embedder.py, for training, as an adapter of any rank changes it. Token rows in, unit
    vectors out."""

    def __init__(self, adapter: Adapter | None = None) -> None:
        super().__init__()
        kept = adapter.kept if adapter else None
        self.layers = nn.ModuleList(Layer(number, kept) for number in range(WEIGHTS.layers))
        for number, layer in enumerate(self.layers) if adapter else ():
            for name, part in layer.parts.items():
                a, b = adapter.parts[f"l{number}.{name}.w"]
                part.a, part.b = nn.Parameter(torch.tensor(a)), nn.Parameter(torch.tensor(b))
                if (shift := adapter.shifts.get(f"l{number}.{name}.b")) is not None:
                    part.shift = nn.Parameter(torch.tensor(shift))

    def forward(self, rows):
        states, mask = self.states(rows)
        return unit(states[-1], mask)

    def states(self, rows):
        """What each layer makes of the tokens, shape (rows, longest, HIDDEN) each, and 1 where a row has a token."""
        x, mask = embedded(rows)
        bias, found = (1 - mask)[:, None, None, :] * -1e9, []
        with torch.autocast("cpu", torch.bfloat16):
            for layer in self.layers:
                x = layer(x, bias)
                found.append(x)
        return found, mask


def unit(x, mask):
    """The sentence vectors of hidden states."""
    return F.normalize((x.float() * mask[..., None]).sum(1) / mask.sum(1, keepdim=True), dim=1)


def examples(library: ClaimLibrary, tokens, folders=(TRAIN,)) -> tuple[list, dict[str, list]]:
    """Posts as (tokens, claims 0/1, stance number), wordings and ordinary posts among them; and the wordings of each
    claim. ``tokens``: what is kept of a text and its kind; ``folders``: of labelled posts."""
    names = [claim.id for claim in library.claims]
    rows = []
    for path in [path for folder in folders for path in sorted(folder.glob("*.ndjson"))]:
        for line in path.read_text("utf-8").splitlines():
            post = json.loads(line)
            if post["split"] != "fit":
                continue
            about = set(post["claims"]) | {c.id for c in library.claims if APART.get(c.kind) == post["stance"]}
            truth = [float(name in about) for name in names]
            rows.append((tokens(normalise(post["text"]).text, "query"), truth, LABELS.index(post["stance"])))
    none, unrelated = [0.0] * len(names), LABELS.index("unrelated")
    rows += [(tokens(normalise(post.text).text, "query"), none, unrelated) for post in ordinary_posts(held=False)]
    wordings: dict[str, list] = {name: [] for name in names}
    templates = tomllib.loads((ROOT / "benchmarks/field/templates.toml").read_text("utf-8"))
    for number, wording in enumerate(library.wordings):
        wordings[wording.claim_id].append(tokens(normalise(wording.text).text, "passage"))
        kind = library.claim(wording.claim_id).kind
        truth = [float(name == wording.claim_id) for name in names]
        forms = [(APART.get(kind, "spreads"), "{w}")]
        if kind not in APART:
            for label, every in (("denies", 1), ("asks", 2)):
                choices = templates[wording.language][label]
                if number % every == 0:
                    forms.append((label, choices[number // every % len(choices)]))
        for label, form in forms:
            text = normalise(form.format(w=wording.text)).text
            rows.append((tokens(text, "query"), truth, LABELS.index(label)))
    return rows, wordings


def batches(lengths: list[int]) -> list[list[int]]:
    """Numbers of rows of about the same length together, in random order."""
    found, current = [], []
    for at in sorted(range(len(lengths)), key=lambda at: lengths[at] + random.random() * 6):
        if current and (len(current) + 1) * lengths[at] > TOKENS:
            found.append(current)
            current = []
        current.append(at)
    found.append(current)
    random.shuffle(found)
    return found


def dropped(row: list[int]) -> list[int]:
    return [*row[:3], *(t for t in row[3:-1] if random.random() > DROPPED), row[-1]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--rate", type=float, default=1.5e-3)
    parser.add_argument("--start", type=Path, help="folder of an adapter and heads to go on from")
    parser.add_argument("--heads", action="store_true", help="leave the adapter of --start as it is")
    parser.add_argument("--out", type=Path, default=TARGET)
    args = parser.parse_args()
    random.seed(1)
    torch.manual_seed(1)
    library = ClaimLibrary.seed()
    if args.heads:
        tune_heads(args.start, args.out, library, args.epochs)
        return
    plain = E5Embedder(adapter=None)
    rows, wordings = examples(library, lambda text, kind: [*plain.tokens(text, kind)[:-1][: LONGEST - 1], WEIGHTS.eos])
    if args.start:
        encoder, claims, stances = load(args.start)
    else:
        encoder, claims, stances = Encoder(), nn.Linear(HIDDEN, len(wordings)), nn.Linear(HIDDEN, len(LABELS))
        with torch.no_grad():
            claims.bias.fill_(-3.0)
    heads = [*claims.parameters(), *stances.parameters()]
    optimiser = torch.optim.AdamW([{"params": encoder.parameters()}, {"params": heads}], weight_decay=0.01)
    lengths = [len(tokens) for tokens, *_ in rows]
    total, step, start = len(batches(lengths)) * args.epochs, 0, time.time()
    print(f"{len(rows)} texts, {total} steps", flush=True)
    for epoch in range(args.epochs):
        sums, parts = np.zeros(3), batches(lengths)
        for part in parts:
            step += 1
            pace = min(1, step / 60) * max(0.02, 1 - step / total)
            for group, rate in zip(optimiser.param_groups, (args.rate, 5e-3), strict=True):
                group["lr"] = rate * pace
            vectors = encoder([dropped(rows[at][0]) for at in part])
            seen = F.dropout(vectors * SPREAD, 0.1)
            about = torch.tensor([rows[at][1] for at in part])
            stance = torch.tensor([rows[at][2] for at in part])
            on_claims = F.binary_cross_entropy_with_logits(claims(seen), about, reduction="none").sum(1).mean()
            on_stance = F.cross_entropy(stances(seen), stance, label_smoothing=SMOOTHED)
            against = encoder([random.choice(found) for found in wordings.values()])
            likely = torch.log_softmax(vectors @ against.T / TEMPERATURE, 1)
            has = about.sum(1) > 0
            close = (likely * about).sum(1)[has] / about.sum(1)[has]
            apart = -close.mean() if has.any() else torch.tensor(0.0)
            optimiser.zero_grad()
            (on_claims + on_stance + 0.3 * apart).backward()
            nn.utils.clip_grad_norm_(encoder.parameters(), 1.0)
            optimiser.step()
            sums += [on_claims.item(), on_stance.item(), apart.item()]
            if step % 20 == 0:
                print(f"  step {step} of {total}, {time.time() - start:.0f} s", flush=True)
        print(f"epoch {epoch + 1}: losses {(sums / len(parts)).round(3)}, {time.time() - start:.0f} s", flush=True)
        save(args.out, encoder, claims, stances, list(wordings))


def tune_heads(start: Path, out: Path, library: ClaimLibrary, epochs: int) -> None:
    """The heads alone, on the vectors of an adapter that stays: minutes instead of half an hour."""
    rows, wordings = examples(library, lambda text, kind: (text, kind))
    embedder = E5Embedder(adapter=Adapter.read(start / "adapter.npz"))
    vectors = np.zeros((len(rows), HIDDEN), np.float32)
    for kind in ("query", "passage"):
        at = [number for number, ((_, own), *_) in enumerate(rows) if own == kind]
        vectors[at] = embedder.embed([rows[number][0][0] for number in at], kind)
    seen, about = torch.tensor(vectors) * SPREAD, torch.tensor([truth for _, truth, _ in rows])
    stance = torch.tensor([label for *_, label in rows])
    encoder, claims, stances = load(start)
    optimiser = torch.optim.AdamW([*claims.parameters(), *stances.parameters()], lr=3e-3, weight_decay=0.01)
    for epoch in range(epochs):
        order, sums = torch.randperm(len(rows)), np.zeros(2)
        for part in order.split(128):
            shown = F.dropout(seen[part], 0.1)
            on_claims = F.binary_cross_entropy_with_logits(claims(shown), about[part], reduction="none").sum(1).mean()
            on_stance = F.cross_entropy(stances(shown), stance[part], label_smoothing=SMOOTHED)
            optimiser.zero_grad()
            (on_claims + on_stance).backward()
            optimiser.step()
            sums += [on_claims.item(), on_stance.item()]
        print(f"epoch {epoch + 1}: losses {(sums / math.ceil(len(rows) / 128)).round(3)}", flush=True)
    save(out, encoder, claims, stances, list(wordings))  # the adapter is written anew, with the same bytes


def load(folder: Path) -> tuple[Encoder, nn.Linear, nn.Linear]:
    """What ``save`` wrote: the encoder, and the heads for claims and for stance."""
    encoder, found = Encoder(Adapter.read(folder / "adapter.npz")), []
    with np.load(folder / "heads.npz") as data, torch.no_grad():
        for name in ("claim", "stance"):
            weights, bias = data[f"{name}_weights"], data[f"{name}_bias"]
            head = nn.Linear(*reversed(weights.shape))
            head.weight.copy_(torch.tensor(weights / SPREAD))
            head.bias.copy_(torch.tensor(bias))
            found.append(head)
    return encoder, *found


def save(folder: Path, encoder: Encoder, claims: nn.Linear, stances: nn.Linear, names: list[str]) -> None:
    """The adapter in half precision, the heads with the factor of unit vectors taken in."""
    folder.mkdir(parents=True, exist_ok=True)
    adapter = {"scale": np.float32(SCALE)}
    for number, layer in enumerate(encoder.layers):
        adapter |= packed(number, layer)
    np.savez_compressed(folder / "adapter.npz", **adapter)
    made = hashlib.sha256((folder / "adapter.npz").read_bytes()).hexdigest()
    np.savez_compressed(
        folder / "heads.npz",
        made_for=np.asarray(f"{WEIGHTS_SHA256[:12]}+{made[:12]}"),
        claims=np.asarray(names),
        claim_weights=(claims.weight.detach() * SPREAD).numpy().astype(np.float32),
        claim_bias=claims.bias.detach().numpy().astype(np.float32),
        stance_weights=(stances.weight.detach() * SPREAD).numpy().astype(np.float32),
        stance_bias=stances.bias.detach().numpy().astype(np.float32),
    )


if __name__ == "__main__":
    main()
