from django.urls import path

from motkraft.people import views, views_same_person

urlpatterns = [
    path("personer", views.people_list, name="people_list"),
    path("personer/ny", views.person_new, name="person_new"),
    path("personer/<uuid:person_id>", views.person, name="person"),
    path("personer/<uuid:person_id>/samma", views_same_person.same, name="person_same"),
    path("personer/<uuid:person_id>/samma/<uuid:mark_id>", views_same_person.lift, name="person_same_lift"),
    path("personer/<uuid:person_id>/erfaren", views_same_person.experience, name="person_experience"),
    path(
        "personer/<uuid:person_id>/erfaren/<uuid:mark_id>",
        views_same_person.end_experience,
        name="person_experience_end",
    ),
]
