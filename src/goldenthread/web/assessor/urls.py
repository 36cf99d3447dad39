"""Markers' and moderators' addresses, under /mark/ and /moderate/."""

from django.urls import path

from goldenthread.web.assessor.views import (
    availability,
    batches,
    concerns,
    discussions,
    handing,
    marking,
    moderation,
    pay,
    practice,
    shifts,
)

app_name = "assessor"
urlpatterns = [
    path("mark/", marking.queue, name="queue"),
    path("mark/<int:marking_id>/", marking.script, name="script"),
    path("mark/<int:marking_id>/save/", marking.save, name="save"),
    path("mark/<int:marking_id>/declare/", marking.declare, name="declare"),
    path("mark/<int:marking_id>/concern/", concerns.concern, name="concern"),
    path("mark/<int:marking_id>/evidence/<int:number>/", marking.marked_evidence, name="marked_evidence"),
    path("mark/discussions/<int:discussion_id>/", discussions.discussion, name="discussion"),
    path("mark/hand-back/", handing.hand_back, name="hand_back"),
    path("mark/availability/", availability.availability, name="availability"),
    path("mark/reliability/", practice.reliability, name="reliability"),
    path("mark/pay/", pay.statement, name="pay"),
    path("mark/practice/<int:window_id>/", practice.practice, name="practice"),
    path("mark/practice/<int:window_id>/<int:set_number>/<int:number>/", practice.practise, name="practise"),
    path(
        "mark/practice/<int:window_id>/<int:set_number>/<int:number>/save/",
        practice.practice_save,
        name="practice_save",
    ),
    path(
        "mark/practice/<int:window_id>/<int:set_number>/<int:number>/evidence/<int:place>/",
        practice.practice_evidence,
        name="practice_evidence",
    ),
    path("mark/evidence/<int:file_id>/", marking.evidence, name="evidence"),
    path("moderate/", moderation.moderation, name="moderation"),
    path("moderate/known/", availability.known, name="known"),
    path("moderate/windows/<int:window_id>/open/", moderation.open_round, name="open_round"),
    path("moderate/rounds/<int:round_id>/", moderation.round_page, name="round"),
    path("moderate/rounds/<int:round_id>/sign-off/", moderation.sign_off, name="sign_off"),
    path("moderate/rounds/<int:round_id>/batches/", batches.batches, name="batches"),
    path("moderate/batches/<int:batch_id>/", batches.batch, name="batch"),
    path("moderate/rounds/<int:round_id>/shifts/", shifts.shifts, name="shifts"),
    path("moderate/shifts/<int:shift_id>/", shifts.shift, name="shift"),
    path("moderate/scripts/<int:sampled_id>/", moderation.sampled, name="sampled"),
    path("moderate/scripts/<int:sampled_id>/save/", moderation.save, name="sampled_save"),
    path("moderate/scripts/<int:sampled_id>/declare/", moderation.declare, name="sampled_declare"),
    path("moderate/scripts/<int:sampled_id>/concern/", concerns.sampled_concern, name="sampled_concern"),
]
