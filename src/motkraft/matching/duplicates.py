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
_OWN_LENGTH = 20  # if it is longer by so many shingles
_OWN_WORDS_MARKED = 0.97  # the same, where one of them shows by quotation marks or a second author that it quotes
_WRAPPING = 160  # characters of an edge looked at in one step
_CANDIDATES = 8  # at most, and of those only with this share of the anchors that they could have in common:
_FEWEST_HITS = 1 / 12
_WAYS = 4
_BUCKETS = 1 << 21

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
_MARKED = re.compile(
    r"[\"“”„»«][^\"“”„»«]{30,}[\"“”»«]|\n[>\n]|(?<!\w)(?:[rmq]t|via) @\w", re.IGNORECASE
)
_LINK_OR_MENTION = re.compile(rf"{_LINK}|(?<![\w@.])@[\w.]{{2,}}", re.IGNORECASE)
_NO_WORD = re.compile(r"[\W_]+")

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
    """The sketch of a text. A plain string must keep its case folded or not as all others do, its links,
    mentions and hashtag signs; normalised text compares better."""
    original = text if isinstance(text, str) else text.original
    start, end, cut = _own_part(original)
    words = _words(text, start, end) or _words(text, 0, len(original))
    key = int.from_bytes(blake2b(words.encode("utf-8", "replace"), digest_size=8).digest(), "little")
    marked = _MARKED.search(original, start, end) is not None
    shingles, anchors = _hashes(words[:_LONGEST])
    return Sketch(key, int(shingles[0]) if len(shingles) else 0, _distinct(shingles), anchors, cut, marked)


def _own_part(text: str) -> tuple[int, int, bool]:
    """Where the author's or the quoted author's words start and end, and whether they are cut short."""
    start, end, cut = 0, len(text), False
    while start < end and (wrapped := _BEFORE.match(text, start, min(end, start + _WRAPPING))):
        start = wrapped.end()
    while start < end:
        tail = text[max(start, end - _WRAPPING) : end]
        last = tail.split()[-1:] or [tail]
        if wrapped := _EDGE.match(tail[::-1]):
            end -= wrapped.end()
        elif _LAST_WORD.fullmatch(last[0]):
            end -= len(last[0])
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
        part = _LINK_OR_MENTION.sub(" ", text[start:end])
    elif _NO_WORD.fullmatch(_LINK_OR_MENTION.sub(" ", f" {text.original[:start]} {text.original[end:]}")):
        part = text.text
    else:
        offsets = text.offsets
        first = bisect_left(offsets, (start, 0))
        part = text.text[first : bisect_left(offsets, (end, 0), first)]
    return _NO_WORD.sub(" ", part).strip()


_FIVE = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0x27D4EB2F165667C5, 0x85EBCA77C2B2AE63],
                 dtype=np.uint64).view(np.int64)  # fmt: skip
_MIX = np.uint64(0xFF51AFD7ED558CCD)
_SHIFT = np.uint64(32)


def _hashes(words: str) -> tuple[Hashes, Hashes]:
    """Hashes of all 5-grams in their order, and the anchors. A shorter text is its own only gram."""
    if not words:
        return _NOTHING, _NOTHING
    characters = np.frombuffer(words.ljust(SHINGLE, "\0").encode("utf-32-le", "replace"), np.uint32)
    five = np.correlate(characters.astype(np.int64), _FIVE, "valid").view(np.uint64)
    five ^= five >> _SHIFT
    five *= _MIX
    if len(words) <= _ANCHOR:
        twelve = five.sum(keepdims=True) * _MIX
    else:
        twelve = five[:-7] + five[4:-3] * _FIVE.view(np.uint64)[0] + five[7:] * _FIVE.view(np.uint64)[1]
        twelve ^= twelve >> _SHIFT
        twelve *= _MIX
    anchors = _distinct((twelve >> _SHIFT).astype(np.uint32))
    low = int(np.searchsorted(anchors, 1 << 30))
    return (five >> _SHIFT).astype(np.uint32), anchors[: max(low, _FEWEST_ANCHORS)]


def _distinct(hashes: Hashes) -> Hashes:
    ordered = np.sort(hashes)
    if len(ordered) < 2:
        return ordered
    new = np.empty(len(ordered), np.bool_)
    new[0] = True
    np.not_equal(ordered[1:], ordered[:-1], out=new[1:])
    return ordered[new]


