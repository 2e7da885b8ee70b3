"""What the logs leave out."""

from __future__ import annotations

import logging

from procrastinate.exceptions import ConnectorException


class LostDatabase(logging.Filter):
    """Tells that the background worker lost its database, without the trace of where its code was just then: whoever
    reads it is to look at the database."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info and isinstance(record.exc_info[1], ConnectorException):
            record.exc_info = record.exc_text = None
        return True
