"""All addresses of incidents. Each part has a file; the greedy ones stand last within theirs."""

from motkraft.incidents.urls import duties, evidence, items, lists, offices, plans, police, reporting

urlpatterns = [
    *reporting.urlpatterns,
    *evidence.urlpatterns,
    *duties.urlpatterns,
    *police.urlpatterns,
    *plans.urlpatterns,
    *offices.urlpatterns,
    *lists.urlpatterns,
    *items.urlpatterns,
]
