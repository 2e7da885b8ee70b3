"""How many threats the engine finds, and how often it takes everyday talk for one.

The posts (benchmarks/threats, 588 in ten languages and Arabizi) are synthetic; half are none: sport, games, figures of
speech, threats that are condemned or reported, worried parents, lawful protest. Those marked ``fit`` were written
before the rules were tuned, and the rules were tuned on them and on the training posts of benchmarks/field: their
figures say only that the rules hold. Those marked ``held`` were written when the rules were done and changed nothing;
they threaten in ways that no rule foresaw, on purpose. The exam (benchmarks/field/exam) and the ordinary posts
(benchmarks/offtopic) are by other hands. *Found*: any signal above low; *kind*: one of the right kind. A *false alarm*
is a signal above low on a post that is none. Peers in the same run: a plain list of words (threats/words.toml), and
plain multilingual-e5-small against the library's wordings of incitement, its threshold where the fit posts are told
apart best (Youden's J).
"""

from __future__ import annotations

import argparse
import json
import re
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from labelled import EXAM, ROOT, read

from motkraft.matching import Analyser, ClaimLibrary, E5Embedder, PostIn, normalise

HERE = ROOT / "benchmarks/threats"
KINDS = ("explicit", "veiled", "incitement", "gathering")
NONE = ("sport", "game", "figure", "condemns", "news", "parent", "lawful", "everyday")


@dataclass(frozen=True)
class Post:
    """A post, what kind of threat it is (``none`` for none), and what else it is."""

    id: str
    language: str
    text: str
    kind: str
    split: str
    what: str = ""


Way = Callable[[Sequence[str]], list[set[str]]]  # texts → kinds told of each, ``any`` for a threat of no told kind


def posts_of(folder: Path) -> list[Post]:
    """The posts of the folder's files."""
    lines = [line for path in sorted(folder.glob("*.ndjson")) for line in path.read_text("utf-8").splitlines()]
    return [Post(**json.loads(line)) for line in lines]


def engine(analyser: Analyser) -> Way:
    """The kinds of the signals above low."""

    def told(texts: Sequence[str]) -> list[set[str]]:
        inputs = [PostIn(str(n), text) for n, text in enumerate(texts)]
        found = analyser.analyse(inputs, grouped=False)
        return [{signal.kind for signal in one.threats if signal.severity != "low"} for one in found]

    return told


def words_listed() -> Way:
    """Any word of a plain list, as a whole word or, with a star, as its beginning."""
    listed = tomllib.loads((HERE / "words.toml").read_text("utf-8"))["words"]
    folded = [normalise(word.rstrip("*")).text for word in listed]
    pattern = re.compile(
        r"(?<!\w)(?:"
        + "|".join(
            re.escape(fold) + (r"\w*" if word.endswith("*") else "") for word, fold in zip(listed, folded, strict=True)
        )
        + r")(?!\w)"
    )
    return lambda texts: [{"any"} if pattern.search(normalise(text).text) else set() for text in texts]


def plain_e5(library: ClaimLibrary, fit: Sequence[Post]) -> Way:
    """Likeness to any wording of incitement, with the threshold that tells the fit posts apart best."""
    encoder = E5Embedder(adapter=None)
    claims = {claim.id for claim in library.claims if claim.kind == "incitement"}
    wordings = encoder.embed([w.text for w in library.wordings if w.claim_id in claims], "passage")

    def scores(texts: Sequence[str]) -> np.ndarray:
        return (encoder.embed(list(texts), "query") @ wordings.T).max(axis=1)

    known, truth = scores([post.text for post in fit]), np.array([post.kind != "none" for post in fit])
    marks = np.unique(known)
    right = [(known[truth] >= mark).mean() + (known[~truth] < mark).mean() for mark in marks]
    threshold = marks[int(np.argmax(right))]
    return lambda texts: [{"any"} if score >= threshold else set() for score in scores(texts)]


