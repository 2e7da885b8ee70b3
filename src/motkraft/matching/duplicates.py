"""Places each post of a stream among those before it: the same text, a near-duplicate, or a quote with a comment.

What platforms wrap around a text (RT @x:, Forwarded from, via @x, Translated from, links, mentions, emoji,
trailing hashtags) is set aside first, and only letters and digits are compared. Similarity is the Jaccard index
of the sets of 5-grams (Broder 1997, doi 10.1109/SEQUEN.1997.666900). Candidates are found by 12-grams whose
hash is among the lowest quarter, so that a text and a longer one around it choose the same places (cf.
winnowing, Schleimer et al. 2003, doi 10.1145/872757.872770); the true overlap decides.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter, OrderedDict
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from motkraft.matching.errors import SettingsError
from motkraft.matching.normalise import Normalised

SHINGLE = 5
_ANCHOR = 12
_FEWEST_ANCHORS = 8
_LONGEST = 4_000  # characters compared of one post
_QUOTED = 40  # shingles that a text must have to be seen as quoted
_CONTAINED = 0.9  # share of a text that must be found in what quotes it, or in what it is cut from
_OWN_WORDS = 0.8  # of two posts less alike than this, one that contains the other has own words,
_OWN_LENGTH = 30  # if it is longer by so many shingles
_OWN_WORDS_MARKED = 0.97  # the same, where one of them shows by quotation marks or a second author that it quotes
_WRAPPING = 160  # characters of an edge looked at in one step
_CANDIDATES = 8  # at most, and of those only with this share of the anchors that they could have in common:
_FEWEST_HITS = 1 / 12
_WAYS = 4
_BUCKETS = 1 << 20
_BATCH = 1_000  # posts sketched at a time

_EMOJI = "\u200d\ufe0f\u2190-\u21ff\u2300-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff"
_EDGE = re.compile(rf"[\s\"'“”„»«>:|()\-–—{_EMOJI}]+")
_LINK = r"(?:https?://|www\.|t\.me/|t\.co/|pic\.twitter\.com/)\S+"
_FORWARDED = (
    r"(?:forwarded (?:from|message)|repost(?:ed)?(?: from)?|shared from|vidarebefordra(?:t|d|de)(?: från| meddelande)?"
    r"|delat från|weitergeleitet von|välitetty|iletildi|proslijeđeno(?: od)?|معاد توجيهها من|هدایت شده از)"
)
_LABEL = (
    r"(?:translated from \w+(?: by \w+)?|översatt från \w+(?: av \w+)?|(?:see|show|view) translation"
    r"|translate (?:post|tweet)|(?:visa|se) översättning|översätt (?:inlägg|tweet)|übersetzt aus \w+"
    r"|مترجم من \w+|عرض الترجمة|(?:read|show|see|läs|visa|se) (?:more|mer))"
)
_BEFORE = re.compile(
    rf"[.…]*{_EDGE.pattern}|(?:rt|mt|qt)\b:?\s*@[\w.]+:?|rt:?\s|\(?(?:via|h/t)\s@[\w.]+\)?:?|@[\w.]+"
    rf"|{_FORWARDED}(?:[ :][^\n:]{{0,60}}[\n:]|\s)|{_LABEL}[.:]?(?=\s*\n)"
    r"|\[\d[^\]\n]{5,24}\]\s[^:\n]{1,40}:\s",
    re.IGNORECASE,
)
_LAST_WORD = re.compile(rf"\#\w+|{_LINK}|@[\w.]+|\(?(?:via|cc|h/t)", re.IGNORECASE)
_LAST_LINE = re.compile(rf"\s*{_LABEL}\.?", re.IGNORECASE)
_CUT = re.compile(r"\w*\s?(?:…|\.\.\.)\s?(?:\[\+?\d+ chars\])?\Z")
_IN_QUOTES = re.compile(r"[\"“”„»«][^\"“”„»«]{30,}[\"“”»«]")
_SECOND_AUTHOR = re.compile(r"(?<!\w)(?:[rmq]t|via) @\w", re.IGNORECASE)
_LINK_OR_MENTION = re.compile(rf"{_LINK}|(?<![\w@.])@[\w.]{{2,}}", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+")

Hashes = npt.NDArray[np.uint32]
_NOTHING: Hashes = np.empty(0, np.uint32)
Relation = Literal["same", "near", "quotes"]


class Placement(NamedTuple):
    """Where a post belongs. ``group``: the id of the first post of its kind, its own when it is that post
    itself. ``relation`` to that post: ``same`` text (also of the first post itself), ``near``, or ``quotes``:
    contains it and own words. ``similarity``, 0 to 1: Jaccard index of 5-grams; of a post that quotes, or is
    cut short with "…", the share of the shorter text that the longer contains.

    A post that quotes starts a group of its own: copies of it are placed in that. So does a post that one
    before it quoted.
    """

    group: str
    relation: Relation
    similarity: float


class Sketch(NamedTuple):
    """What the index keeps of a text; made without the index, so that many processes can.

    ``key`` and ``head``: hashes of all its words and of its beginning; ``shingles``: hashes of its 5-grams,
    sorted and distinct; ``anchors``: the 12-grams it is found by; ``cut``: ends in "…"; ``marked``: shows
    that it quotes.
    """

    key: int
    head: int
    shingles: Hashes
    anchors: Hashes
    cut: bool
    marked: bool


def sketch(text: Normalised | str) -> Sketch:
    """The sketch of a text. A plain string should keep its links, mentions and hashtag signs, and have its case
    folded as all others; normalised text compares better."""
    return sketches([text])[0]


def sketches(texts: Sequence[Normalised | str]) -> list[Sketch]:
    """The sketch of each text, several times as fast as one by one."""
    if not texts:
        return []
    words, flags = [], []
    for text in texts:
        original = text if isinstance(text, str) else text.original
        start, end, cut = _own_part(original)
        words.append(_words(text, start, end) or _words(text, 0, len(original)))
        flags.append((cut, _is_marked(original, start, end)))
    digests = (blake2b(each.encode("utf-8", "replace"), digest_size=8).digest() for each in words)
    keys = [int.from_bytes(digest, "little") for digest in digests]
    heads, shingles, anchors = _hashes([each[:_LONGEST] for each in words])
    return [Sketch(*each[:4], *each[4]) for each in zip(keys, heads, shingles, anchors, flags, strict=True)]


def _is_marked(text: str, start: int, end: int) -> bool:
    """Whether quotation marks, an empty line or a second author tell of a quote."""
    return (
        text.find("\n\n", start, end) >= 0
        or text.find("\n>", start, end) >= 0
        or _IN_QUOTES.search(text, start, end) is not None
        or (text.find("@", start, end) >= 0 and _SECOND_AUTHOR.search(text, start, end) is not None)
    )


def _own_part(text: str) -> tuple[int, int, bool]:
    """Where the author's or the quoted author's words start and end, and whether they are cut short."""
    start, end, cut = 0, len(text), False
    while start < end and (wrapped := _BEFORE.match(text, start, min(end, start + _WRAPPING))):
        start = wrapped.end()
    while start < end:
        tail = text[max(start, end - _WRAPPING) : end]
        last = tail.rsplit(None, 1)[-1]
        if not tail[-1].isalnum() and (wrapped := _EDGE.match(tail[::-1])):
            end -= wrapped.end()
        elif _LAST_WORD.fullmatch(last):
            end -= len(last)
        elif tail[-1] in "….]" and not cut and (wrapped := _CUT.search(tail)):
            end -= len(tail) - wrapped.start()
            cut = True
        elif wrapped := _LAST_LINE.fullmatch(tail, tail.rfind("\n") + 1):
            end -= len(wrapped.group())
        else:
            break
    return start, end, cut


def _words(text: Normalised | str, start: int, end: int) -> str:
    """Letters and digits of a part (places in the original), one space between words."""
    if isinstance(text, str):
        part = text[start:end]
        if "@" in part or "/" in part or "www." in part:
            part = _LINK_OR_MENTION.sub(" ", part)
    elif not _WORD.search(_LINK_OR_MENTION.sub(" ", f"{text.original[:start]} {text.original[end:]}")):
        part = text.text
    else:
        offsets = text.offsets
        first = bisect_left(offsets, (start, 0))
        part = text.text[first : bisect_left(offsets, (end, 0), first)]
    return " ".join(_WORD.findall(part))


_FIVE = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0x27D4EB2F165667C5, 0x85EBCA77C2B2AE63],
                 dtype=np.uint64)  # fmt: skip
_MIX = np.uint64(0xFF51AFD7ED558CCD)
_SHIFT = np.uint64(32)
_BUCKET_BITS = np.uint32(_BUCKETS.bit_length() - 1)
_TAG = np.uint64((1 << 32) - 1)


def _hashes(texts: Sequence[str]) -> tuple[list[int], list[Hashes], list[Hashes]]:
    """Of each text the hash of its first 12-gram, those of its 5-grams, and its anchors, the latter two sorted
    and distinct. A text shorter than a gram is its own only one; an empty text has none."""
    lengths = np.array([len(text) for text in texts])
    padded = np.maximum(lengths, _ANCHOR)
    starts = np.cumsum(padded) - padded
    owner = np.repeat(np.arange(len(texts)), padded)
    place = np.arange(len(owner)) - starts[owner]
    joined = "".join(text.ljust(_ANCHOR, "\0") for text in texts) + "\0" * _ANCHOR
    characters = np.frombuffer(joined.encode("utf-32-le", "replace"), np.uint32).astype(np.int64)
    five = _mixed(np.correlate(characters, _FIVE.view(np.int64), "valid").view(np.uint64)[: len(owner) + 7])
    twelve = _mixed(five[:-7] + five[4:-3] * _FIVE[0] + five[7:] * _FIVE[1])
    told = lengths > 0
    of_five = np.where(told, np.maximum(lengths - SHINGLE + 1, 1), 0)
    of_twelve = np.where(told, padded - _ANCHOR + 1, 0)
    shingle_owner, shingles = _distinct(owner, five[: len(owner)], place < of_five[owner])
    anchor_owner, anchors = _distinct(owner, twelve, place < of_twelve[owner])
    first = np.searchsorted(anchor_owner, np.arange(len(texts)))
    kept = (anchors < 1 << 30) | (np.arange(len(anchors)) - first[anchor_owner] < _FEWEST_ANCHORS)
    heads = (twelve[starts] >> _SHIFT).tolist()
    return heads, _split(shingle_owner, shingles, len(texts)), _split(anchor_owner[kept], anchors[kept], len(texts))


def _mixed(hashes: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    return (hashes ^ (hashes >> _SHIFT)) * _MIX


def _distinct(
    owner: npt.NDArray[np.int64], hashes: npt.NDArray[np.uint64], chosen: npt.NDArray[np.bool_]
) -> tuple[npt.NDArray[np.int64], Hashes]:
    """Each owner's distinct chosen hashes (their upper half), in order."""
    both = np.sort((owner[chosen].astype(np.uint64) << _SHIFT) | (hashes[chosen] >> _SHIFT))
    both = both[np.append(True, both[1:] != both[:-1])[: len(both)]]
    return (both >> _SHIFT).astype(np.int64), both.astype(np.uint32)


