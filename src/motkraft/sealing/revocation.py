"""Asking whether a certificate was revoked, where the certificate says to ask: each answer within a size and a time.

The addresses stand in certificates that others made, so all questions together are bounded too. pyHanko reads the
answers; only the asking is done here.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit
from urllib.request import Request

from pyhanko_certvalidator.fetchers.api import FetcherBackend, Fetchers, FetchLimits
from pyhanko_certvalidator.fetchers.common_utils import FetchBudget
from pyhanko_certvalidator.fetchers.requests_fetchers.cert_fetch_client import RequestsCertificateFetcher
from pyhanko_certvalidator.fetchers.requests_fetchers.crl_client import RequestsCRLFetcher
from pyhanko_certvalidator.fetchers.requests_fetchers.ocsp_client import RequestsOCSPFetcher

from motkraft import outside

PATIENCE: Final = 10.0  # seconds for one answer
PATIENCE_IN_ALL: Final = 30.0  # seconds for all answers that one step of a seal needs
LARGEST: Final = 5_000_000  # bytes of one answer: a revocation list goes into the file that is sealed
LIMITS: Final = FetchLimits(max_requests=20, max_cert_requests=5, max_aia_urls_per_object=3)


class Asking(FetcherBackend):
    """Fetches for one of pyHanko's contexts, through ``motkraft.outside``: no redirects, over http and https alone."""

    def get_fetchers(self) -> Fetchers:
        """Fetchers that share one budget of questions and of time, which begins now."""
        end, budget = time.monotonic() + PATIENCE_IN_ALL, FetchBudget(LIMITS)
        made = (_Ocsp(budget=budget), _Crl(budget=budget), _Issuers(budget=budget))  # type: ignore[no-untyped-call]
        for fetcher in made:
            fetcher.end = end
        return Fetchers(*made)


@dataclass(frozen=True, slots=True)
class _Answer:
    """As much of a response as pyHanko's fetchers read."""

    content: bytes
    headers: Mapping[str, str]


class _Bounded:
    """Takes the place of how pyHanko's fetchers ask. They turn ValueError into an error of their own."""

    end: float

    def _get(self, url: str, *, acceptable_content_types: Iterable[str]) -> Awaitable[_Answer]:
        return self._ask(url, None, {"Accept": ",".join(acceptable_content_types)})

    def _post(
        self, url: str, data: bytes, *, content_type: str, acceptable_content_types: Iterable[str]
    ) -> Awaitable[_Answer]:
        return self._ask(url, data, {"Accept": ",".join(acceptable_content_types), "Content-Type": content_type})

    def _ask(self, url: str, data: bytes | None, headers: dict[str, str]) -> Awaitable[_Answer]:
        def work() -> _Answer:
            if urlsplit(url).scheme not in ("http", "https"):
                raise ValueError("a revocation service is asked over http or https")
            patience = min(PATIENCE, self.end - time.monotonic())
            if patience <= 0:
                raise ValueError("the revocation services took too long together")
            asked = Request(url, data=data, headers=headers)  # noqa: S310 -- http or https
            try:
                status, told, answer = outside.ask(asked, patience=patience, largest=LARGEST + 1)
            except OSError as error:
                raise ValueError("the revocation service does not answer") from error
            if status != 200 or len(answer) > LARGEST:
                raise ValueError("the revocation service refused, or its answer is too large")
            return _Answer(answer, told)  # type: ignore[arg-type]

        return asyncio.to_thread(work)


class _Ocsp(_Bounded, RequestsOCSPFetcher):  # type: ignore[misc]
    pass


class _Crl(_Bounded, RequestsCRLFetcher):  # type: ignore[misc]
    pass


class _Issuers(_Bounded, RequestsCertificateFetcher):  # type: ignore[misc]
    pass
