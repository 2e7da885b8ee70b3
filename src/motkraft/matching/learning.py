"""Learns from what people judged: constants that fit their posts, and wordings from the posts that they confirmed.

Every run begins with the packaged constants (or ``base``) and all judgements, never with what was learned before:
the same judgements give the same result, and nothing drifts. Of each set of constants (match.py) *spreading* is
fitted anew, drawn to what it was by a Gaussian prior, and the thresholds follow the rule of
``benchmarks/calibrate_matching.py`` part of the way. *About* and the stance stay: people judge what was proposed,
which says too little of the rest. For the same reason every claim that was not proposed for a judged post counts as
one that it does not spread. Near-duplicates count once, and never on both sides of a fold.

The effect is measured by cross-validation: each fold is treated with constants and wordings from the others alone.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import blake2b
from pathlib import Path
from typing import Literal, NamedTuple, get_args

import numpy as np
import numpy.typing as npt

from motkraft.matching import language, stance
from motkraft.matching.batches import Kind
from motkraft.matching.claims import ClaimLibrary, Wording
from motkraft.matching.duplicates import DuplicateIndex, group_duplicates
from motkraft.matching.e5_weights import Float32
from motkraft.matching.effects import PRECISION, Effect, worse
from motkraft.matching.embedder import Embedder
from motkraft.matching.errors import LibraryError, MatchingError
from motkraft.matching.exposures import ExposureFinder, ProtectedEntry
from motkraft.matching.fitting import fit_pairs
from motkraft.matching.match import (
    SPREADING,
    Calibration,
    Matcher,
    MatchSettings,
    calibrations,
    spreading_features,
)
from motkraft.matching.model import Stance
from motkraft.matching.normalise import Normalised, normalise
from motkraft.matching.ranking import Ranker, probability

Float64 = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.intp]
Bools = npt.NDArray[np.bool_]
Verdict = Literal["confirmed", "criticism", "own_story", "denies", "unrelated"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
REJECTED = VERDICTS[1:]
_NUMBER_OF: dict[str, int] = {verdict: number for number, verdict in enumerate(VERDICTS)}
FEWEST = 10  # different posts confirmed, and as many rejected, that a set of constants is fitted from
FOLDS = 5
PENALTY = 3.0  # precision of the prior on standardised features: as much as a dozen posts that could go either way
HALFWAY = 100  # judgements after which a threshold has gone half the way to where the rule would have it
FURTHEST = 0.15  # that a threshold moves from where it would let as many through as before
LONGEST, SHORTEST = 40, 4  # words of a wording
_GRID = np.round(np.arange(0.05, 0.995, 0.005), 3)
_SENTENCE_END = re.compile(r"(?<=[.!?؟۔…])\s+|\s*\n\s*")
_LINK_OR_MENTION = re.compile(r"(?:https?://|www\.|t\.me/)\S+|(?<!\w)@[\w.]+", re.IGNORECASE)
_TAGS_AT_THE_END = re.compile(r"(?:\s*#\w+)+\s*\Z")
_LONG_NUMBER = re.compile(r"\d(?:[\s().+/:-]*\d){5,}")  # six digits: shorter than any phone number, longer than a year


@dataclass(frozen=True, slots=True)
class Judged:
    """What a person said of a post that was proposed as spreading a claim: that it does (``confirmed``), or what
    it is instead."""

    text: str = field(repr=False)
    claim_id: str
    verdict: Verdict


class TooLittle(MatchingError):
    """There are too few judgements to learn from; ``data``: ``confirmed`` and ``rejected``, different posts of each
    that there are, and ``needed``, of each."""

    code = "matching.too-little"


@dataclass(frozen=True)
class Learned:
    """``calibration``: the sets of constants that changed. ``wordings``: new ones, unreviewed. ``refused``: how many
    confirmed posts became no wording, by reason (``exposes``, ``number``, ``short``, ``unclear``, ``known``,
    ``enough``). ``judged``: judgements per verdict, near-duplicates counted once. ``unchanged``: sets with too few."""

    calibration: Mapping[str, Calibration]
    wordings: tuple[Wording, ...] = field(repr=False)
    refused: Mapping[str, int]
    judged: Mapping[str, int]
    unchanged: tuple[str, ...]
    effect: tuple[Effect, ...]

    @property
    def worse(self) -> tuple[str, ...]:
        """In what it is worse than ``base``, on judgements that were not learned from; see ``effects.worse``. What is
        worse is not to be used."""
        return worse(self.effect)

    def calibration_toml(self) -> str:
        """The changed sets in the format of calibration.toml, for ``MatchSettings.calibration``."""
        lines = [f"# Learned from {sum(self.judged.values())} judgements by motkraft.matching.learning."]
        for name, constants in self.calibration.items():
            lines += ["", f"[{name}]"]
            lines += [f"{limit} = {getattr(constants, limit):.6g}" for limit in ("mention", "suggest", "confirm")]
            for part, ranker in (("about", constants.about), ("spreading", constants.spreading)):
                lines += [f"[{name}.{part}]", *(f"{key} = {value:.6g}" for key, value in ranker.named().items())]
        return "\n".join(lines) + "\n"

    def wordings_toml(self) -> str:
        """The new wordings as a library file, for ``ClaimLibrary.with_file`` or a folder of a library's files."""
        lines = ["# Wordings from confirmed posts, unreviewed. Written by motkraft.matching.learning."]
        for one in self.wordings:
            values = {"id": one.id, "claim": one.claim_id, "language": one.language, "text": one.text}
            lines += ["", "[[wording]]", *(f"{name} = {_quoted(value)}" for name, value in values.items())]
            lines += [f"author = {_quoted(one.author)}", f"reviewed = {str(one.reviewed).lower()}"]
        return "\n".join(lines) + "\n"

    def write(self, folder: Path) -> tuple[Path, Path]:
        """Writes ``calibration.toml`` and ``learned.toml`` into a folder, which is made. Raises OSError."""
        folder.mkdir(parents=True, exist_ok=True)
        paths = folder / "calibration.toml", folder / "learned.toml"
        for path, text in zip(paths, (self.calibration_toml(), self.wordings_toml()), strict=True):
            path.write_text(text, "utf-8")
        return paths


