"""The police, cases, threat assessments."""

from django.urls import URLPattern, path

from motkraft.incidents.urls.paths import CASE, ITEM
from motkraft.incidents.views import cases, police, threat

urlpatterns: list[URLPattern] = [
    path(f"{ITEM}/polisanmalan", police.report, name="police_report"),
    path(f"{ITEM}/polisanmalan/<uuid:report_id>", police.report_file, name="police_report_file"),
    path(f"{ITEM}/polisanmalan/<uuid:report_id>/nummer", police.number, name="police_number"),
    path("arenden", cases.cases, name="case_list"),
    path("arenden/nytt", cases.new, name="case_new"),
    path(CASE, cases.case, name="case"),
    path(f"{CASE}/hotbild", threat.assess, name="case_assess"),
    path(f"{CASE}/hotbild/<uuid:assessment_id>", threat.confirm, name="case_confirm"),
]
