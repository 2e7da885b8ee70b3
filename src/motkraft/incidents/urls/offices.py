"""Offices, guards, the safety representative, the union."""

from django.urls import URLPattern, path

from motkraft.incidents.views import guards, offices, own_office, representatives, union

REQUEST = "skyddsombud/begaran/<uuid:request_id>"
STOP = "skyddsombud/stopp/<uuid:stop_id>"
OFFICE = "kontor/<uuid:office_id>"
PERMIT = "kontor/ordningsvakter/<uuid:permit_id>"

urlpatterns: list[URLPattern] = [
    path("skyddsombud", representatives.overview, name="representative_list"),
    path("skyddsombud/begaran/ny", representatives.ask, name="representative_ask"),
    path(REQUEST, representatives.one_request, name="representative_request"),
    path(f"{REQUEST}/provning", representatives.refer, name="representative_refer"),
    path("skyddsombud/stopp/nytt", representatives.stop, name="representative_stop_new"),
    path(STOP, representatives.one_stop, name="representative_stop"),
    path(f"{STOP}/kontaktat", representatives.called, name="representative_called"),
    path("siffror", union.figures, name="incident_figures"),
    path("kontor", offices.office_list, name="office_list"),
    path("mitt-kontor", own_office.own_office, name="office_own"),
    path(OFFICE, offices.office, name="office"),
    path(f"{OFFICE}/tavla", offices.board, name="office_board"),
    path(f"{OFFICE}/risk", offices.risk, name="office_risk"),
    path(f"{OFFICE}/kontroll", offices.check, name="office_check"),
    path(f"{OFFICE}/ensamarbete", offices.lone_work, name="office_lone_work"),
    path(f"{OFFICE}/ordningsvakter", guards.need, name="guard_need"),
    path("kontor/risk/<uuid:risk_id>/klar", offices.risk_close, name="office_risk_close"),
    path("kontor/kontroll/<uuid:check_id>/gjord", offices.check_done, name="office_check_done"),
    path("kontor/ensamarbete/<uuid:rule_id>/upphav", offices.lone_work_end, name="office_lone_work_end"),
    path(PERMIT, guards.permit, name="guard_permit"),
    path(f"{PERMIT}/andra", guards.change, name="guard_change"),
    path(f"{PERMIT}/ansokan", guards.application, name="guard_application"),
    path(f"{PERMIT}/skickad", guards.applied, name="guard_applied"),
    path(f"{PERMIT}/beslut", guards.decision, name="guard_decision"),
    path(f"{PERMIT}/fornya", guards.renew, name="guard_renew"),
]
