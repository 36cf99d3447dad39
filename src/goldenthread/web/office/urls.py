"""The programme office's addresses, under /office/."""

from django.urls import include, path

from goldenthread.web.office.urls_afterwards import urlpatterns as after_a_result
from goldenthread.web.office.urls_catalogue import urlpatterns as catalogue_and_reports
from goldenthread.web.office.urls_marking import urlpatterns as marking_of_windows
from goldenthread.web.office.views import (
    adjustments,
    applications,
    awards,
    case_keeping,
    enquiries,
    integrity,
    late_entries,
    projects,
    releasing,
)
from goldenthread.web.office.views.case_studies import (
    case_studies,
    case_study,
    case_study_new,
    case_study_practice,
    case_study_publish,
    case_study_tags,
    mark_scheme,
)
from goldenthread.web.office.views.coaching import coaching
from goldenthread.web.office.views.desk import desk, pipeline
from goldenthread.web.office.views.engagement import engagement
from goldenthread.web.office.views.groups import (
    group,
    group_change,
    group_day,
    group_move,
    group_new,
    group_place,
    group_schedule,
    group_staff,
    group_unstaff,
)
from goldenthread.web.office.views.hand_in_change import hand_in_change
from goldenthread.web.office.views.intakes import intake, intake_new, intake_pair, intake_place, intakes
from goldenthread.web.office.views.messages import message, messages, try_again
from goldenthread.web.office.views.organisations import (
    organisation,
    organisation_absorb,
    organisation_add,
    organisation_alias,
    organisation_part,
    organisation_role,
    organisation_role_end,
    organisations,
)
from goldenthread.web.office.views.outcomes import held_results, release, results
from goldenthread.web.office.views.own_work_groups import flag_group
from goldenthread.web.office.views.people import enrolments, export
from goldenthread.web.office.views.person import correct, enter_again, person, say_next
from goldenthread.web.office.views.results import correct_result, revoke
from goldenthread.web.office.views.staff import add, end, staff
from goldenthread.web.office.views.support import person_updates
from goldenthread.web.office.views.windows import (
    sitting_waive,
    window,
    window_book,
    window_cancel,
    window_case,
    window_new,
    windows,
)

