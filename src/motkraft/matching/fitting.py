"""How a re-ranker is fitted: on single pairs (logistic) or on whole lists (listwise softmax).

Both losses have an L2 penalty on standardised features and are convex: the same data give the same weights.
Fitted with scipy's L-BFGS. Apart from ``ranking``: who only ranks need not hold what fits in memory.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize  # type: ignore[import-untyped]
from scipy.special import log_softmax, logsumexp  # type: ignore[import-untyped]

from motkraft.matching.ranking import Float64, Ranker, probability

_ITERATIONS = 300


def fit_pairs(
    features: Sequence[str], table: Float64, labels: Float64, penalty: float = 1.0, prior: Ranker | None = None
) -> Ranker:
    """Logistic regression over pairs: ``table`` (pairs, features), ``labels`` (pairs,) 0 to 1. ``prior`` is where
    the weights are drawn to (zero without one): few labels then move them little."""
    mean, scale = _scale(table)
    x = (table - mean) / scale
    start = np.zeros(x.shape[1] + 1)
    if prior is not None:
        start = np.append(prior.weights * scale, prior.intercept + float(prior.weights @ mean))

    def loss(w: Float64) -> tuple[float, Float64]:
        logit = x @ w[:-1] + w[-1]
        off = w - start
        pull = np.append(off[:-1], off[-1] if prior is not None else 0.0)
        value = float(np.logaddexp(0, logit).sum() - (labels * logit).sum() + penalty / 2 * (pull**2).sum())
        slope = probability(logit) - labels
        return value, np.append(x.T @ slope, slope.sum()) + penalty * pull

    best = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": _ITERATIONS}).x
    weights = best[:-1] / scale
    return Ranker(tuple(features), weights, float(best[-1] - weights @ mean))


def fit_lists(features: Sequence[str], table: Float64, labels: Float64, penalty: float = 1.0) -> Ranker:
    """Listwise softmax: ``table`` (lists, entries, features), ``labels`` (lists, entries) true where right. Lists
    without a right entry are left out."""
    kept = labels.any(axis=1)
    table, right = table[kept], labels[kept].astype(bool)
    mean, scale = _scale(table.reshape(-1, table.shape[-1]))
    x = (table - mean) / scale

    def loss(w: Float64) -> tuple[float, Float64]:
        score = x @ w
        chosen = np.where(right, score, -np.inf)
        value = float((logsumexp(score, axis=1) - logsumexp(chosen, axis=1)).sum() + penalty / 2 * (w**2).sum())
        slope = np.exp(log_softmax(score, axis=1)) - np.exp(log_softmax(chosen, axis=1))
        return value, np.einsum("nk,nkf->f", slope, x) + penalty * w

    best = minimize(loss, np.zeros(x.shape[-1]), jac=True, method="L-BFGS-B", options={"maxiter": _ITERATIONS}).x
    return Ranker(tuple(features), best / scale)


def fit_classes(table: Float64, labels: npt.NDArray[np.intp], classes: int, penalty: float = 1.0) -> Float64:
    """Multinomial regression: ``table`` (n, features), ``labels`` (n,). Weights of shape (classes, features + 1),
    the intercept last."""
    x = np.column_stack([table, np.ones(len(table))])
    one_hot = np.eye(classes)[labels]
    pulled = np.ones((classes, x.shape[1]))
    pulled[:, -1] = 0.0

    def loss(flat: Float64) -> tuple[float, Float64]:
        w = flat.reshape(classes, -1)
        log_p = log_softmax(x @ w.T, axis=1)
        value = float(-(one_hot * log_p).sum() + penalty / 2 * (pulled * w**2).sum())
        return value, ((np.exp(log_p) - one_hot).T @ x + penalty * pulled * w).ravel()

    start = np.zeros(classes * x.shape[1])
    best = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": _ITERATIONS}).x
    result: Float64 = best.reshape(classes, -1)
    return result


def _scale(table: Float64) -> tuple[Float64, Float64]:
    """Mean and standard deviation of each feature; a constant one is left as it is."""
    spread = table.std(axis=0)
    return table.mean(axis=0), np.where(spread > 1e-12, spread, 1.0)
