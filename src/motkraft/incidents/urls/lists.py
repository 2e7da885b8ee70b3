"""Lists, search, bulk actions, retention, exchange."""

from django.urls import URLPattern, path

from motkraft.incidents.urls.paths import ITEM
from motkraft.incidents.views import bulk, exports, lists, retention, timeline

urlpatterns: list[URLPattern] = [
    path("mina-handelser", lists.mine, name="incident_mine"),
    path("handelser", lists.queue, name="incident_list"),
    path("handelser/sok", lists.look_for, name="incident_search"),
    path("handelser/utskrift", bulk.printed, name="incident_print"),
    path("handelser/flera", bulk.several, name="incident_several"),
    path("handelser/exportera", exports.export, name="incident_export"),
    path("handelser/vyer", bulk.save_view, name="incident_view_save"),
    path("handelser/vyer/<uuid:view_id>/bort", bulk.remove_view, name="incident_view_remove"),
    path(f"{ITEM}/tidslinje", timeline.timeline, name="incident_timeline"),
    path("gallring", retention.overview, name="retention"),
    path("gallring/prova", retention.dry_run, name="retention_try"),
    path("gallring/foresla", retention.propose, name="retention_propose"),
    path("gallring/kategori", retention.category, name="retention_category"),
    path("gallring/stopp", retention.hold, name="retention_hold"),
    path("gallring/stopp/<uuid:hold_id>/upphav", retention.lift, name="retention_lift"),
    path("gallring/korning/<uuid:run_id>", retention.run, name="retention_run"),
    path("gallring/tid/<slug:category>", retention.line, name="retention_line"),
]
