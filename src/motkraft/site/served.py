"""The entry of the web server that ``motkraft demo`` and ``motkraft serve`` run: its workers end with it."""

from motkraft.site.embedded import die_with_parent

die_with_parent()  # the server forks its workers; a kill -9 of the server must not leave them on the port

from motkraft.site.wsgi import application  # noqa: E402

__all__ = ["application"]