def recalibrate(
    judged: Iterable[Judged],
    library: ClaimLibrary,
    embedder: Embedder | None,
    *,
    base: Path | None = None,
    register: Sequence[ProtectedEntry] = (),
    author: str = "Confirmed post",
    per_claim: int = 20,
) -> Learned:
    """Learns from all judgements of an organisation; their order does not matter.

    ``base``: a calibration file to begin with, in place of the packaged constants. ``register``: protected details; a
    post in which any may stand becomes no wording. ``author``: who the new wordings are said to be by. ``per_claim``:
    most new wordings of one claim, those of the most copied posts first.

    Raises TooLittle, and LibraryError for a claim that is not in the library or is kept apart.
    """
    engine = _Engine(library, _Remembering(embedder) if embedder else None, calibrations(base))
    posts = engine.posts(judged)
    verdicts = np.full((len(posts), len(library.claims)), -1, np.intp)
    for row, post in zip(verdicts, posts, strict=True):
        row[:] = [_NUMBER_OF.get(post.verdicts.get(claim.id, ""), -1) for claim in library.claims]
    by_set = {name: verdicts[:, np.array(engine.sets_of) == name] for name in sorted(set(engine.sets_of)) if name}
    fitted = [name for name, part in by_set.items() if min(_posts_judged(part)) >= FEWEST]
    if not fitted:
        confirmed, rejected = _posts_judged(verdicts)
        raise TooLittle(
            f"There is too little to learn from: {confirmed} different posts are confirmed and {rejected} rejected; "
            f"{FEWEST} of each are needed.",
            confirmed=confirmed,
            rejected=rejected,
            needed=FEWEST,
        )
    finder = ExposureFinder(register, 0.0)
    proposed = [
        engine.wording(post, claim_id, finder, author)
        for post in posts
        for claim_id, verdict in sorted(post.verdicts.items())
        if verdict == "confirmed"
    ]
    folds = np.array([post.fold for post in posts])
    before, after = engine.about(posts, library), np.empty(verdicts.shape)
    for fold in range(FOLDS):
        inside = np.flatnonzero(folds == fold)
        wordings, _ = _chosen(library, [one for one in proposed if one.fold != fold], per_claim)
        after[inside] = engine.about([posts[at] for at in inside], library.with_wordings(wordings))
    wordings, refused = _chosen(library, proposed, per_claim)
    old = _Judgements(engine, posts, verdicts, before, verdicts < 0)
    new = replace(old, about=after, unknown=(verdicts < 0) & (old.levels(engine.sets) > 0))
    return Learned(
        {name: new.fit(name, folds >= 0) for name in fitted},
        wordings,
        refused,
        {name: int((verdicts == number).sum()) for number, name in enumerate(VERDICTS)},
        tuple(name for name, part in by_set.items() if name not in fitted and (part >= 0).any()),
        _effect(old, new, fitted),
    )


