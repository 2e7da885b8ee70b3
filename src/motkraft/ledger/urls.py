from django.urls import path

from motkraft.ledger import views

urlpatterns = [
    path("log/<str:code>/<path:path>", views.tile, name="log_tile"),
    path("kvitto/<uuid:event_id>", views.receipt, name="receipt"),
]
