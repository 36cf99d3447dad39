"""The office's addresses for how a response was written, moderation, the board, and what happens after a result:
appeals, support plans, changes by two people; documents; rows that aren't what the audit trail says.
"""

from django.urls import path

from goldenthread.web.office.views.appeals import appeal, appeal_policy, appeals, revocation_appeal
from goldenthread.web.office.views.changes import change, change_take_back, changes
from goldenthread.web.office.views.documents import document, document_sent, document_sent_file, documents
from goldenthread.web.office.views.findings import finding, findings
from goldenthread.web.office.views.moderation import (
    board_file,
    board_page,
    national_answer,
    national_page,
    sample,
)
from goldenthread.web.office.views.support_plans import make_plans, support_plan, support_plans
from goldenthread.web.office.views.writing import writing, writing_kept, writing_text

urlpatterns = [
    path("windows/<int:window_id>/sample/", sample, name="sample"),
    path("windows/<int:window_id>/national/", national_page, name="national"),
    path("windows/<int:window_id>/national/<int:answer_id>/", national_answer, name="national_answer"),
    path("windows/<int:window_id>/board/", board_page, name="board"),
    path("windows/<int:window_id>/board/figures.csv", board_file, name="board_file"),
    path("windows/sittings/<int:sitting_id>/writing/", writing, name="writing"),
    path("windows/sittings/<int:sitting_id>/writing/<int:number>/", writing_text, name="writing_text"),
    path("windows/sittings/<int:sitting_id>/writing/kept/<int:kept_id>/", writing_kept, name="writing_kept"),
    path("windows/appeals/", appeals, name="appeals"),
    path("windows/appeals/<int:appeal_id>/", appeal, name="appeal"),
    path(
        "windows/appeals/revocations/<int:revocation_appeal_id>/", revocation_appeal, name="revocation_appeal"
    ),
    path("windows/appeals/policy/<slug:key>/", appeal_policy, name="appeal_policy"),
    path("windows/documents/", documents, name="documents"),
    path("windows/documents/<int:check_id>/", document, name="document"),
    path("windows/documents/sent/<uuid:upload_id>/", document_sent, name="document_sent"),
    path("windows/documents/sent/<uuid:upload_id>/file/", document_sent_file, name="document_sent_file"),
    path("windows/changes/", changes, name="changes"),
    path("windows/changes/<int:change_id>/", change, name="change"),
    path("windows/changes/<int:change_id>/take-back/", change_take_back, name="change_take_back"),
    path("windows/differences/", findings, name="findings"),
    path("windows/differences/<int:finding_id>/", finding, name="finding"),
    path("windows/support/", support_plans, name="support_plans"),
    path("windows/support/begin/", make_plans, name="make_plans"),
    path("windows/support/<int:plan_id>/", support_plan, name="support_plan"),
]
