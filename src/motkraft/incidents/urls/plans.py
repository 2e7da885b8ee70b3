"""Safety plans, messages, escalations."""

from django.urls import URLPattern, path

from motkraft.incidents.urls.paths import ITEM
from motkraft.incidents.views import escalations, markings, messages, packs
from motkraft.incidents.views.plans import lists, measures, own, plan

PLAN = "skyddsplaner/<uuid:plan_id>"
MEASURE = "skyddsatgarder/<uuid:measure_id>"
ESCALATION = "eskaleringar/<uuid:escalation_id>"

urlpatterns: list[URLPattern] = [
    path("skyddsplaner", lists.plan_list, name="plan_list"),
    path("skyddsplaner/ny", lists.plan_new, name="plan_new"),
    path(PLAN, plan.plan, name="plan"),
    path(f"{PLAN}/atgard", measures.measure_add, name="plan_measure_add"),
    path(f"{PLAN}/visa", plan.plan_show, name="plan_show"),
    path(f"{PLAN}/svar-pa-papper", plan.plan_paper_answer, name="plan_paper_answer"),
    path(f"{PLAN}/konto", plan.plan_link, name="plan_link"),
    path(f"{PLAN}/genomgang", plan.plan_review, name="plan_review"),
    path(f"{PLAN}/avsluta", plan.plan_end, name="plan_end"),
    path(f"{PLAN}/ansokan/<slug:kind>", packs.pack_new, name="pack_new"),
    path(f"{PLAN}/sekretess", markings.mark, name="plan_mark"),
    path(f"{PLAN}/sekretess/upphav", markings.lift, name="plan_mark_lift"),
    path("ansokningar/<uuid:pack_id>", packs.pack_follow, name="pack_follow"),
    path(MEASURE, measures.measure, name="plan_measure"),
    path(f"{MEASURE}/andra", measures.measure_change, name="plan_measure_change"),
    path(f"{MEASURE}/stryk", measures.measure_drop, name="plan_measure_drop"),
    path(f"{MEASURE}/klar", measures.measure_done, name="plan_measure_done"),
    path(f"{MEASURE}/kontrollerad", measures.measure_check, name="plan_measure_check"),
    path("mitt-skydd", own.my_protection, name="my_protection"),
    path("mitt-skydd/<uuid:plan_id>/svar", own.my_plan_answer, name="my_plan_answer"),
    path(f"{ITEM}/meddelande", messages.write, name="incident_message"),
    path(f"{ITEM}/ta-vidare", escalations.escalate, name="escalate"),
    path("eskaleringar", escalations.escalation_list, name="escalation_list"),
    path(ESCALATION, escalations.escalation, name="escalation"),
    path(f"{ESCALATION}/ta", escalations.take, name="escalation_take"),
    path(f"{ESCALATION}/avsluta", escalations.close, name="escalation_close"),
]
