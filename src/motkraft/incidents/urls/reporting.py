"""Reporting, series, influence reports."""

from django.urls import URLPattern, path

from motkraft.incidents.urls.paths import ITEM
from motkraft.incidents.views import influence, offline, reporting, series

REPORT = "rapportera/<uuid:incident_id>"

urlpatterns: list[URLPattern] = [
    path(f"{ITEM}/serie", series.join, name="incident_series"),
    path(f"{ITEM}/serie/lamna", series.leave, name="incident_series_leave"),
    path("serier/<uuid:series_id>", series.series, name="series"),
    path("serier/<uuid:series_id>/andra", series.change, name="series_change"),
    path("serier/<uuid:series_id>/avsluta", series.close, name="series_close"),
    path("serier/<uuid:series_id>/oppna", series.reopen, name="series_reopen"),
    path("paverkan", influence.reports, name="influence_list"),
    path("paverkan/rapportera", influence.tell_of, name="influence_report"),
    path("paverkan/tack", influence.sent, name="influence_sent"),
    path("paverkan/siffror", influence.figures, name="influence_figures"),
    path("paverkan/<uuid:report_id>", influence.report, name="influence"),
    path("rapportera/utan-nat", offline.page, name="incident_report_offline"),
    path("rapportera/worker.js", offline.worker, name="incident_report_worker"),
    path("rapportera/app.webmanifest", offline.manifest, name="incident_report_manifest"),
    path("rapportera/ta-emot", offline.receive, name="incident_report_receive"),
    path("rapportera", reporting.start, name="incident_report_start"),
    path(REPORT, reporting.resume, name="incident_report_continue"),
    path(f"{REPORT}/fara", reporting.danger, name="incident_report_danger"),
    path(f"{REPORT}/kontrollera", reporting.check, name="incident_report_check"),
    path(f"{REPORT}/kasta", reporting.discard, name="incident_report_discard"),
    path(f"{REPORT}/skickad", reporting.sent, name="incident_report_sent"),
    path(f"{REPORT}/filer/<uuid:evidence_id>/ta-bort", reporting.drop_file, name="incident_report_drop_file"),
    # last: it takes any word
    path(f"{REPORT}/<slug:key>", reporting.step, name="incident_report_step"),
]
