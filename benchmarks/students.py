"""The skim, the second look and their teacher as torch modules, and how they learn; see ``train_look.py``. Needs torch.

What a teacher of more layers answers teaches a student of one more than the labels do (Hinton et al. 2015,
arXiv:1503.02531)."""

from __future__ import annotations

import copy
import math
import random
import time
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import torch
import torch.nn.functional as F
import tune_encoder
from narrowing import importance, most_important
from narrowing import narrowed as narrow_layer
from torch import nn
from tune_encoder import numbers

from motkraft.matching.batches import Batches
from motkraft.matching.normalise import normalise
from motkraft.matching.second_look import LAYERS, QUERIES, WIDTH
from motkraft.matching.skim import CONVOLUTIONS, MAX_TOKENS

RANK, INNER, NARROWED = 16, 48, 96  # of the look's adapter; of the last network; dimensions of the skim
HEADS, NEURONS, READ = 6, 768, 1500  # that are left of the look's layer; texts that choose them
HIDDEN_TOKENS, HIDDEN_POOLED, SMOOTHED = 0.16, 0.15, (0.01, 0.98)
KEPT = 0.997  # of the running mean of the weights, which is what ships, at each step
RATES, DECAY, WARM = (1.5e-3, 2e-3), 0.02, 60  # of an adapter and the rest; steps until they are full
TOKENS, MOST = 3000, 64  # of a batch: tokens, texts
IMPORTANCE = 1.6  # of a post on the topic
TEACHER_LAYERS = 4
ENCODER = tune_encoder.WEIGHTS


class Student(nn.Module):
    """Token rows in, one answer a text out. ``pools``: how many numbers ``pool`` gives for a text."""

    def __init__(self, pools: int) -> None:
        super().__init__()
        self.inner, self.outer = nn.Linear(pools, INNER), nn.Linear(INNER, 1)

    def given(self, rows: list[list[int]]) -> tuple[torch.Tensor, torch.Tensor]:
        """What the encoder's first layer takes in, and 1 where a text has a piece."""
        return tune_encoder.embedded(rows)

    def pool(self, x: torch.Tensor, seen: torch.Tensor) -> torch.Tensor:
        """What the network sees of texts, from their pieces (texts, length, hidden) and which of these are seen."""
        raise NotImplementedError

    def adapter(self) -> list[nn.Parameter]:
        """What learns at the first of ``RATES``."""
        return []

    def packed(self) -> dict[str, np.ndarray]:
        """The weights as the engine takes them, but for thresholds."""
        found = {}
        for name, layer in self.named_children():
            if isinstance(layer, nn.Linear):
                found[name] = numbers(layer.weight, np.float16)
                if layer.bias is not None:
                    found[f"{name}_bias"] = numbers(layer.bias)
        return found

    def forward(self, rows: list[list[int]]) -> torch.Tensor:
        x, seen = self.given(rows)
        if self.training:
            shown = (torch.rand(seen.shape) > HIDDEN_TOKENS).float()
            shown[:, 0] = 1
            seen = seen * shown
        pooled = F.dropout(self.pool(x, seen).float(), HIDDEN_POOLED, self.training)
        inner = F.gelu(self.inner(pooled), approximate="tanh")
        return self.outer(F.dropout(inner, HIDDEN_POOLED, self.training)).squeeze(1)


def largest_and_mean(pools: torch.Tensor, seen: torch.Tensor) -> list[torch.Tensor]:
    """Over the pieces of a text that are seen, shape (texts, dimensions) each."""
    unseen = (seen[..., None] - 1) * 1e4
    return [(pools + unseen).amax(1), (pools * seen[..., None]).sum(1) / seen.sum(1, keepdim=True)]


class Skim(Student):
    """``motkraft.matching.skim``, for training."""

    def __init__(self) -> None:
        super().__init__(4 * NARROWED)
        self.narrowed = nn.Linear(ENCODER.hidden, NARROWED, bias=False)
        self.places = nn.Parameter(torch.zeros(MAX_TOKENS, NARROWED))
        self.told = nn.Linear(NARROWED, 2 * NARROWED)
        for name in CONVOLUTIONS:
            self.add_module(name, nn.Linear(3 * NARROWED, NARROWED))

    def given(self, rows: list[list[int]]) -> tuple[torch.Tensor, torch.Tensor]:
        return tune_encoder.embedded(rows, places=False)

    def pool(self, x: torch.Tensor, seen: torch.Tensor) -> torch.Tensor:
        x = F.gelu(self.narrowed(x) + self.places[: x.shape[1]], approximate="tanh") * seen[..., None]
        for name in CONVOLUTIONS:
            wide = F.pad(x, (0, 0, 1, 1))
            beside = torch.cat([wide[:, :-2], x, wide[:, 2:]], 2)
            x = x + F.gelu(self.get_submodule(name)(beside)) * seen[..., None]
        return torch.cat(largest_and_mean(self.told(x), seen), 1)

    def packed(self) -> dict[str, np.ndarray]:
        return super().packed() | {"places": numbers(self.places, np.float16)}


