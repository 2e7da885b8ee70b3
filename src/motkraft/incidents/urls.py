from django.urls import path

from motkraft.incidents.views import cases, evidence, items, lists, reporting

ITEM = "handelser/<uuid:incident_id>"
DUTY = f"{ITEM}/skyldighet/<uuid:duty_id>"
EVIDENCE = f"{ITEM}/bevis/<uuid:evidence_id>"

urlpatterns = [
    path("rapportera", reporting.start, name="incident_report_start"),
    path("rapportera/<uuid:incident_id>", reporting.resume, name="incident_report_continue"),
    path("rapportera/<uuid:incident_id>/fara", reporting.danger, name="incident_report_danger"),
    path("rapportera/<uuid:incident_id>/kontrollera", reporting.check, name="incident_report_check"),
    path("rapportera/<uuid:incident_id>/kasta", reporting.discard, name="incident_report_discard"),
    path("rapportera/<uuid:incident_id>/skickad", reporting.sent, name="incident_report_sent"),
    path(
        "rapportera/<uuid:incident_id>/filer/<uuid:evidence_id>/ta-bort",
        reporting.drop_file,
        name="incident_report_drop_file",
    ),
    path("rapportera/<uuid:incident_id>/<slug:key>", reporting.step, name="incident_report_step"),
    path("mina-handelser", lists.mine, name="incident_mine"),
    path("handelser", lists.queue, name="incident_list"),
    path(ITEM, items.incident, name="incident"),
    path(f"{ITEM}/ta-hand-om", items.take, name="incident_take"),
    path(f"{ITEM}/avsluta", items.close, name="incident_close"),
    path(f"{ITEM}/oppna-igen", items.reopen, name="incident_reopen"),
    path(f"{ITEM}/arende", items.link_case, name="incident_case"),
    path(f"{DUTY}/klar", items.duty_meet, name="duty_meet"),
    path(f"{DUTY}/avsta", items.duty_set_aside, name="duty_set_aside"),
    path(f"{DUTY}/oppna-igen", items.duty_reopen, name="duty_reopen"),
    path(f"{ITEM}/bevis", evidence.add, name="evidence_add"),
    path(EVIDENCE, evidence.evidence, name="evidence"),
    path(f"{EVIDENCE}/original", evidence.original, name="evidence_original"),
    path(f"{EVIDENCE}/delningskopia", evidence.share_copy, name="evidence_share_copy"),
    path(f"{ITEM}/polisanmalan", evidence.police_report, name="police_report"),
    path(f"{ITEM}/polisanmalan/<uuid:report_id>", evidence.police_report_file, name="police_report_file"),
    path(f"{ITEM}/polisanmalan/<uuid:report_id>/nummer", evidence.police_number, name="police_number"),
    path("arenden", lists.cases, name="case_list"),
    path("arenden/nytt", cases.new, name="case_new"),
    path("arenden/<uuid:case_id>", cases.case, name="case"),
    path("arenden/<uuid:case_id>/hotbild", cases.assess, name="case_assess"),
    path("arenden/<uuid:case_id>/hotbild/<uuid:assessment_id>", cases.confirm, name="case_confirm"),
]
