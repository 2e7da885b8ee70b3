from django.urls import path

from motkraft.ledger import views

urlpatterns = [
    path("log/<str:code>/policy", views.policy, name="log_policy"),
    path("log/<str:code>/<path:path>", views.tile, name="log_tile"),
    path("kvitto/<uuid:event_id>", views.receipt, name="receipt"),
    path("witness/<str:code>/add-checkpoint", views.add_checkpoint, name="add_checkpoint"),
    path("vittnen", views.witnesses, name="witnesses"),
    path("vittnen/nytt", views.witness_new, name="witness_new"),
    path("vittnen/antal", views.quorum, name="witness_quorum"),
    path("vittnen/<uuid:witness_id>/avsluta", views.witness_end, name="witness_end"),
    path("vittnen/logg", views.log_new, name="witnessed_log_new"),
    path("vittnen/logg/<uuid:log_id>/avsluta", views.log_end, name="witnessed_log_end"),
    path("vittnen/bevis/<uuid:split_id>.json", views.evidence, name="split_view"),
]