class Look(Student):
    """``motkraft.matching.second_look``, for training; of more layers, its teacher."""

    def __init__(self, layers: int = LAYERS) -> None:
        super().__init__((QUERIES + 2) * WIDTH)
        tune_encoder.RANK = RANK
        self.layers = nn.ModuleList(map(tune_encoder.Layer, range(layers)))
        self.read = nn.Linear(ENCODER.hidden, QUERIES + 2 * WIDTH)

    def pool(self, x: torch.Tensor, seen: torch.Tensor) -> torch.Tensor:
        for layer in self.layers:
            x = layer(x, (1 - seen)[:, None, None, :] * -1e9)
        likeness, values, pools = self.read(x).float().split([QUERIES, WIDTH, WIDTH], 2)
        unseen = (seen[..., None] - 1) * 1e4
        asked = torch.einsum("blq,bld->bqd", torch.softmax(likeness + unseen, 1), values).flatten(1)
        return torch.cat([asked, *largest_and_mean(pools, seen)], 1)

    def adapter(self) -> list[nn.Parameter]:
        return list(self.layers.parameters())

    def packed(self) -> dict[str, np.ndarray]:
        found = super().packed() | {"scale": np.asarray(tune_encoder.SCALE, np.float32)}
        for number, layer in enumerate(self.layers):
            found |= tune_encoder.packed(number, layer)
        return found


Examples = tuple[list[str], list[bool]]


def learn(
    make: Callable[[], Student],
    epochs: int,
    seen_in_epoch: Callable[[random.Random], Examples],
    teachers: Sequence[Student] = (),
    *,
    seed: int,
) -> Student:
    """A student that saw these texts in each epoch, each marked as on the topic or off; it learns the marks, or what
    ``teachers`` answer together."""
    torch.manual_seed(seed)
    rng = random.Random(seed)
    tokens = Batches.of_encoder(ENCODER, MAX_TOKENS, MOST).tokens
    student = make()
    adapter = student.adapter()
    rest = [each for each in student.parameters() if not any(each is one for one in adapter)]
    optimiser = torch.optim.AdamW([{"params": adapter}, {"params": rest}], weight_decay=DECAY)
    averaged = torch.optim.swa_utils.AveragedModel(
        student, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(KEPT), use_buffers=False
    )
    step, started, total = 0, time.perf_counter(), 0
    for epoch in range(epochs):
        texts, marks = seen_in_epoch(rng)
        rows, loss_sum = [tokens(normalise(text).text, "query") for text in texts], 0.0
        batches_now = batched(rows, rng)
        total = total or epochs * len(batches_now)
        for part in batches_now:
            pace = (0.5 * (1 + math.cos(math.pi * min(1, step / total))) + 0.02) * min(1, (step + 1) / WARM)
            for group, rate in zip(optimiser.param_groups, RATES, strict=True):
                group["lr"] = rate * pace
            some = [rows[at] for at in part]
            truth = told_by(teachers, some) if teachers else torch.tensor([SMOOTHED[marks[at]] for at in part])
            weight = torch.tensor([IMPORTANCE if marks[at] else 1.0 for at in part])
            with torch.autocast("cpu", torch.bfloat16):
                answers = student(some).float()
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
    found: Student = averaged.module
    return found.eval()


def narrowed(look: Look, texts: Sequence[str]) -> Look:
    """The look with ``HEADS`` and ``NEURONS`` of each layer, those that matter most to what it answers of some texts;
    it has yet to learn to do without the others."""
    tokens = Batches.of_encoder(ENCODER, MAX_TOKENS, MOST).tokens
    rng = random.Random(0)
    rows = [tokens(normalise(text).text, "query") for text in rng.sample(texts, min(READ, len(texts)))]
    parts = batched(rows, rng)
    look = copy.deepcopy(look).eval()

    def answers() -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        for part in parts:
            some = [rows[at] for at in part]
            yield look.given(some)[1], look(some).sum()

    squares, means = importance(look.layers, answers)
    for number, layer in enumerate(look.layers):
        left = most_important(squares, number, HEADS, NEURONS)
        look.layers[number] = narrow_layer(layer, number, left, {last: means[last][number] for last in means})
    return look


def teacher() -> Look:
    """A look of more layers, to teach students of one."""
    return Look(TEACHER_LAYERS)


def told_by(teachers: Sequence[Student], rows: list[list[int]]) -> torch.Tensor:
    """How probable they find it together that each text is on the topic, shape (texts,)."""
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        return torch.sigmoid(torch.stack([teacher(rows).float() for teacher in teachers]).mean(0))


def batched(rows: list[list[int]], rng: random.Random) -> list[list[int]]:
    """Row numbers of texts of like length, in random order."""
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