def _posts_judged(verdicts: Numbers) -> tuple[int, int]:
    """How many posts have a claim confirmed, and rejected."""
    return int((verdicts == 0).any(axis=1).sum()), int((verdicts > 0).any(axis=1).sum())


class _Post(NamedTuple):
    """A judged post, near-duplicates taken together. ``verdicts`` by claim."""

    text: Normalised
    verdicts: dict[str, Verdict]
    copies: int
    fold: int
    stance: Stance
    vector: Float32 | None


class _Proposal(NamedTuple):
    """A wording made from a confirmed post, or why there is none."""

    fold: int
    copies: int
    wording: Wording | None
    refused: str = ""


class _Engine:
    """The library as it is, indexed. ``sets_of``: the set of constants of each claim, empty for what is kept apart."""

    def __init__(self, library: ClaimLibrary, embedder: _Remembering | None, sets: Mapping[str, Calibration]) -> None:
        self.library, self.embedder, self.sets = library, embedder, sets
        self.matcher = Matcher(library, embedder, MatchSettings())
        self.sets_of = ["" if claim.kept_apart else self.matcher.set_of(claim) for claim in library.claims]

    def posts(self, judged: Iterable[Judged]) -> list[_Post]:
        """The judged posts, each kind of text once, spread over the folds. Where people disagree the greater number
        decides, and a confirmation needs more than half."""
        votes: dict[str, Counter[tuple[str, Verdict]]] = defaultdict(Counter)
        for one in judged:
            if self.library.claim(one.claim_id).kept_apart:
                raise LibraryError("What is kept apart is never proposed, so nobody judges it.", claim=one.claim_id)
            if one.verdict not in VERDICTS:
                raise MatchingError("A judgement has an unknown verdict.", verdict=one.verdict)
            votes[one.text][one.claim_id, one.verdict] += 1
        texts = {f"{number:08}": normalise(text) for number, text in enumerate(sorted(votes))}
        members: dict[str, list[str]] = defaultdict(list)
        for post_id, group in sorted(group_duplicates(list(texts.items())).items()):
            members[group].append(post_id)
        found: list[tuple[Normalised, dict[str, Verdict], int]] = []
        for group, ids in members.items():
            total = sum((votes[texts[post_id].original] for post_id in ids), Counter[tuple[str, Verdict]]())
            verdicts: dict[str, Verdict] = {}
            for claim in sorted({claim_id for claim_id, _ in total}):
                rejections = {verdict: total[claim, verdict] for verdict in REJECTED}
                is_confirmed = total[claim, "confirmed"] > sum(rejections.values())
                verdicts[claim] = "confirmed" if is_confirmed else max(REJECTED, key=lambda v: rejections[v])
            found.append((texts[group], verdicts, len(ids)))
        found.sort(key=lambda one: "confirmed" not in one[1].values())  # each fold gets its share
        vectors = self._vectors([text for text, _, _ in found])
        return [
            _Post(text, verdicts, copies, number % FOLDS, self._stance(text, vector), vector)
            for number, ((text, verdicts, copies), vector) in enumerate(zip(found, vectors, strict=True))
        ]

    def _vectors(self, posts: Sequence[Normalised]) -> Sequence[Float32 | None]:
        """A sentence vector a post, None without an embedder."""
        if self.embedder is None:
            return [None] * len(posts)
        return list(self.embedder.embed([post.text for post in posts], "query"))

    def _stance(self, text: Normalised, vector: Float32 | None) -> Stance:
        heads = self.matcher.heads
        logits = None if heads is None or vector is None else heads.stance_logits(vector)
        return stance.judge(text, language.identify(text), logits)

    def about(self, posts: Sequence[_Post], library: ClaimLibrary) -> Float64:
        """The log-odds that each post is about each claim, with the wordings of ``library``, shape (posts, claims);
        minus infinity where a claim is not among the likeliest."""
        matcher = self.matcher if library is self.library else Matcher(library, self.embedder, MatchSettings())
        return self._about(matcher, [post.text for post in posts], [post.vector for post in posts])

    def _about(self, matcher: Matcher, posts: Sequence[Normalised], vectors: Sequence[Float32 | None]) -> Float64:
        given = [vector for vector in vectors if vector is not None] if self.embedder else None
        table = np.full((len(posts), len(self.library.claims)), -np.inf)
        for row, evidence in zip(table, matcher.evidence(posts, given), strict=True):
            for claim, features in zip(evidence.claims, evidence.table, strict=True):
                constants = self.sets[matcher.set_of(self.library.claims[claim])]
                row[claim] = constants.about.logits(features)
        return table

    def wording(self, post: _Post, claim_id: str, finder: ExposureFinder, author: str) -> _Proposal:
        """The wording that a confirmed post would become: of a long post the part that is most about the claim."""
        original = post.text.original
        none = _Proposal(post.fold, post.copies, None)
        if finder.may_expose(original) or finder.find(post.text):
            return none._replace(refused="exposes")
        if "@" in _LINK_OR_MENTION.sub(" ", original) or _LONG_NUMBER.search(original):
            return none._replace(refused="number")
        parts = [part for part in _parts(original) if len(part.split()) >= SHORTEST]
        if not parts:
            return none._replace(refused="short")
        texts = [normalise(part) for part in parts]
        about = self._about(self.matcher, texts, self._vectors(texts))
        column = [claim.id for claim in self.library.claims].index(claim_id)
        best = int(about[:, column].argmax())
        apart = [about[best, at] for at, name in enumerate(self.sets_of) if not name]
        clear = float(probability(about[best, column])) >= self.sets[self.sets_of[column]].mention
        if not clear or about[best, column] <= max(apart, default=-np.inf):
            return none._replace(refused="unclear")
        digest = blake2b(parts[best].encode(), digest_size=4).hexdigest()
        spoken = language.identify(texts[best]).code
        wording = Wording(f"{claim_id}.learned.{digest}", claim_id, spoken, parts[best], author, False)
        return none._replace(wording=wording)


