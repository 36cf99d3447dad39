"""The delivery partner's addresses, under /partner/."""

from django.urls import include, path

from goldenthread.enquiries.queries import PARTNER
from goldenthread.web.partner.views import group, home, people, person
from goldenthread.web.shared import enquiring

app_name = "partner"
urlpatterns = [
    path("", home, name="home"),
    path("people/", people, name="people"),
    path("people/<slug:reference>/", person, name="person"),
    path("groups/<int:group_id>/", group, name="group"),
    path("enquiries/", include(enquiring.addresses(PARTNER))),  # its own, and nobody else's (S4-08, S4-21)
    path("interest/", enquiring.interest, {"hat": PARTNER}, name="interest"),
]
