"""Leaves out of layers of the encoder the heads and neurons that matter least; see ``narrow_encoder.py`` and
``train_look.py``. Needs torch.

What is left out are columns of a layer's last matrices, with what is said to them: of attention's, whole heads; of the
feed-forward network's, neurons. How much one matters is how far the answers would move without it, to first order,
squared and summed over texts (Molchanov et al. 2019, arXiv:1906.10771)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np
import torch
import tune_encoder
from torch import nn
from tune_encoder import HEAD, Layer, numbers

LASTS = {"ao": HEAD, "fo": 1}  # the last matrix of attention and of the feed-forward network: columns that go together
SIDES = {"ao": "context", "fo": "inner"}  # what ``Adapter.kept`` calls them
Said = dict[str, list[np.ndarray]]  # by last matrix, of each layer


class Heed(nn.Module):
    """Before a last matrix: keeps what is said to it, and how the answer moves by it."""

    def forward(self, x):
        self.said = x.float().requires_grad_()
        self.said.retain_grad()
        return self.said


def importance(
    layers: Sequence[Layer], answers: Callable[[], Iterable[tuple[torch.Tensor, torch.Tensor]]]
) -> tuple[Said, Said]:
    """Of each head or neuron how much it matters, and of each column of the last matrices what is said to it in the
    mean. ``answers``: of batches of texts, the same each time, 1 where a text has a token and a number to move."""
    for layer in layers:
        layer.heeds.update({last: Heed() for last in LASTS})
    said = [(last, layer.heeds[last]) for last in LASTS for layer in layers]
    sums, squares, tokens = [0.0] * len(said), [0.0] * len(said), 0.0
    for seen, _ in answers():
        tokens += float(seen.sum())
        for at, (_, heed) in enumerate(said):
            sums[at] += (heed.said.detach() * seen[..., None]).sum((0, 1))
    means = [each / tokens for each in sums]
    for seen, answer in answers():
        answer.backward()
        for at, (last, heed) in enumerate(said):
            change = (heed.said.grad * (heed.said.detach() - means[at]) * seen[..., None]).sum(1)
            squares[at] += (change.unflatten(1, (-1, LASTS[last])).sum(2) ** 2).sum(0)
    for layer in layers:
        layer.heeds.update({last: nn.Identity() for last in LASTS})

    def sorted_out(found: list) -> Said:
        pairs = [(last, numbers(each)) for (last, _), each in zip(said, found, strict=True)]
        return {last: [each for one, each in pairs if one == last] for last in LASTS}

    return sorted_out(squares), sorted_out(means)


def most_important(squares: Said, number: int, heads: int, neurons: int) -> dict[str, np.ndarray]:
    """Of a layer's last matrices the columns of so many heads and neurons, those that matter most."""
    found = {}
    for last, count in (("ao", heads), ("fo", neurons)):
        some = np.sort(np.argsort(-squares[last][number])[:count])
        found[last] = (some[:, None] * LASTS[last] + np.arange(LASTS[last])).ravel()
    return found


def narrowed(layer: Layer, number: int, left: dict[str, np.ndarray], means: dict[str, np.ndarray]) -> Layer:
    """A layer with only these columns of its last matrices; what the others are told in the mean, ``means``, is added
    once and for all."""
    kept = {}
    for last, columns in left.items():
        name = f"l{number}.{SIDES[last]}"
        kept[name] = layer.kept[name][columns] if name in layer.kept else columns
    found = Layer(number, kept)
    for name, part in layer.parts.items():
        a, b, shift = part.a.detach(), part.b.detach(), part.shift.detach()
        if name in LASTS:
            gone = np.setdiff1d(np.arange(a.shape[1]), left[name])
            matrix = part.weight + tune_encoder.SCALE * b @ a
            shift = shift + matrix[:, gone] @ torch.as_tensor(means[name][gone])
            a = a[:, left[name]]
        else:
            columns = left["fo" if name == "fi" else "ao"]
            b, shift = b[columns], shift[columns]
        own = found.parts[name]
        own.a, own.b, own.shift = (nn.Parameter(each.clone()) for each in (a, b, shift))
    return found
