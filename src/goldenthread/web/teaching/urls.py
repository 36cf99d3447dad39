"""The addresses of facilitators, tutors and coaches, under /teach/."""

from django.urls import path

from goldenthread.web.teaching.views.coaching import coachee, coaching
from goldenthread.web.teaching.views.events import event, home, past, register
from goldenthread.web.teaching.views.practice import practice, practice_response
from goldenthread.web.teaching.views.responses import response, responses
from goldenthread.web.teaching.views.support import support_plan, support_plans

app_name = "teaching"
urlpatterns = [
    path("", home, name="home"),
    path("events/", past, name="past"),
    path("events/<int:day_id>/", event, name="event"),
    path("events/<int:day_id>/register/", register, name="register"),
    path("responses/", responses, name="responses"),
    path("responses/<int:response_id>/", response, name="response"),
    path("practice/", practice, name="practice"),
    path("practice/<int:response_id>/", practice_response, name="practice_response"),
    path("coaching/", coaching, name="coaching"),
    path("support/", support_plans, name="support_plans"),
    path("support/<int:plan_id>/", support_plan, name="support_plan"),
    path("coaching/<int:pairing_id>/", coachee, name="coachee"),
]
