"""The office's addresses for the marking of a window, under /office/."""

from django.urls import path

from goldenthread.web.office.views import markers, pay
from goldenthread.web.office.views import marking_quality as quality
from goldenthread.web.office.views.discussions import discussion
from goldenthread.web.office.views.outcomes import marking, reassign, set_aside

urlpatterns = [
    path("windows/<int:window_id>/marking/", marking, name="marking"),
    path("windows/<int:window_id>/marking/markers/", quality.markers, name="markers"),
    path("windows/<int:window_id>/marking/policy/", quality.marking_policy, name="marking_policy"),
    path("windows/<int:window_id>/marking/standardisation/", quality.standardisation, name="standardisation"),
    path("windows/<int:window_id>/marking/sets/", quality.set_new, name="set_new"),
    path("windows/<int:window_id>/marking/sets/<int:set_id>/", quality.known_set, name="known_set"),
    path(
        "windows/<int:window_id>/marking/sets/<int:set_id>/<int:number>/evidence/<int:place>/",
        quality.known_file,
        name="known_file",
    ),
    path(
        "windows/<int:window_id>/marking/markers/<int:marker_id>/",
        markers.marker_capacity,
        name="marker_capacity",
    ),
    path(
        "windows/<int:window_id>/marking/markers/<int:marker_id>/give/",
        markers.give_to_others,
        name="give_to_others",
    ),
    path("windows/<int:window_id>/marking/takes/", markers.takes, name="takes"),
    path("markers/named/", markers.acquaintances, name="acquaintances"),
    path("markers/named/<int:acquaintance_id>/", markers.acquaintance, name="acquaintance"),
    path("markers/conflicts/<int:arisen_id>/", markers.arisen, name="arisen"),
    path("windows/stops/<int:stop_id>/", quality.stop, name="stop"),
    path("discussions/<int:discussion_id>/", discussion, name="discussion"),
    path("markings/<int:marking_id>/reassign/", reassign, name="reassign"),
    path("markings/<int:marking_id>/set-aside/", set_aside, name="set_aside"),
    path("pay/", pay.pay_waiting, name="pay_waiting"),
    path("windows/<int:window_id>/marking/pay/", pay.pay, name="pay"),
    path("windows/<int:window_id>/marking/pay/file/", pay.pay_csv, name="pay_csv"),
    path("windows/<int:window_id>/marking/pay/rates/", pay.pay_rates, name="pay_rates"),
    path("windows/<int:window_id>/marking/pay/runs/<int:number>/", pay.pay_run, name="pay_run"),
    path("windows/<int:window_id>/marking/pay/set-aside/<int:aside_id>/", pay.pay_aside, name="pay_aside"),
    path("payments/<int:entry_id>/correct/", pay.pay_correct, name="pay_correct"),
]
