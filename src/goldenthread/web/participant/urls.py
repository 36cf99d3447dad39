"""The participant's addresses, under /my/."""

from django.urls import include, path

from goldenthread.web.participant import urls_assessment
from goldenthread.web.participant.views import names, papers
from goldenthread.web.participant.views.after import after
from goldenthread.web.participant.views.coaching import coaching
from goldenthread.web.participant.views.engagement import engagement
from goldenthread.web.participant.views.home import home, switch
from goldenthread.web.participant.views.learning import learning, module
from goldenthread.web.participant.views.practice import (
    practice,
    practice_draft,
    practice_scenario,
    practice_self,
    practice_take_back,
)
from goldenthread.web.participant.views.result import award, certificate, result
from goldenthread.web.participant.views.revocation import revocation_appeal
from goldenthread.web.participant.views.schedule import calendar, schedule
from goldenthread.web.participant.views.self_assessment import self_assessment
from goldenthread.web.participant.views.task import task, task_draft, task_take_back
from goldenthread.web.participant.views.why import rules

app_name = "participant"
urlpatterns = [
    path("", home, name="home"),
    path("switch/", switch, name="switch"),
    path("schedule/", schedule, name="schedule"),
    path("schedule/calendar.ics", calendar, name="calendar"),
    path("learning/", learning, name="learning"),
    path("learning/modules/<slug:key>/", module, name="module"),
    path("learning/tasks/<slug:key>/", task, name="task"),
    path("learning/tasks/<slug:key>/draft/", task_draft, name="task_draft"),
    path("learning/tasks/<slug:key>/take-back/", task_take_back, name="task_take_back"),
    path("learning/practice/", practice, name="practice"),
    path("learning/practice/<int:scenario_id>/", practice_scenario, name="practice_scenario"),
    path("learning/practice/<int:scenario_id>/draft/", practice_draft, name="practice_draft"),
    path("learning/practice/<int:scenario_id>/take-back/", practice_take_back, name="practice_take_back"),
    path("learning/practice/<int:scenario_id>/mark-scheme/", practice_self, name="practice_self"),
    path("engagement/", engagement, name="engagement"),
    path("rules/", rules, name="rules"),
    path("self-assessment/", self_assessment, name="self_assessment"),
    path("coaching/", coaching, name="coaching"),
    path("assessment/", include(urls_assessment)),
    path("result/", result, name="result"),
    path("result/<int:sitting_id>/", result, name="result"),
    path("award/", award, name="award"),
    path("award/appeal/", revocation_appeal, name="revocation_appeal"),
    path("award/name/", names.award_name, name="award_name"),
    path("award/next/", after, name="after"),
    path("award/certificate.pdf", certificate, name="certificate"),
    path("award/badge/shown/", papers.badge_show, name="badge_show"),
    path("award/badge.<slug:ending>", papers.badge, name="badge"),
    path("award/credit/", papers.credit, name="credit"),
    path("award/credit/<slug:reference>/withdraw/", papers.credit_withdraw, name="credit_withdraw"),
    path("award/credit/<slug:reference>/statement/", papers.credit_renew, name="credit_renew"),
    path("award/credit/<slug:reference>/statement.pdf", papers.credit_statement, name="credit_statement"),
    path("transcript/", papers.my_transcript, name="transcript"),
    path("transcript.pdf", papers.my_transcript_pdf, name="transcript_pdf"),
]