def _parts(text: str) -> list[str]:
    """A post without links, mentions and the hashtags at its end; a long one as runs of sentences of at most
    LONGEST words each."""
    kept = "".join(letter for letter in text if letter == "\u200c" or unicodedata.category(letter) not in ("Cf", "Cs"))
    kept = _TAGS_AT_THE_END.sub("", _LINK_OR_MENTION.sub(" ", kept))
    runs: list[list[str]] = [[]]
    for sentence in _SENTENCE_END.split(kept):
        words = "".join(letter if letter.isprintable() or letter == "\u200c" else " " for letter in sentence).split()
        if len(runs[-1]) + len(words) > LONGEST:
            runs.append([])
        runs[-1] += words[:LONGEST]
    return [" ".join(run) for run in runs]


def _chosen(
    library: ClaimLibrary, proposed: Iterable[_Proposal], per_claim: int
) -> tuple[tuple[Wording, ...], Counter[str]]:
    """The wordings that are new: unlike those of the same claim, the most copied first; and how many were not."""
    by_claim: dict[str, list[_Proposal]] = defaultdict(list)
    refused: Counter[str] = Counter()
    for one in proposed:
        if one.wording is None:
            refused[one.refused] += 1
        else:
            by_claim[one.wording.claim_id].append(one)
    chosen: list[Wording] = []
    for claim_id, candidates in sorted(by_claim.items()):
        index = DuplicateIndex()
        index.add_many((known.id, normalise(known.text)) for known in library.of_claim(claim_id))
        taken = 0
        for one in sorted(candidates, key=lambda one: (-one.copies, one.wording.id if one.wording else "")):
            assert one.wording is not None
            if index.add(one.wording.id, normalise(one.wording.text)).group != one.wording.id:
                refused["known"] += 1
            elif taken == per_claim:
                refused["enough"] += 1
            else:
                chosen.append(one.wording)
                taken += 1
    return tuple(chosen), refused


