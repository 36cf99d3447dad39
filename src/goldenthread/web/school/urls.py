"""The school's addresses, under /school/."""

from django.urls import path

from goldenthread.web.school.views import home, person, updates

app_name = "school"
urlpatterns = [
    path("", home, name="home"),
    path("updates/", updates, name="updates"),
    path("people/<slug:reference>/", person, name="person"),
]
