"""Loading the library of facts and answers that ships, through the same actions as anybody's."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from django.db import transaction

from motkraft.answers.actions.writing import (
    add_fact,
    approve_answer,
    publish_answer,
    submit_answer,
    verify_fact,
    write_answer,
)
from motkraft.answers.models import Answer, Fact
from motkraft.answers.rules import Audience, Channel, FactStatus, LibraryFault
from motkraft.people.access import Actor, acting


@dataclass(frozen=True)
class Loaded:
    """What a loading did: how many facts and answers are new, and how many answers were published."""

    facts: int = 0
    answers: int = 0
    published: int = 0


def load_library(author: Actor, approver: Actor | None = None, *, folder: Path | None = None) -> Loaded:
    """Load facts and answers from TOML files (the ones that ship, unless a folder is given) for the author's
    organisation.

    What is there already is left alone, so loading twice changes nothing. With an ``approver``, another person
    of the same organisation, facts that say ``verified = true`` are verified, and answers on them approved and
    published; without one, everything waits as drafts. Raises LibraryFault naming file and entry.
    """
    entries = read_library(folder)
    new_facts = new_answers = published = 0
    with acting(author), transaction.atomic():
        for entry in entries["fact"]:
            if Fact.objects.filter(organisation_id=author.organisation_id, key=entry["key"]).exists():
                continue
            fact = add_fact(author, **{name: value for name, value in entry.items() if name != "verified"})
            new_facts += 1
            if approver is not None and entry.get("verified"):
                with acting(approver):
                    verify_fact(approver, fact.pk)
        known = {fact.key: fact for fact in Fact.objects.filter(organisation_id=author.organisation_id)}
        for entry in entries["answer"]:
            fields = {
                **entry,
                "channel": Channel(entry.get("channel", "page")),
                "audience": Audience(entry.get("audience", "public")),
            }
            same = Answer.objects.filter(
                organisation_id=author.organisation_id, claim_id=entry["claim_id"],
                language=entry["language"],
                channel=fields["channel"].value, audience=fields["audience"].value,
            )  # fmt: skip
            if same.exists():
                continue
            missing = [key for key in entry["facts"] if key not in known]
            if missing:
                raise LibraryFault(
                    "An answer names a fact that is not in the library.",
                    answer=entry["claim_id"],
                    facts=missing,
                )
            answer = write_answer(author, **{**fields, "facts": [known[key] for key in entry["facts"]]})
            new_answers += 1
            if approver is not None and all(known[key].state is FactStatus.VERIFIED for key in entry["facts"]):
                submit_answer(author, answer.pk)
                with acting(approver):
                    approve_answer(approver, answer.pk)
                    publish_answer(approver, answer.pk)
                published += 1
    return Loaded(new_facts, new_answers, published)


_FACT_FIELDS = frozenset({"key", "statement_sv", "statement_en", "source_title", "checked_on"})
_ANSWER_FIELDS = frozenset({"claim_id", "language", "title", "body", "facts"})


def read_library(folder: Path | None) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {"fact": [], "answer": []}
    root = folder if folder is not None else files("motkraft.answers").joinpath("library")
    for path in sorted((p for p in root.iterdir() if p.name.endswith(".toml")), key=lambda p: p.name):
        try:
            data = tomllib.loads(path.read_text("utf-8"))
        except tomllib.TOMLDecodeError as error:
            raise LibraryFault("A library file is not valid TOML.", file=path.name, where=str(error)) from error
        for kind, needed in (("fact", _FACT_FIELDS), ("answer", _ANSWER_FIELDS)):
            for number, entry in enumerate(data.get(kind, []), 1):
                lacking = sorted(needed - entry.keys())
                if lacking:
                    raise LibraryFault(
                        "A library entry lacks fields.",
                        file=path.name,
                        entry=f"{kind} {number}",
                        fields=lacking,
                    )
                found[kind].append(entry)
    return found