@dataclass(frozen=True, eq=False)
class _Judgements:
    """Posts by claims. ``verdicts``: numbers of VERDICTS, -1 where nobody judged; ``about``: log-odds; ``unknown``:
    what would be proposed and nobody judged."""

    engine: _Engine
    posts: Sequence[_Post]
    verdicts: Numbers
    about: Float64
    unknown: Bools

    @cached_property
    def _chances(self) -> Float64:
        return np.array([post.stance.spreading for post in self.posts])

    @cached_property
    def _open(self) -> Bools:
        return np.array([post.stance.open for post in self.posts])

    @cached_property
    def _quick(self) -> Bools:
        """Which posts may reach the level *confirm* at all."""
        floor = MatchSettings().min_words_confirm
        return np.array([p.stance.label == "spreads" and len(p.text.text.split()) >= floor for p in self.posts])

    def fit(self, name: str, rows: Bools) -> Calibration:
        """A set of constants from some of the posts. The thresholds rest on predictions across the folds."""
        base = self.engine.sets[name]
        used = rows[:, None] & np.isfinite(self.about) & (np.array(self.engine.sets_of) == name)
        used &= ~self.unknown
        row, column = np.nonzero(used)
        features = spreading_features(self.about[row, column], self._chances[row])
        verdicts = self.verdicts[row, column]
        folds = np.array([post.fold for post in self.posts])[row]

        count = int((verdicts >= 0).sum())
        penalty = PENALTY * len(row) / count  # a post counts once, not once for each claim that it does not spread

        def fitted(part: Bools) -> Ranker:
            truth = (verdicts[part] == 0).astype(np.float64)
            return fit_pairs(SPREADING, features[part], truth, penalty, base.spreading)

        scores = np.zeros(len(row))
        for fold in np.unique(folds):
            scores[folds == fold] = probability(fitted(folds != fold).logits(features[folds == fold]))
        scores *= self._open[row]
        apart = np.isin(verdicts, [_NUMBER_OF["criticism"], _NUMBER_OF["own_story"]])
        was = probability(base.spreading.logits(features)) * self._open[row]
        old = [_as_many(scores, was, threshold) for threshold in (base.suggest, base.confirm)]
        new = _rule(scores, verdicts == 0, apart, old[0])
        suggest, confirm = (_moved(*pair, count) for pair in zip(old, new, strict=True))
        return Calibration(base.about, fitted(folds >= 0), base.mention, suggest, max(suggest, confirm))

    def levels(self, sets: Mapping[str, Calibration]) -> Numbers:
        """0 not proposed, 1 suggested, 2 for quick confirmation: as Matcher would, with these constants."""
        levels = np.zeros(self.verdicts.shape, np.intp)
        for name, constants in sets.items():
            columns = np.flatnonzero(np.array(self.engine.sets_of) == name)
            features = spreading_features(self.about[:, columns], self._chances[:, None])
            scores = probability(constants.spreading.logits(features)) * self._open[:, None]
            scores[np.isneginf(self.about[:, columns])] = 0.0
            levels[:, columns] = scores >= constants.suggest
            levels[:, columns] += (scores >= constants.confirm) & self._quick[:, None]
        return levels


