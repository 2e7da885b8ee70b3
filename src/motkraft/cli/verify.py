"""``motkraft verify``: what anyone can check."""

from __future__ import annotations

import datetime as dt
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from motkraft.cli.frame import app, console, database, shown
from motkraft.errors import MotkraftError

if TYPE_CHECKING:
    from motkraft.decisions.rules import FileVerification, Witnessed

VERDICTS = {
    "genuine": ("green", "Genuine: sealed, unchanged, and the notice that was published."),
    "replaced": ("yellow", "Genuine, but replaced by a later decision."),
    "revoked": ("yellow", "Genuine, but revoked since."),
    "changed": ("red", "Not genuine: the file was changed after it was sealed, or sealed by somebody else."),
    "not_this": ("red", "Not this decision: the file is another than the one that was published."),
    "unknown": ("yellow", "The seal is intact, but nothing was published here for this file."),
    "no_seal": ("red", "No e-seal: anyone could have made this file."),
    "not_pdf": ("red", "Not a PDF."),
    "too_big": ("red", "Larger than any notice: it was not looked at."),
    "log_failed": ("red", "The proof in the log does not hold."),
}

LABELS = {
    "sha256": "SHA-256 of the file",
    "sealed_by": "sealed by",
    "hash_is_published": "published file",
    "roots_lead_to_it": "trusted certificates",
    "log": "log",
    "log_index": "place in the log",
    "commitment": "original's fingerprint",
    "quorum": "witnesses needed",
    "quorum_holds": "enough witnesses",
}
_YES = {True: "yes", False: "no"}
VALUES: dict[str, dict[str | bool, str]] = {
    "seal": {
        "intact": "whole, over the whole file",
        "broken": "broken",
        "none": "none",
        "not_pdf": "none: no PDF",
        "unchecked": "not looked at",
    },
    "hash_is_published": {True: "yes: it is the one that was published", False: "no: another file was published"},
    "log": {
        "logged": "the decision stands in it",
        "waiting": "the decision waits for its next signing",
        "failed": "does not confirm the decision",
        "unknown": "no decision to look for",
    },
    "test_certificate": _YES,
    "roots_lead_to_it": _YES,
    "quorum_holds": _YES,
}

UNTRUSTED = "sealing.untrusted-seal"  # the code of the error: sound, but not by these roots