def figures(posts: Sequence[Post], told: Sequence[set[str]]) -> dict:
    """Counts as [part, whole]: found and of the right kind, per kind and language; false alarms per language and
    sort."""
    out: dict[str, dict[str, list[int]]] = {"found": {}, "kind": {}, "languages": {}, "alarms": {}, "sorts": {}}

    def count(table: str, name: str, hit: bool) -> None:
        cell = out[table].setdefault(name, [0, 0])
        cell[0] += hit
        cell[1] += 1

    for post, kinds in zip(posts, told, strict=True):
        if post.kind == "none":
            count("alarms", post.language, bool(kinds))
            count("sorts", post.what, bool(kinds))
            count("alarms", "all", bool(kinds))
        else:
            count("found", post.kind, bool(kinds))
            count("found", "all", bool(kinds))
            count("kind", post.kind, post.kind in kinds)
            count("kind", "all", post.kind in kinds)
            count("languages", post.language, bool(kinds))
    return out


def exam_figures(way: Way) -> dict[str, list[int]]:
    """On the exam: posts that incite found at all and as incitement, and signals above low on all others."""
    posts = read(EXAM)
    told = way([post.text for post in posts])
    incite = [kinds for post, kinds in zip(posts, told, strict=True) if "N17" in post.spread]
    others = [kinds for post, kinds in zip(posts, told, strict=True) if "N17" not in post.claims]
    return {
        "found": [sum(map(bool, incite)), len(incite)],
        "told": [sum("incitement" in kinds for kinds in incite), len(incite)],
        "alarms": [sum(map(bool, others)), len(others)],
        "incitement": [sum("incitement" in kinds for kinds in others), len(others)],
    }


def ordinary_figures(way: Way) -> list[int]:
    """Signals above low on every fourth ordinary post."""
    paths = sorted((ROOT / "benchmarks/offtopic").glob("*.txt"))
    lines = [line for path in paths for line in path.read_text("utf-8").splitlines() if line and line[0] != "#"][::4]
    return [sum(map(bool, way(lines))), len(lines)]


def share(cell: list[int] | None) -> str:
    return "–" if not cell or not cell[1] else f"{cell[0]}/{cell[1]}"


def show(title: str, table: dict[str, dict], columns: Sequence[str]) -> None:
    print(f"\n{title}\n{'':22}" + "".join(f"{name:>12}" for name in columns))
    for name, row in table.items():
        print(f"{name:22}" + "".join(f"{share(row.get(column)):>12}" for column in columns))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="rules and words only: no model, no exam")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    parser.add_argument("--errors", choices=("fit", "held"), help="print what was judged wrongly among these posts")
    args = parser.parse_args()
    posts = posts_of(HERE)
    library = ClaimLibrary.seed()
    halves = {split: [post for post in posts if post.split == split] for split in ("held", "fit")}
    ways: dict[str, Way] = {"a list of words": words_listed(), "ours, rules": engine(Analyser(ClaimLibrary((), ())))}
    if not args.quick:
        ways["plain e5"] = plain_e5(library, halves["fit"])
        ways["ours, rules and model"] = engine(Analyser(library, embedder=E5Embedder()))
    results: dict[str, dict] = {}
    for split, some in halves.items():
        results[split] = {name: figures(some, way([post.text for post in some])) for name, way in ways.items()}
        found = {name: {**one["found"], "alarms": one["alarms"]["all"]} for name, one in results[split].items()}
        show(f"{split} posts: found at all, and false alarms", found, (*KINDS, "all", "alarms"))
        kinds = {name: one["kind"] for name, one in results[split].items() if name.startswith("ours")}
        show(f"{split} posts: told as the right kind", kinds, (*KINDS, "all"))
    codes = sorted({post.language for post in posts})
    last = list(ways)[-1]
    held = results["held"][last]
    show(f"held posts, {last}: by language", {"found": held["languages"], "false alarms": held["alarms"]}, codes)
    show(f"held posts, {last}: false alarms by sort", {"false alarms": held["sorts"]}, NONE)
    if not args.quick:
        results["exam"] = {
            name: {**exam_figures(way), "ordinary": ordinary_figures(way)} for name, way in ways.items()
        }
        show(
            "exam: incitement found, told as such; signals on its other posts; on ordinary posts",
            results["exam"],
            ("found", "told", "alarms", "incitement", "ordinary"),
        )
    if args.errors:
        some = halves[args.errors]
        for post, kinds in zip(some, ways[last]([post.text for post in some]), strict=True):
            if bool(kinds) != (post.kind != "none"):
                print(f"{post.id} {post.kind} {post.what} | said {','.join(sorted(kinds)) or '-'} | {post.text}")
    if args.json:
        args.json.write_text(json.dumps(results, ensure_ascii=False, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