class DuplicateIndex:
    """Near-duplicates of a stream, in bounded memory; a function of the posts and their order alone.

    ``threshold``: Jaccard index of 5-grams from which two posts are near-duplicates, 0 to 1. ``capacity``: how
    many 5-gram hashes of first posts are kept, 4 bytes each; beyond it the groups that have waited longest for
    a post are forgotten (None: never). Memory: 34 MB for the table, and for each first post its 5-grams and
    about 500 bytes: some 100 MB for 100,000 posts of 120 characters. Can be pickled, and saved without pickle.

    Raises SettingsError for values out of range.
    """

    def __init__(self, threshold: float = 0.4, capacity: int | None = 20_000_000) -> None:
        if not 0 <= threshold <= 1 or (capacity is not None and capacity < _LONGEST):
            raise SettingsError(
                f"threshold must be 0 to 1 and capacity at least {_LONGEST}.", setting="duplicates"
            )
        self.threshold = threshold
        self.capacity = capacity
        self._firsts: OrderedDict[int, tuple[str, Sketch]] = OrderedDict()  # the one longest waiting first
        self._by_key: dict[int, int] = {}
        self._table = np.zeros((_BUCKETS, _WAYS), np.uint32)
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
            return Placement(self._firsts[known][0], "same", 1.0)
        found, placement = self._nearest(new)
        if found:
            self._firsts.move_to_end(found)
        if placement is None or placement.relation == "quotes":
            self._keep(post_id, new)
        return placement or Placement(post_id, "same", 1.0)

    def add_many(self, posts: Iterable[tuple[str, Normalised | str | Sketch]]) -> list[Placement]:
        """One placement per post, as if they were added one by one."""
        return [self.add(post_id, text) for post_id, text in posts]

    def __len__(self) -> int:
        """How many first posts are kept."""
        return len(self._firsts)

    def _nearest(self, new: Sketch) -> tuple[int, Placement | None]:
        """The kept post that a new one is nearest to, or that it quotes the most of."""
        hits = Counter(self._table[new.anchors & np.uint32(_BUCKETS - 1)].ravel().tolist())
        hits.pop(0, None)
        alive = sorted(
            (-count, number)
            for number, count in hits.items()
            if number in self._firsts
            and count >= _FEWEST_HITS * min(len(new.anchors), len(self._firsts[number][1].shingles) / 4)
        )
        near: tuple[float, int] = (0.0, 0)
        quoted: tuple[int, float, int] = (0, 0.0, 0)
        for _, number in alive[:_CANDIDATES]:
            old = self._firsts[number][1]
            shared = _shared(new.shingles, old.shingles)
            similarity = shared / (len(new.shingles) + len(old.shingles) - shared)
            contains, within = shared / len(old.shingles), shared / len(new.shingles)
            if new.marked == old.marked:
                longer = abs(len(new.shingles) - len(old.shingles))
                own_words = similarity < _OWN_WORDS and longer >= _OWN_LENGTH
            else:
                own_words = similarity < _OWN_WORDS_MARKED
            if new.cut and new.head == old.head and within >= _CONTAINED:
                near = max(near, (within, -number))
            elif own_words and contains >= _CONTAINED and len(old.shingles) >= _QUOTED:
                quoted = max(quoted, (shared, contains, -number))
            elif own_words and within >= _CONTAINED and len(new.shingles) >= _QUOTED:
                continue  # the old one quotes the new
            elif similarity >= self.threshold:
                near = max(near, (similarity, -number))
        relation: Relation = "near" if near[1] else "quotes"
        similarity, number = near if near[1] else quoted[1:]
        if not number:
            return 0, None
        return -number, Placement(self._firsts[-number][0], relation, round(similarity, 6))

    def _keep(self, post_id: str, new: Sketch) -> None:
        number = self._next
        self._next += 1
        self._firsts[number] = (post_id, new._replace(anchors=_NOTHING))
        self._by_key[new.key] = number
        buckets = new.anchors & np.uint32(_BUCKETS - 1)
        self._table[buckets, 1:] = self._table[buckets, :-1]
        self._table[buckets, 0] = number
        self._held += len(new.shingles)
        while self.capacity is not None and self._held > self.capacity:
            _, (_, old) = self._firsts.popitem(last=False)
            del self._by_key[old.key]
            self._held -= len(old.shingles)

    def save(self, path: Path) -> None:
        """Writes the state to a file (NumPy's npz), to go on with by ``load``."""
        sketches = [kept for _, kept in self._firsts.values()]
        ids = [post_id.encode("utf-8", "surrogatepass") for post_id, _ in self._firsts.values()]
        with path.open("wb") as file:
            np.savez(
                file,
                settings=np.array([self.threshold, -1 if self.capacity is None else self.capacity, self._next]),
                numbers=np.array(list(self._firsts), np.uint32),
                ids=np.frombuffer(b"".join(ids), np.uint8),
                id_lengths=np.array([len(each) for each in ids], np.int64),
                keys=np.array([each.key for each in sketches], np.uint64),
                heads=np.array([each.head for each in sketches], np.uint32),
                flags=np.array([(each.cut, each.marked) for each in sketches], np.bool_).reshape(-1, 2),
                shingles=_joined([each.shingles for each in sketches]),
                lengths=np.array([len(each.shingles) for each in sketches], np.int64),
                table=self._table,
            )

    @classmethod
    def load(cls, path: Path) -> DuplicateIndex:
        """The index as it was saved. Raises OSError or ValueError for a file that holds none."""
        with np.load(path, allow_pickle=False) as file:
            threshold, capacity, following = file["settings"].tolist()
            index = cls(threshold, None if capacity < 0 else int(capacity))
            index._table = file["table"]
            index._next = int(following)
            ids, shingles = file["ids"].tobytes(), file["shingles"]
            numbers, keys, heads, flags = (file[name].tolist() for name in ("numbers", "keys", "heads", "flags"))
            id_ends, ends = np.cumsum(file["id_lengths"]).tolist(), np.cumsum(file["lengths"]).tolist()
        for at, number in enumerate(numbers):
            post_id = ids[id_ends[at - 1] if at else 0 : id_ends[at]].decode("utf-8", "surrogatepass")
            grams = shingles[ends[at - 1] if at else 0 : ends[at]].copy()
            index._firsts[number] = (post_id, Sketch(keys[at], heads[at], grams, _NOTHING, *flags[at]))
            index._by_key[keys[at]] = number
            index._held += len(grams)
        return index


def _joined(arrays: Sequence[Hashes]) -> Hashes:
    return np.concatenate(arrays) if arrays else _NOTHING


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