@app.command()
def verify(
    file: Annotated[
        Path,
        typer.Argument(help="The notice (PDF) or evidence package (zip).", exists=True, dir_okay=False, readable=True),
    ],
    decision: Annotated[str, typer.Option(help="The decision's public id, as printed on the notice.")] = "",
    receipt: Annotated[
        Path | None,
        typer.Option(
            help="A receipt (.tlog-proof) from the verification page: verifies without a database.",
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    policy: Annotated[
        Path | None,
        typer.Option(
            help="A trust policy (tlog-policy): the log's key, its witnesses, how many must have cosigned. "
            "From a source you trust; instead of --log-key.",
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    log_key: Annotated[
        str, typer.Option(help="The log's public key, from a source you trust; for a package, or with --receipt.")
    ] = "",
    tsa_roots: Annotated[
        Path | None,
        typer.Option(help="The timestamp services' roots (PEM), for a package.", exists=True, dir_okay=False),
    ] = None,
    seal_roots: Annotated[
        Path | None,
        typer.Option(help="The roots of e-seals and timestamps that you trust (PEM).", exists=True, dir_okay=False),
    ] = None,
    original: Annotated[
        Path | None,
        typer.Option(
            help="The opened original (PDF), to compare with an opened list of who handled the decision.",
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say what a notice or an evidence package proves: seal, hashes, the log. Exit status 0 only for a genuine one."""
    from motkraft.cli.verify_package import is_package, verify_package
    from motkraft.cli.verify_sign_offs import is_sign_offs, verify_sign_offs

    if is_sign_offs(file):
        _without_database()
        verify_sign_offs(file, original=original, as_json=as_json)
        return
    if original is not None:
        raise MotkraftError("--original goes with the opened list of who handled the decision (JSON).")
    if is_package(file):
        _without_database()
        verify_package(file, log_key=log_key, roots=tsa_roots, as_json=as_json)
        return
    data = file.read_bytes()
    if receipt is not None:
        if not (log_key or policy):
            raise MotkraftError(
                "With --receipt give --log-key or --policy too: the log's public key, from a source you trust."
            )
        _without_database()
        from motkraft.decisions.rules import publication_from_receipt, verify_file
        from motkraft.tlog import Policy, VerifierKey

        trusted = policy.read_bytes() if policy else b""
        _ = Policy.parse(trusted) if policy else VerifierKey.parse(log_key)  # a slip of the pen is no forgery
        published = publication_from_receipt(receipt.read_bytes(), log_key, trusted.decode("utf-8", "replace"))
        roots = [seal_roots.read_bytes()] if seal_roots else []
        found = verify_file(data, published, now=dt.datetime.now(dt.UTC), roots=roots)
    elif log_key or policy or seal_roots:
        raise MotkraftError(
            "--log-key, --policy and --seal-roots say whom you trust, and go with --receipt. Without a receipt this "
            "installation's own log and roots count."
        )
    else:
        with database():
            from motkraft.decisions.queries import verify_file as verify_published

            found = verify_published(data, public_id=decision)
    _say(found, as_json=as_json, by_receipt=receipt is not None)
    fails = (policy and not _quorum_holds(found)) or (seal_roots and found.problem == UNTRUSTED)
    if fails or found.verdict not in ("genuine", "replaced", "revoked"):
        raise typer.Exit(1)


def _say_of_log(found: FileVerification, told: Witnessed | None) -> None:
    """What a place in the log proves of the original, and what it does not, in plain words."""
    if found.log_state != "logged" or found.publication is None:
        return
    console.print(
        "  Proven: the decision stands in the organisation's log, with this fingerprint. If it is changed or removed, "
        "whoever holds a receipt or an earlier signed state of the log sees it."
    )
    console.print(
        "  Proven: at most one original stands behind the notice. Whoever shows another is found out, since only the "
        "one fits the fingerprint."
    )
    console.print(
        "  [dim]Not proven: that the original is there. An opening shows it: two key custodians open it, and the "
        "fingerprint is compared.[/dim]"
    )
    if told is None:
        console.print(
            "  [dim]Not proven: that all see the same log. No witness outside is named; a trust policy names "
            "them.[/dim]"
        )


def _quorum_holds(found: FileVerification) -> bool:
    told = _witnessed(found)
    return told is None or told.holds


def _witnessed(found: FileVerification) -> Witnessed | None:
    from motkraft.decisions.rules import witnessed

    return witnessed(found.publication, found.logged) if found.publication else None


def _without_database() -> None:
    """Django's words and settings without any connection: nothing is started, nothing is asked."""
    import django

    os.environ.setdefault("MOTKRAFT_APP_DATABASE_URL", "postgresql:///none")
    django.setup()


def _say(found: FileVerification, *, as_json: bool, by_receipt: bool) -> None:
    colour, words = VERDICTS[found.verdict]
    told = _witnessed(found)
    facts = {
        "verdict": found.verdict,
        "sha256": found.sha256,
        "seal": found.seal_state,
        "sealed_by": found.seal.organisation if found.seal else None,
        "sealed_at": found.seal.signed_at.isoformat() if found.seal and found.seal.signed_at else None,
        "level": found.seal.level if found.seal else None,
        "timestamped_at": found.seal.timestamped_at.isoformat() if found.seal and found.seal.timestamped_at else None,
        "archived_at": [stamp.isoformat() for stamp in found.seal.archived_at] or None if found.seal else None,
        "roots_lead_to_it": found.seal.trusted if found.seal else None,
        "good_until": found.seal.good_until.isoformat() if found.seal else None,
        "test_certificate": found.is_test,
        "hash_is_published": found.published_hash,
        "log": found.log_state,
        "log_index": found.logged.index if found.logged else None,
        "log_size": found.logged.size if found.logged else None,
        "commitment": found.publication.commitment if found.publication else None,
        "witnesses": len(told.names) if told else None,
        "witnesses_known": told.of if told else None,
        "quorum": told.needed if told else None,
        "quorum_holds": told.holds if told else None,
        "problem": found.problem or None,
    }
    if as_json:
        console.print_json(json.dumps(facts))
        return
    console.print(f"[{colour}]{words}[/{colour}]")
    if told is not None and not told.holds:
        console.print(f"[yellow]Only {len(told.names)} witnesses have cosigned the log; {told.needed} must.[/yellow]")
    for name, value in facts.items():
        if value is not None and name not in ("verdict", "problem"):
            words = VALUES.get(name, {}).get(value, shown(value)) if isinstance(value, str | bool) else shown(value)
            console.print(f"  {LABELS.get(name, name.replace('_', ' ')):22} {words}", soft_wrap=True)
    _say_of_log(found, told)
    if found.is_test:
        console.print("  [yellow]The certificate is a test certificate: the seal has no legal effect.[/yellow]")
    if found.problem == UNTRUSTED:
        console.print(
            "  [red]The seal's certificate, or its timestamp's, has ended, was revoked, or does not lead to the roots "
            "that are trusted.[/red]"
        )
    elif found.seal and not found.seal.trusted:
        console.print(
            "  [dim]Not proven: who issued the certificates, and what the timestamp services say. "
            "Give their roots with --seal-roots.[/dim]"
        )
    if by_receipt and found.verdict == "genuine":
        console.print(
            "  [dim]Not proven: that the decision still applies. A receipt does not know of what was revoked or "
            "replaced since; the verification page does.[/dim]"
        )
    console.print(
        "  [dim]Not proven: that the content is right, or that a person was told of it. "
        "Who decided stays sealed and is on record.[/dim]"
    )