def _rule(scores: Float64, truth: Bools, apart: Bools, now: float) -> tuple[float, float]:
    """Where the thresholds would be by the rule of calibrate_matching.py, save that no more criticism and own stories
    (``apart``) may be proposed than ``now``: what was never proposed nobody judged, so their share is not known."""
    calm = [t for t in _GRID if (scores[apart] >= t).sum() <= (scores[apart] >= now).sum()]
    suggest = max(calm, key=lambda t: (_f2(scores >= t, truth), -abs(t - now)))
    sure = [t for t in _GRID if t >= suggest and (taken := scores >= t).any() and truth[taken].mean() >= PRECISION]
    return float(suggest), float(min(sure, default=_GRID[-1]))


def _f2(taken: Bools, truth: Bools) -> float:
    """Recall weighed twice as much as precision (van Rijsbergen 1979, F with beta 2)."""
    return float(5 * (taken & truth).sum() / max(1, taken.sum() + 4 * truth.sum()))


def _as_many(scores: Float64, was: Float64, threshold: float) -> float:
    """The threshold nearest to the old one that lets as many through; the old one itself where those are very few."""
    count = int((was >= threshold).sum())
    if count < FEWEST:
        return threshold
    ordered = np.append(0.0, np.sort(scores))
    return float(min(max(threshold, ordered[-count - 1] + 1e-4), ordered[-count]))


def _moved(base: float, wanted: float, count: int) -> float:
    """A threshold on its way: the further, the more judgements, never further than FURTHEST."""
    step = (wanted - base) * count / (count + HALFWAY)
    return round(base + min(max(step, -FURTHEST), FURTHEST), 4)


def _effect(old: _Judgements, new: _Judgements, fitted: Sequence[str]) -> tuple[Effect, ...]:
    before, after = old.levels(old.engine.sets), np.zeros(old.verdicts.shape, np.intp)
    folds = np.array([post.fold for post in new.posts])
    for fold in range(FOLDS):
        sets = {**new.engine.sets, **{name: new.fit(name, folds != fold) for name in fitted}}
        after[folds == fold] = new.levels(sets)[folds == fold]
    figures = [_figures(old.verdicts, levels) for levels in (before, after)]
    return tuple(Effect(what, figure, figures[1][what]) for what, figure in figures[0].items())


def _figures(verdicts: Numbers, levels: Numbers) -> dict[str, tuple[int, int]]:
    """The figures of an effect, each as a part and its whole."""
    confirmed, judged = levels[verdicts == 0], levels[verdicts >= 0]
    sure = int((confirmed == 2).sum())
    figures = {
        "precision": (sure, int((judged == 2).sum())),
        "sure": (sure, len(confirmed)),
        "recall": (int((confirmed > 0).sum()), len(confirmed)),
    }
    for number, verdict in enumerate(VERDICTS):
        of = levels[verdicts == number]
        if number and len(of):
            figures[verdict] = (int((of > 0).sum()), len(of))
    return figures


class _Remembering:
    """An embedder that sees each wording once, though the library is indexed once a fold."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._known: dict[str, Float32] = {}

    @property
    def name(self) -> str:
        return self._embedder.name

    def embed(self, texts: Sequence[str], kind: Kind) -> Float32:
        if kind == "query":
            return self._embedder.embed(texts, kind)
        missing = [text for text in dict.fromkeys(texts) if text not in self._known]
        if missing:
            self._known |= dict(zip(missing, self._embedder.embed(missing, kind), strict=True))
        return np.stack([self._known[text] for text in texts])


def _quoted(text: str) -> str:
    """A basic string of TOML; JSON's escapes are among its own, but DEL must be escaped too."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
