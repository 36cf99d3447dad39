"""The delivery partner's addresses, under /partner/."""

from django.urls import path

from goldenthread.web.partner.views import group, home, people, person

app_name = "partner"
urlpatterns = [
    path("", home, name="home"),
    path("people/", people, name="people"),
    path("people/<slug:reference>/", person, name="person"),
    path("groups/<int:group_id>/", group, name="group"),
]
