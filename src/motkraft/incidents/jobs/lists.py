"""The search index: whatever has no entry yet, such as what stood before there was an index."""

from __future__ import annotations

from procrastinate.contrib.django import app

from motkraft.incidents.actions.search import BATCH, index_missing
from motkraft.people.access import acting, system
from motkraft.people.models import Organisation


@app.periodic(cron="7 * * * *")
@app.task(name="incidents.index", queue="incidents", queueing_lock="incidents.index")
def index_all(timestamp: int) -> None:
    """Index what is missing, organisation by organisation, a batch in each transaction."""
    for organisation_id in Organisation.objects.values_list("pk", flat=True):
        actor = system(organisation_id)
        while True:
            with acting(actor):
                if index_missing(actor) < BATCH:
                    break
