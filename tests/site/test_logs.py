"""What the logs leave out."""

import io
import logging

import pytest
from procrastinate.exceptions import ConnectorException

from motkraft.site.logs import LostDatabase


@pytest.mark.parametrize(("error", "traced"), [(ConnectorException(), False), (ValueError("odd"), True)])
def test_a_lost_database_is_told_without_a_trace_and_all_else_with_one(error, traced):
    told = io.StringIO()
    console = logging.StreamHandler(told)
    console.addFilter(LostDatabase())
    logger = logging.Logger("worker")
    logger.addHandler(console)
    try:
        raise error
    except Exception as raised:
        logger.error("listener failed", exc_info=raised)
    assert told.getvalue().startswith("listener failed") and ("Traceback" in told.getvalue()) is traced
