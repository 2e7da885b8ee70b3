"""A signing service elsewhere holds the seal's key: only a hash leaves, a signature comes back.

The protocol is in docs/formats/sign-hash.md. A request has a name, and a name has one hash for ever: asked again with
the same hash a service answers the same, with another it refuses. So a crash can be repeated, and two documents are
never signed for one request.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import ssl
import time
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import urlsplit
from urllib.request import Request

from motkraft import outside
from motkraft.sealing.errors import CertificateRejected, SigningAway, SigningRefused
from motkraft.sealing.signers import Signer, load_roots_in

FORMAT: Final = "motkraft.sign-hash/1"
LARGEST_ANSWER: Final = 64 * 1024
_NAME: Final = re.compile(r"[A-Za-z0-9._-]{1,100}")


def remote_signer(
    url: str,
    *,
    certificate: bytes,
    token: str,
    roots: bytes = b"",
    timeout: float = 10,
    patience: float = 30,
    sleep: Callable[[float], None] = time.sleep,
) -> Signer:
    """A signer whose key a service holds. ``url`` is its address (https, or http to this machine alone).

    ``certificate`` is PEM: the seal's, then those above it. ``token`` is sent as bearer. ``roots`` (PEM) are trusted
    for TLS instead of the system's. Each question may take ``timeout`` seconds, all of them together ``patience``.
    Its ``sign`` raises SigningAway (asked again later, with the same name, nothing is lost) and SigningRefused.
    """
    place = urlsplit(url)
    if place.scheme != "https" and not (place.scheme == "http" and place.hostname in ("127.0.0.1", "::1", "localhost")):
        raise CertificateRejected("The signing service's address must begin with https://.")
    certificates = load_roots_in(certificate)
    context = ssl.create_default_context(cadata=roots.decode("ascii") if roots else None)

    def sign(attributes: bytes, request: str) -> bytes:
        if not _NAME.fullmatch(request):
            raise SigningRefused("A request to a signing service needs a name of letters, digits and ._-.")
        body = {
            "format": FORMAT,
            "certificate_sha256": hashlib.sha256(signer.certificate.dump()).hexdigest(),
            "hash": hashlib.sha256(attributes).hexdigest(),
            "hash_algorithm": "sha256",
        }
        asked = Request(  # noqa: S310 -- https, or this machine
            f"{url.rstrip('/')}/signatures/{request}",
            data=json.dumps(body).encode(),
            method="PUT",
            headers={"Content-Type": "application/json", "Authorization": f"Bearer {token}"},
        )
        end = time.monotonic() + patience
        while True:
            status, answer, wait = _ask(asked, timeout, context)
            if status == 200:
                return _signature(answer)
            if status != 202:
                raise SigningRefused(
                    "The signing service refused, and nothing was signed. It says: %(reason)s",
                    reason=str(answer.get("reason") or "")[:200] or str(status),
                )
            if time.monotonic() + wait > end:
                raise SigningAway(
                    "The signing service has the request but has not signed yet. Ask again: it goes on from there."
                )
            sleep(wait)

    signer = Signer.of(certificates[0], certificates[1:], sign)
    return signer


def _ask(asked: Request, timeout: float, context: ssl.SSLContext) -> tuple[int, dict[str, Any], float]:
    """Status, answer and seconds to wait; raises SigningAway when no answer that can be read comes."""
    try:
        status, headers, data = outside.ask(
            asked, patience=timeout, largest=LARGEST_ANSWER, context=context, through_proxy=False
        )
        answer = json.loads(data or b"{}")
        wait = max(0.05, min(10, float(headers.get("Retry-After") or 1)))  # in this order NaN is ten
    except (OSError, ValueError, RecursionError) as error:
        raise SigningAway("The signing service does not answer. Ask again: it goes on from there.") from error
    if not isinstance(answer, dict) or status >= 500 or status == 429 or (300 <= status < 400):
        raise SigningAway("The signing service cannot answer now. Ask again: it goes on from there.", status=status)
    return status, answer, wait


def _signature(answer: dict[str, Any]) -> bytes:
    try:
        return base64.b64decode(answer["signature"], validate=True)
    except (KeyError, TypeError, ValueError):
        raise SigningAway("The signing service's answer holds no signature. Ask again.") from None
