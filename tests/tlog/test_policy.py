"""Trust policies: what they may say, and which checkpoints satisfy them."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import pytest

from motkraft.tlog.checkpoint import Checkpoint
from motkraft.tlog.cosign import cosign
from motkraft.tlog.errors import InvalidSignature, QuorumNotMet, TlogError, UnknownLog
from motkraft.tlog.note import Note, NoteSigner, sign_note
from motkraft.tlog.policy import Policy
from tlog.keys import ORIGIN, signer, witness
from tlog.vectors import cases, data

NOW = 1790000000
BODY = str(Checkpoint(ORIGIN, 5, bytes(32)))
SIGNED = sign_note(BODY, signer())


def _cosigned(*witnesses: NoteSigner) -> str:
    note = Note.parse(SIGNED)
    return str(Note(note.text, (*note.signatures, *(cosign(SIGNED, each, NOW) for each in witnesses))))


@pytest.mark.parametrize("case", cases("policy/good"))
def test_a_policy_is_read(case: dict[str, Any]) -> None:
    policy = Policy.parse(data(case))

    found = (len(policy.logs), len(policy.witnesses), len(policy.groups))
    assert found == (case["logs"], case["witnesses"], case["groups"])
    assert case["quorum"] in (policy.quorum, None)


@pytest.mark.parametrize("case", cases("policy/bad"))
def test_a_bad_policy_is_refused_and_the_line_is_named(case: dict[str, Any]) -> None:
    with pytest.raises(TlogError) as caught:
        Policy.parse(data(case))
    assert caught.value.code == case["code"]
    assert caught.value.data["line"] == case["line"]


def test_two_of_three_means_any_two_and_no_fewer() -> None:
    trio = [witness(f"{name}.example") for name in ("one", "two", "three")]
    lines = [f"witness {n} {each.verifier}\n" for n, each in enumerate(trio)]
    policy = Policy.parse(f"log {signer().verifier}\n{''.join(lines)}group g 2 0 1 2\nquorum g\n")

    for count in range(4):
        for present in combinations(trio, count):
            if count < 2:
                with pytest.raises(QuorumNotMet):
                    policy.verify(_cosigned(*present))
            else:
                verified = policy.verify(_cosigned(*present))
                assert [w.key_name for w in verified.cosigned_by] == [w.name for w in present]
                assert {w.timestamp for w in verified.cosigned_by} == {NOW}


def test_nested_groups_are_counted_as_the_specification_s_example_says() -> None:
    xs = [witness(f"x{n}.example") for n in range(3)]
    ys = [witness(f"y{n}.example") for n in range(3)]
    lines = [f"witness {each.name} {each.verifier}\n" for each in xs + ys]
    policy = Policy.parse(
        f"log {signer().verifier}\n{''.join(lines)}"
        "group X 2 x0.example x1.example x2.example\n"
        "group Y any y0.example y1.example y2.example\n"
        "group both all X Y\n"
        "quorum both\n"
    )

    policy.verify(_cosigned(xs[0], xs[2], ys[1]))
    for too_few in ((xs[0], xs[1], xs[2]), (xs[0], ys[0], ys[1]), (ys[0], ys[1], ys[2])):
        with pytest.raises(QuorumNotMet):
            policy.verify(_cosigned(*too_few))


def test_a_policy_that_asks_for_no_witness_still_demands_the_log() -> None:
    policy = Policy.parse(f"log {signer().verifier}\nquorum none\n")

    verified = policy.verify(SIGNED)

    assert verified.log_keys == (str(signer().verifier),)
    assert (verified.cosigned_by, verified.quorum) == ((), "none")


def test_a_log_that_the_policy_does_not_name_is_unknown_whatever_witnesses_say() -> None:
    policy = Policy.parse(f"witness w {witness().verifier}\nquorum w\n")

    with pytest.raises(UnknownLog):
        policy.verify(_cosigned(witness()))


def test_a_log_key_under_another_name_does_not_vouch_for_this_origin() -> None:
    other = signer("motkraft.example/log/0180")
    policy = Policy.parse(f"log {other.verifier}\nquorum none\n")

    with pytest.raises(UnknownLog):
        policy.verify(sign_note(BODY, other))


def test_a_false_cosignature_of_a_witness_beyond_the_quorum_refuses_the_whole_note() -> None:
    good, bad = witness("good.example"), witness("bad.example")
    policy = Policy.parse(
        f"log {signer().verifier}\nwitness good {good.verifier}\nwitness bad {bad.verifier}\nquorum good\n"
    )
    other = sign_note(str(Checkpoint(ORIGIN, 6, bytes(32))), signer())

    with pytest.raises(InvalidSignature):
        policy.verify(_cosigned(good) + str(cosign(other, bad, NOW)))
