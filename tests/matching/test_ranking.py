"""The fits against what is known of them: separable data, a slope of zero at the best weights, a prior that holds."""

import numpy as np
import pytest

from motkraft.matching import LibraryError
from motkraft.matching.fitting import fit_classes, fit_lists, fit_pairs
from motkraft.matching.ranking import Ranker, probability

FEATURES = ("a", "b")


@pytest.fixture
def pairs():
    random = np.random.default_rng(3)
    table = random.normal(size=(400, 2)) * [1.0, 50.0]
    truth = (random.random(400) < probability(2 * table[:, 0] - 1)).astype(float)
    return table, truth


def test_logistic_weights_are_found_again(pairs):
    ranker = fit_pairs(FEATURES, *pairs, penalty=0.01)
    assert ranker.weights[0] == pytest.approx(2, abs=0.5) and abs(ranker.weights[1]) < 0.01
    assert ranker.intercept == pytest.approx(-1, abs=0.4)


def test_at_the_best_weights_predictions_are_right_on_average(pairs):
    table, truth = pairs
    predicted = probability(fit_pairs(FEATURES, table, truth).logits(table))
    assert predicted.mean() == pytest.approx(truth.mean(), abs=1e-3)


def test_few_labels_move_a_prior_little_and_many_move_it_far(pairs):
    prior = Ranker(FEATURES, np.array([0.0, 0.0]), 0.0)
    few, many = (fit_pairs(FEATURES, pairs[0][:n], pairs[1][:n], penalty=20, prior=prior) for n in (5, 400))
    assert 0 < abs(few.weights[0]) < 0.3 < many.weights[0]


def test_a_list_is_ranked_by_what_sets_its_right_entry_apart():
    random = np.random.default_rng(5)
    table = random.normal(size=(200, 10, 2))
    truth = np.zeros((200, 10), bool)
    truth[np.arange(200), table[:, :, 1].argmax(axis=1)] = True
    truth[::7] = False  # lists without a right entry are left out
    ranker = fit_lists(FEATURES, table, truth)
    assert ranker.weights[1] > 5 * abs(ranker.weights[0])
    assert (ranker.logits(table).argmax(axis=1) == table[:, :, 1].argmax(axis=1)).mean() > 0.97


def test_classes_are_told_apart():
    random = np.random.default_rng(7)
    labels = random.integers(0, 3, 300)
    table = np.eye(3)[labels] + random.normal(size=(300, 3)) * 0.1
    weights = fit_classes(table, labels, 3)
    assert weights.shape == (3, 4)
    assert ((table @ weights[:, :-1].T + weights[:, -1]).argmax(axis=1) == labels).all()


def test_a_ranker_is_read_as_it_was_written():
    ranker = Ranker.of(FEATURES, {"intercept": 0.5, "b": 2.0})
    assert ranker.named() == {"intercept": 0.5, "b": 2.0}
    assert ranker.logits(np.array([[9.0, 1.0]])).tolist() == [2.5]


def test_an_unknown_feature_is_refused():
    with pytest.raises(LibraryError):
        Ranker.of(FEATURES, {"c": 1.0})
