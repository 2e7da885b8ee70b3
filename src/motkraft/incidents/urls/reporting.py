"""Reporting, series, influence reports."""

from django.urls import URLPattern, path

from motkraft.incidents.views import reporting

REPORT = "rapportera/<uuid:incident_id>"

urlpatterns: list[URLPattern] = [
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