def _split(owner: npt.NDArray[np.int64], hashes: Hashes, count: int) -> list[Hashes]:
    ends = np.searchsorted(owner, np.arange(count), "right").tolist()
    return [hashes[start:end] for start, end in zip([0, *ends[:-1]], ends, strict=True)]


class _First(NamedTuple):
    """What is kept of a group's first post."""

    post_id: str
    key: int
    head: int
    marked: bool
    shingles: Hashes


class DuplicateIndex:
    """Near-duplicates of a stream, in bounded memory; a function of the posts and their order alone.

    ``threshold``: Jaccard index of 5-grams from which two posts are near-duplicates, 0 to 1. ``capacity``: how
    many 5-gram hashes of first posts are kept, 4 bytes each; beyond it the groups that have waited longest for
    a post are forgotten (None: never). Memory: 34 MB for the table, and for each first post its 5-grams and
    about 700 bytes: some 160 MB for 100,000 first posts of 125 characters, 230 MB at the default capacity. Can
    be pickled, and saved without pickle.

    Raises SettingsError for values out of range.
    """

    def __init__(self, threshold: float = 0.4, capacity: int | None = 20_000_000) -> None:
        if not 0 <= threshold <= 1 or (capacity is not None and capacity < _LONGEST):
            raise SettingsError(
                f"threshold must be 0 to 1 and capacity at least {_LONGEST}.", setting="duplicates"
            )
        self.threshold = threshold
        self.capacity = capacity
        self._firsts: OrderedDict[int, _First] = OrderedDict()  # the one longest waiting first
        self._by_key: dict[int, int] = {}
        # by an anchor's lower bits: its upper bits, above them the numbers of the last first posts that have it
        self._table = np.zeros((_BUCKETS, _WAYS), np.uint64)
        self._next = 1
        self._held = 0

    def add(self, post_id: str, text: Normalised | str | Sketch) -> Placement:
        """Places a post; the first of its kind is kept for those to come. A text without words is alone."""
        new = text if isinstance(text, Sketch) else sketch(text)
        if not len(new.shingles):
            return Placement(post_id, "same", 1.0)
        known = self._by_key.get(new.key)
        if known is not None:
            self._firsts.move_to_end(known)
            return Placement(self._firsts[known].post_id, "same", 1.0)
        found, placement = self._nearest(new)
        if found:
            self._firsts.move_to_end(found)
        if placement is None or placement.relation == "quotes":
            self._keep(post_id, new)
        return placement or Placement(post_id, "same", 1.0)

    def add_many(self, posts: Iterable[tuple[str, Normalised | str | Sketch]]) -> list[Placement]:
        """One placement per post, as if they were added one by one, but faster."""
        stream = iter(posts)
        placements = []
        while batch := list(islice(stream, _BATCH)):
            made = iter(sketches([text for _, text in batch if not isinstance(text, Sketch)]))
            placements += [
                self.add(post_id, text if isinstance(text, Sketch) else next(made)) for post_id, text in batch
            ]
        return placements

    def __len__(self) -> int:
        """How many first posts are kept."""
        return len(self._firsts)

    def _nearest(self, new: Sketch) -> tuple[int, Placement | None]:
        """The number of the kept post that is most like a new one, near or quoted, and the placement by it."""
        entries = self._table[new.anchors & np.uint32(_BUCKETS - 1)]
        known = entries[(entries & _TAG) == (new.anchors >> _BUCKET_BITS)[:, np.newaxis]]
        candidates = []
        for number, count in Counter((known >> _SHIFT).tolist()).items():
            first = self._firsts.get(number)
            if first and count >= _FEWEST_HITS * min(len(new.anchors), len(first.shingles) / 4):
                candidates.append((-count, number, first))
        nearest: tuple[float, int, Relation, float] = (-1.0, 0, "near", 0.0)
        for _, number, old in sorted(candidates)[:_CANDIDATES]:
            shared = _shared(new.shingles, old.shingles)
            similarity = shared / (len(new.shingles) + len(old.shingles) - shared)
            contains, within = shared / len(old.shingles), shared / len(new.shingles)
            if new.marked == old.marked:
                longer = abs(len(new.shingles) - len(old.shingles))
                own_words = similarity < _OWN_WORDS and longer >= _OWN_LENGTH
            else:
                own_words = similarity < _OWN_WORDS_MARKED
            if new.cut and new.head == old.head and within >= _CONTAINED:
                nearest = max(nearest, (within, -number, "near", within))
            elif own_words and contains >= _CONTAINED and len(old.shingles) >= _QUOTED:
                nearest = max(nearest, (similarity, -number, "quotes", contains))
            elif own_words and within >= _CONTAINED and len(new.shingles) >= _QUOTED:
                continue  # the old one quotes the new
            elif similarity >= self.threshold:
                nearest = max(nearest, (similarity, -number, "near", similarity))
        _, number, relation, similarity = nearest
        if not number:
            return 0, None
        return -number, Placement(self._firsts[-number].post_id, relation, round(similarity, 6))

    def _keep(self, post_id: str, new: Sketch) -> None:
        number = self._next
        self._next += 1
        self._firsts[number] = _First(post_id, new.key, new.head, new.marked, new.shingles.copy())
        self._by_key[new.key] = number
        buckets = new.anchors & np.uint32(_BUCKETS - 1)
        self._table[buckets, 1:] = self._table[buckets, :-1]
        self._table[buckets, 0] = np.uint64(number << 32) | (new.anchors >> _BUCKET_BITS)
        self._held += len(new.shingles)
        while self.capacity is not None and self._held > self.capacity:
            _, old = self._firsts.popitem(last=False)
            del self._by_key[old.key]
            self._held -= len(old.shingles)

    def save(self, path: Path) -> None:
        """Writes the state to a file (NumPy's npz), to go on with by ``load``."""
        firsts = list(self._firsts.values())
        ids = [first.post_id.encode("utf-8", "surrogatepass") for first in firsts]
        with path.open("wb") as file:
            np.savez(
                file,
                settings=np.array([self.threshold, -1 if self.capacity is None else self.capacity, self._next]),
                numbers=np.array(list(self._firsts), np.int64),
                ids=np.frombuffer(b"".join(ids), np.uint8),
                id_lengths=np.array([len(each) for each in ids], np.int64),
                keys=np.array([first.key for first in firsts], np.uint64),
                heads=np.array([first.head for first in firsts], np.uint32),
                marked=np.array([first.marked for first in firsts], np.bool_),
                shingles=np.concatenate([_NOTHING, *(first.shingles for first in firsts)]),
                lengths=np.array([len(first.shingles) for first in firsts], np.int64),
                table=self._table,
            )

    @classmethod
    def load(cls, path: Path) -> DuplicateIndex:
        """The index as it was saved. Raises OSError, ValueError or KeyError for a file that holds none."""
        with np.load(path, allow_pickle=False) as file:
            threshold, capacity, following = file["settings"].tolist()
            index = cls(threshold, None if capacity < 0 else int(capacity))
            index._table, index._next = file["table"], int(following)
            ids, shingles = file["ids"].tobytes(), file["shingles"]
            id_ends, ends = np.cumsum(file["id_lengths"]).tolist(), np.cumsum(file["lengths"]).tolist()
            columns = [file[name].tolist() for name in ("numbers", "keys", "heads", "marked")]
        id_start = start = 0
        for number, key, head, marked, id_end, end in zip(*columns, id_ends, ends, strict=True):
            post_id = ids[id_start:id_end].decode("utf-8", "surrogatepass")
            index._firsts[number] = _First(post_id, key, head, marked, shingles[start:end].copy())
            index._by_key[key] = number
            id_start, start = id_end, end
        index._held = len(shingles)
        return index


def _shared(one: Hashes, other: Hashes) -> int:
    """How many hashes two sorted, distinct arrays share."""
    if len(one) > len(other):
        one, other = other, one
    places = other.searchsorted(one)
    places[places == len(other)] = 0
    return int(np.count_nonzero(other[places] == one))


def group_duplicates(posts: Sequence[tuple[str, Normalised]], threshold: float = 0.4) -> dict[str, str]:
    """Each post id and the id of its near-duplicate group: the lowest id in it, its own when it is alone. A
    post that quotes another is not of its group."""
    index = DuplicateIndex(threshold, capacity=None)
    groups = {}
    for post_id, text in sorted(posts, key=lambda post: post[0]):
        placement = index.add(post_id, text)
        groups[post_id] = post_id if placement.relation == "quotes" else placement.group
    return groups
