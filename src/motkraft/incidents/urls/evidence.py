"""Evidence: handing in, custody, copies out."""

from django.urls import URLPattern, path

from motkraft.incidents.urls.paths import EVIDENCE, ITEM
from motkraft.incidents.views import evidence

urlpatterns: list[URLPattern] = [
    path(f"{ITEM}/bevis", evidence.add, name="evidence_add"),
    path(EVIDENCE, evidence.evidence, name="evidence"),
    path(f"{EVIDENCE}/original", evidence.original, name="evidence_original"),
    path(f"{EVIDENCE}/delningskopia", evidence.share_copy, name="evidence_share_copy"),
]
