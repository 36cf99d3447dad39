"""The delivery partner's addresses, under /partner/."""

from django.urls import path

from goldenthread.web.partner import enquiries
from goldenthread.web.partner.views import group, home, people, person

app_name = "partner"
urlpatterns = [
    path("", home, name="home"),
    path("people/", people, name="people"),
    path("people/<slug:reference>/", person, name="person"),
    path("groups/<int:group_id>/", group, name="group"),
    path("enquiries/", enquiries.enquiries, name="enquiries"),
    path("enquiries/<str:reference>/", enquiries.enquiry, name="enquiry"),
    path("enquiries/<str:reference>/answer/", enquiries.enquiry_answer, name="enquiry_answer"),
    path("enquiries/<str:reference>/note/", enquiries.enquiry_note, name="enquiry_note"),
    path("enquiries/<str:reference>/assign/", enquiries.enquiry_assign, name="enquiry_assign"),
    path("enquiries/<str:reference>/close/", enquiries.enquiry_close, name="enquiry_close"),
    path("enquiries/<str:reference>/reopen/", enquiries.enquiry_reopen, name="enquiry_reopen"),
    path("interest/", enquiries.interest, name="interest"),
]
