"""The entry that any WSGI server runs. It starts only as a role that row-level security binds."""

import os

from django.core.wsgi import get_wsgi_application

from motkraft.site.database import Addresses, DatabaseError, check_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "motkraft.site.settings")
_address = os.environ.get("MOTKRAFT_APP_DATABASE_URL", "")
if not _address:
    raise DatabaseError(
        "Name the application's PostgreSQL address in MOTKRAFT_APP_DATABASE_URL, or run motkraft serve."
    )
check_application(Addresses(owner="", application=_address))
application = get_wsgi_application()