app_name = "office"
urlpatterns = [
    path("", desk, name="desk"),
    path("pipeline/", pipeline, name="pipeline"),
    path("applications/", applications.applications, name="applications"),
    path("applications/accept/", applications.accept_many, name="applications_accept"),
    path("applications/<str:reference>/", applications.application, name="application"),
    path("applications/<str:reference>/accept/", applications.accept, name="application_accept"),
    path("applications/<str:reference>/decline/", applications.decline, name="application_decline"),
    path("applications/<str:reference>/withdraw/", applications.withdraw, name="application_withdraw"),
    path("applications/<str:reference>/check/", applications.record_check, name="application_check"),
    path("enquiries/", include("goldenthread.web.office.urls_enquiries")),
    path("people/", enrolments, name="enrolments"),
    path("people/export.csv", export, name="enrolments_export"),
    path("people/<slug:reference>/", person, name="person"),
    path("people/<slug:reference>/transcript/", awards.person_transcript, name="transcript"),
    path("people/<slug:reference>/transcript.pdf", awards.person_transcript_pdf, name="transcript_pdf"),
    path("people/<slug:reference>/updates/", person_updates, name="person_updates"),
    path("people/<slug:reference>/enter-again/", enter_again, name="enter_again"),
    path("people/<slug:reference>/next/", say_next, name="say_next"),
    path("people/<slug:reference>/beyond-the-months/", late_entries.entry_ask, name="late_entry_ask"),
    path("people/<slug:reference>/adjustments/new/", adjustments.adjustment_record, name="adjustment_record"),
    path("people/<slug:reference>/coaching/", coaching, name="coaching"),
    path("people/<slug:reference>/credits/<int:entry_id>/", correct, name="correct"),
    path("people/<slug:reference>/results/<int:outcome_id>/", correct_result, name="correct_result"),
    path("people/<slug:reference>/awards/<str:code>/", revoke, name="revoke"),
    path("engagement/", engagement, name="engagement"),
    path("messages/", messages, name="messages"),
    path("messages/<int:message_id>/", message, name="message"),
    path("messages/<int:message_id>/try-again/", try_again, name="try_again"),
    *catalogue_and_reports,
    path("organisations/", organisations, name="organisations"),
    path("organisations/add/", organisation_add, name="organisation_add"),
    path("organisations/<int:organisation_id>/", organisation, name="organisation"),
    path("organisations/<int:organisation_id>/roles/", organisation_role, name="organisation_role"),
    path("organisations/<int:organisation_id>/alias/", organisation_alias, name="organisation_alias"),
    path("organisations/<int:organisation_id>/part/", organisation_part, name="organisation_part"),
    path("organisations/<int:organisation_id>/absorb/", organisation_absorb, name="organisation_absorb"),
    path("organisations/roles/<int:role_id>/end/", organisation_role_end, name="organisation_role_end"),
    path("organisations/<int:organisation_id>/contacts/", enquiries.contacts_of, name="contacts"),
    path(
        "organisations/<int:organisation_id>/contacts/take-over/",
        enquiries.contacts_take_over,
        name="contacts_take_over",
    ),
    path("organisations/contacts/<int:point_id>/publish/", enquiries.contact_publish, name="contact_publish"),
    path("staff/", staff, name="staff"),
    path("staff/add/", add, name="staff_add"),
    path("staff/<int:membership_id>/end/", end, name="staff_end"),
    path("windows/", windows, name="windows"),
    *after_a_result,
    path("windows/beyond-the-months/", late_entries.entries, name="late_entries"),
    path("windows/beyond-the-months/<int:late_id>/", late_entries.entry, name="late_entry"),
    path(
        "windows/beyond-the-months/<int:late_id>/take-back/",
        late_entries.entry_take_back,
        name="late_entry_take_back",
    ),
    path("windows/adjustments/", adjustments.adjustments, name="adjustments"),
    path("windows/adjustments/<int:adjustment_id>/", adjustments.adjustment, name="adjustment"),
    path(
        "windows/adjustments/<int:adjustment_id>/take-back/",
        adjustments.adjustment_take_back,
        name="adjustment_take_back",
    ),
    path("windows/<int:window_id>/integrity/", integrity.integrity, name="integrity"),
    path("windows/<int:window_id>/integrity/ai/", integrity.integrity_ai, name="integrity_ai"),
    path("windows/<int:window_id>/integrity/compare/", integrity.integrity_compare, name="integrity_compare"),
    path(
        "windows/<int:window_id>/integrity/uncompared/",
        integrity.integrity_uncompared,
        name="integrity_uncompared",
    ),
    path("windows/<int:window_id>/integrity/concern/", integrity.integrity_concern, name="integrity_concern"),
    path("windows/<int:window_id>/integrity/known/", integrity.integrity_known, name="integrity_known"),
    path("windows/<int:window_id>/integrity/groups/<int:flag_id>/", flag_group, name="flag_group"),
    path("windows/questions/<int:flag_id>/", integrity.flag, name="flag"),
    path("windows/questions/<int:flag_id>/case/", integrity.flag_case, name="flag_case"),
    path("windows/cases/<int:misconduct_id>/", integrity.misconduct, name="misconduct"),
    path("windows/cases/<int:misconduct_id>/<slug:verb>/", integrity.misconduct_step, name="misconduct_step"),
    path("windows/late/<slug:key>/", adjustments.late_policy, name="late_policy"),
    path("windows/new/", window_new, name="window_new"),
    path("windows/<int:window_id>/", window, name="window"),
    path("windows/<int:window_id>/case-study/", window_case, name="window_case"),
    path("windows/<int:window_id>/book/", window_book, name="window_book"),
    path("windows/<int:window_id>/cancel/", window_cancel, name="window_cancel"),
    path("windows/sittings/<int:sitting_id>/waive/", sitting_waive, name="sitting_waive"),
    path("projects/", projects.projects, name="projects"),
    path("projects/calendars/", projects.calendars, name="calendars"),
    path("projects/placements/<int:placement_id>/", projects.placement, name="placement"),
    path("projects/days/<int:window_id>/", projects.hand_in, name="hand_in"),
    path("projects/days/<int:window_id>/change/", hand_in_change, name="hand_in_change"),
    path("projects/<int:intake_id>/<slug:task>/", projects.hand_in_days, name="hand_in_days"),
    path("people/<slug:reference>/projects/", projects.person_projects, name="person_projects"),
    path("case-studies/", case_studies, name="case_studies"),
    path("case-studies/new/", case_study_new, name="case_study_new"),
    path("case-studies/shown/", case_keeping.case_looks, name="case_looks"),
    path("case-studies/<int:case_id>/withdraw/", case_keeping.case_withdraw, name="case_withdraw"),
    path("case-studies/<int:case_id>/", case_study, name="case_study"),
    path("case-studies/<int:case_id>/mark-scheme/", mark_scheme, name="mark_scheme"),
    path("case-studies/<int:case_id>/tags/", case_study_tags, name="case_study_tags"),
    path("case-studies/<int:case_id>/practice/", case_study_practice, name="case_study_practice"),
    path("case-studies/<int:case_id>/publish/", case_study_publish, name="case_study_publish"),
    *marking_of_windows,
    path("windows/<int:window_id>/outcomes/", results, name="outcomes"),
    path("windows/<int:window_id>/outcomes/held/", held_results, name="outcomes_held"),
    path("windows/<int:window_id>/release/", release, name="release"),
    path("windows/<int:window_id>/release/plan/", releasing.release_plan, name="release_plan"),
    path(
        "windows/<int:window_id>/release/plan/take-back/",
        releasing.release_plan_take_back,
        name="release_plan_take_back",
    ),
    path("intakes/", intakes, name="intakes"),
    path("intakes/new/", intake_new, name="intake_new"),
    path("intakes/<int:intake_id>/", intake, name="intake"),
    path("intakes/<int:intake_id>/place/", intake_place, name="intake_place"),
    path("intakes/<int:intake_id>/pair/", intake_pair, name="intake_pair"),
    path("intakes/<int:intake_id>/groups/new/", group_new, name="group_new"),
    path("groups/<int:group_id>/", group, name="group"),
    path("groups/<int:group_id>/change/", group_change, name="group_change"),
    path("groups/<int:group_id>/staff/", group_staff, name="group_staff"),
    path("groups/staff/<int:member_id>/end/", group_unstaff, name="group_unstaff"),
    path("groups/<int:group_id>/place/", group_place, name="group_place"),
    path("groups/<int:group_id>/move/", group_move, name="group_move"),
    path("groups/<int:group_id>/days/<slug:kind>/", group_schedule, name="group_schedule"),
    path("groups/days/<int:day_id>/", group_day, name="group_day"),
]
