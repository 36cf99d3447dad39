"""The participant's addresses under /my/assessment/."""

from django.urls import path

from goldenthread.web.participant.views import (
    account,
    account_upload,
    adjustments,
    afterwards,
    assessment,
    documents,
    kept,
    misconduct,
    names,
    project,
    project_parts,
    script,
    versions,
)

_TASK = "projects/<slug:task>/"

urlpatterns = [
    path("", assessment.assessment, name="assessment"),
    path("name/", names.certificate_name, name="certificate_name"),
    path("adjustments/", adjustments.adjustments, name="adjustments"),
    path(
        "adjustments/<int:adjustment_id>/withdraw/",
        adjustments.adjustment_withdraw,
        name="adjustment_withdraw",
    ),
    path("appeals/<int:outcome_id>/", afterwards.appeal, name="appeal"),
    path("appeals/<int:outcome_id>/withdraw/", afterwards.appeal_withdraw, name="appeal_withdraw"),
    path("support/", afterwards.support_plan, name="support_plan"),
    path("support/decline/", afterwards.plan_decline, name="plan_decline"),
    path("support/items/<int:item_id>/", afterwards.plan_item, name="plan_item"),
    path("cases/<int:misconduct_id>/", misconduct.misconduct, name="misconduct"),
    path("<int:sitting_id>/", script.sitting, name="sitting"),
    path("<int:sitting_id>/draft/", script.draft, name="sitting_draft"),
    path("<int:sitting_id>/kept/<int:kept_id>/", kept.kept_text, name="kept_text"),
    path("<int:sitting_id>/versions/", versions.versions, name="versions"),
    path("<int:sitting_id>/versions/<int:number>/", versions.version, name="version"),
    path("<int:sitting_id>/upload/", documents.upload, name="script_upload"),
    path("<int:sitting_id>/upload/begin/", documents.upload_begin, name="upload_begin"),
    path("uploads/<uuid:upload_id>/", documents.upload_pieces, name="upload_pieces"),
    path("uploads/<uuid:upload_id>/finish/", documents.upload_finish, name="upload_finish"),
    path("uploads/<uuid:upload_id>/file/", documents.upload_file, name="upload_file"),
    path("uploads/<uuid:upload_id>/discard/", documents.upload_discard, name="upload_discard"),
    path("<int:sitting_id>/receipt/<int:number>/", assessment.receipt, name="receipt"),
    path("<int:sitting_id>/receipt/<int:number>/receipt.txt", assessment.receipt_text, name="receipt_text"),
    path(
        "<int:sitting_id>/receipt/<int:number>/receipt.json", assessment.receipt_signed, name="receipt_signed"
    ),
    path("<int:sitting_id>/receipt/<int:number>/script/", assessment.script_file, name="script_file"),
    path("achievement/", project.achievement_list, name="achievement"),
    path("receipts/<int:sitting_id>/<int:number>/", project.project_receipt, name="project_receipt"),
    path(_TASK, project.project, name="project"),
    path(f"{_TASK}account/", account.project_account, name="project_account"),
    path(f"{_TASK}account/draft/", account.account_draft, name="account_draft"),
    path(f"{_TASK}account/upload/", account_upload.account_upload, name="account_upload"),
    path(f"{_TASK}evidence/", project.project_evidence, name="project_evidence"),
    path(f"{_TASK}evidence/<int:file_id>/", project.project_file, name="project_file"),
    path(f"{_TASK}plan/", project_parts.project_plan, name="project_plan"),
    path(f"{_TASK}board/", project_parts.project_board, name="project_board"),
    path(f"{_TASK}placement/", project_parts.project_placement, name="project_placement"),
    path(f"{_TASK}days/", project_parts.project_days, name="project_days"),
    path(f"{_TASK}challenges/", project_parts.project_challenges, name="project_challenges"),
    path(f"{_TASK}sponsor/", project_parts.project_sponsor, name="project_sponsor"),
    path(f"{_TASK}links/", project_parts.project_link, name="project_link"),
    path(
        f"{_TASK}links/<int:link_id>/revoke/", project_parts.project_link_revoke, name="project_link_revoke"
    ),
]
