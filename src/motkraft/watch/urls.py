"""Addresses of the watch."""

from django.urls import path

from motkraft.watch.views import exposures, imports, learning, morning, review

urlpatterns = [
    path("inlagg/import", imports.import_list, name="import_list"),
    path("inlagg/import/ny", imports.import_new, name="import_new"),
    path("inlagg/import/<uuid:import_id>", imports.item, name="import"),
    path("inlagg/import/<uuid:import_id>/rader.csv", imports.lines, name="import_lines"),
    path("morgon", morning.morning, name="watch_morning"),
    path("granska", review.review, name="watch_review"),
    path("granska/angra", review.undo, name="watch_undo"),
    path("granska/larande", learning.learning, name="watch_learning"),
    path("granska/larande/lar", learning.learn, name="watch_learn"),
    path("granska/larande/tillbaka", learning.unlearn, name="watch_unlearn"),
    path("rojanden", exposures.exposure_list, name="exposure_list"),
    path("rojanden/<uuid:exposure_id>", exposures.item, name="exposure"),
    path("rojanden/<uuid:exposure_id>/bekrafta", exposures.confirm, name="exposure_confirm"),
    path("rojanden/<uuid:exposure_id>/avfarda", exposures.dismiss, name="exposure_dismiss"),
    path("rojanden/<uuid:exposure_id>/angra", exposures.undo, name="exposure_undo"),
    path("pastaenden", morning.claim_list, name="claim_list"),
    path("pastaenden/<slug:claim_id>", morning.claim, name="claim"),
]
