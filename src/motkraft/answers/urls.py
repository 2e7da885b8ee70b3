from django.urls import path

from motkraft.answers.views import answers, facts, public

urlpatterns = [
    path("svar/", answers.answer_list, name="answer_list"),
    path("svar/nytt", answers.answer_new, name="answer_new"),
    path("svar/fakta/", facts.fact_list, name="fact_list"),
    path("svar/fakta/ny", facts.fact_new, name="fact_new"),
    path("svar/fakta/<uuid:fact_id>", facts.fact, name="fact"),
    path("svar/fakta/<uuid:fact_id>/andra", facts.fact_change, name="fact_change"),
    path("svar/<uuid:answer_id>", answers.answer, name="answer"),
    path("svar/<uuid:answer_id>/andra", answers.answer_change, name="answer_change"),
    path("svar/<uuid:answer_id>/ny-version", answers.answer_revise, name="answer_revise"),
    path("svar/<uuid:answer_id>/steg/<slug:slug>", answers.answer_step, name="answer_step"),
    path("fakta", public.facts, name="facts"),
    path("fakta/<slug:slug>.json", public.claim_data, name="claim_data"),
    path("fakta/<slug:slug>", public.fact_choice, name="fact_choice"),
    path("fakta/<slug:slug>/<slug:language>.json", public.fact_data, name="fact_data"),
    path("fakta/<slug:slug>/<slug:language>", public.fact_page, name="fact_page"),
]
