from django.urls import path

from motkraft.cooperation.views import national, support

urlpatterns = [
    path("stod/", support.support_list, name="support_list"),
    path("stod/nytt", support.support_ask, name="support_ask"),
    path("stod/<uuid:request_id>", support.support, name="support"),
    path("nationell-bild/", national.national, name="national"),
    path("nationell-bild/dela", national.share_figures, name="share_figures"),
    path("nationell-bild/dela/<str:month>", national.share_month, name="share_month"),
    path("sverige", national.national_public, name="national_public"),
    path("sverige.csv", national.national_csv, name="national_csv"),
]
