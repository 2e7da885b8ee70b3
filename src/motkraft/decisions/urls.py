from django.urls import path

from motkraft.decisions.views import item, listing, opening, public, steps

urlpatterns = [
    path("beslut", listing.decisions, name="decision_list"),
    path("beslut/nytt", listing.choose_type, name="decision_new"),
    path("beslut/nytt/<slug:kind>", listing.new, name="decision_new_case"),
    path("beslut/<uuid:decision_id>", item.decision, name="decision"),
    path("beslut/<uuid:decision_id>/text", steps.text, name="decision_text"),
    path("beslut/<uuid:decision_id>/lamna", steps.submit, name="decision_submit"),
    path("beslut/<uuid:decision_id>/godkann", steps.approve, name="decision_approve"),
    path("beslut/<uuid:decision_id>/skydd", steps.protect, name="decision_protect"),
    path("beslut/<uuid:decision_id>/bedomning/<uuid:subject_id>", steps.assess, name="decision_assess"),
    path("beslut/<uuid:decision_id>/besluta", steps.decide, name="decision_decide"),
    path("beslut/<uuid:decision_id>/bekrafta", steps.concur, name="decision_concur"),
    path("beslut/<uuid:decision_id>/utfarda", steps.finalise, name="decision_finalise"),
    path("beslut/<uuid:decision_id>/anmal", steps.report, name="decision_report"),
    path("beslut/<uuid:decision_id>/upphav", steps.revoke, name="decision_revoke"),
    path("beslut/<uuid:decision_id>/underrattelse.pdf", item.notice, name="decision_notice"),
    path("beslut/<uuid:decision_id>/forseglad/<slug:kind>.json", item.sealed, name="decision_sealed"),
    path("beslut/<uuid:decision_id>/oppna", opening.ask, name="opening_request"),
    path("oppningar", opening.openings, name="opening_list"),
    path("oppningar/nyckel", opening.key, name="custodian_key"),
    path("oppningar/<uuid:request_id>", opening.opening, name="opening"),
    path("oppningar/<uuid:request_id>/andel", opening.give, name="opening_give"),
    path("oppningar/<uuid:request_id>/oppna", opening.show, name="opening_show"),
    path("oppningar/<uuid:request_id>/avsluta", opening.close, name="opening_close"),
    path("kontrollera", public.verify, name="verify"),
    path("kontrollera/<str:public_id>", public.verify_decision, name="verify_decision"),
    path("kontrollera/<str:public_id>/kvitto", public.receipt, name="verify_receipt"),
]
