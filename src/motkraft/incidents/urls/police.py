"""The police, cases, threat assessments."""

from django.urls import URLPattern, path

from motkraft.incidents.urls.paths import CASE, ITEM
from motkraft.incidents.views import cases, police, police_news, threat

REPORT = f"{ITEM}/polisanmalan/<uuid:report_id>"
SUBJECT = "hotbilder/<slug:kind>/<uuid:subject_id>"

urlpatterns: list[URLPattern] = [
    path(f"{ITEM}/polisanmalan", police.report, name="police_report"),
    path(f"{ITEM}/polisanmalan/avsta", police_news.withhold, name="police_withhold"),
    path(REPORT, police.report_file, name="police_report_file"),
    path(f"{REPORT}/data.json", police.report_data, name="police_report_data"),
    path(f"{REPORT}/nummer", police.number, name="police_number"),
    path("polis", police_news.reports, name="police_list"),
    path("polis/siffror", police_news.figures, name="police_figures"),
    path("polis/<uuid:report_id>", police_news.report, name="police_item"),
    path("polis/<uuid:report_id>/kontakt", police_news.contact, name="police_contact"),
    path("polis/<uuid:report_id>/beslut", police_news.decision, name="police_decision"),
    path("arenden", cases.cases, name="case_list"),
    path("arenden/nytt", cases.new, name="case_new"),
    path(CASE, cases.case, name="case"),
    path(f"{CASE}/hotbild", threat.assess, name="case_assess"),
    path(f"{CASE}/hotbild/<uuid:assessment_id>", threat.confirm, name="case_confirm"),
    path("hotbilder", threat.picture, name="threat_list"),
    path("hotbilder/ny", threat.choose, name="threat_new"),
    path("hotbilder/bedomning/<uuid:assessment_id>/bekrafta", threat.confirm, name="threat_confirm"),
    path(SUBJECT, threat.subject, name="threat_subject"),
    path(f"{SUBJECT}/bedom", threat.assess, name="threat_assess"),
]
