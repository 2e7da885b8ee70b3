"""Evidence: handing in, custody, copies out, packages."""

from django.urls import URLPattern, path

from motkraft.incidents.urls.paths import EVIDENCE, ITEM
from motkraft.incidents.views import evidence, previews, uploads

urlpatterns: list[URLPattern] = [
    path(f"{ITEM}/bevis", evidence.add, name="evidence_add"),
    path(f"{ITEM}/lank", evidence.add_link, name="evidence_link"),
    path(f"{ITEM}/vardkedja", evidence.custody_report, name="custody_report"),
    path(f"{ITEM}/bevispaket", evidence.package, name="evidence_package"),
    path(f"{ITEM}/bevispaket/<uuid:paper_id>", evidence.package_file, name="evidence_package_file"),
    path(f"{ITEM}/ladda-upp", uploads.begin, name="upload_begin"),
    path(f"{ITEM}/ladda-upp/<uuid:upload_id>", uploads.piece, name="upload"),
    path(EVIDENCE, evidence.evidence, name="evidence"),
    path(f"{EVIDENCE}/original", evidence.original, name="evidence_original"),
    path(f"{EVIDENCE}/delningskopia", evidence.share_copy, name="evidence_share_copy"),
    path(f"{EVIDENCE}/visa", previews.show, name="evidence_show"),
    path(f"{EVIDENCE}/visa/<int:step>", previews.shown, name="evidence_shown"),
    path(f"{EVIDENCE}/visa/<int:step>/innehall", previews.content, name="evidence_content"),
    path(f"{EVIDENCE}/jamfor", evidence.compare, name="evidence_compare"),
    path(f"{EVIDENCE}/lamna-over", evidence.hand_over, name="evidence_hand_over"),
]
