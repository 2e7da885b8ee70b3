from django.urls import path

from motkraft.people import views

urlpatterns = [
    path("personer", views.people_list, name="people_list"),
    path("personer/ny", views.person_new, name="person_new"),
    path("personer/<uuid:person_id>", views.person, name="person"),
]
