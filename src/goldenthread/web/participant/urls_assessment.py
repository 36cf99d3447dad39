"""The participant's addresses under /my/assessment/."""

from django.urls import path

from goldenthread.web.participant.views import adjustments, assessment, misconduct, script

urlpatterns = [
    path("", assessment.assessment, name="assessment"),
    path("adjustments/", adjustments.adjustments, name="adjustments"),
    path(
        "adjustments/<int:adjustment_id>/withdraw/",
        adjustments.adjustment_withdraw,
        name="adjustment_withdraw",
    ),
    path("cases/<int:misconduct_id>/", misconduct.misconduct, name="misconduct"),
    path("<int:sitting_id>/", script.sitting, name="sitting"),
    path("<int:sitting_id>/draft/", script.draft, name="sitting_draft"),
    path("<int:sitting_id>/upload/", script.upload, name="script_upload"),
    path("<int:sitting_id>/receipt/<int:number>/", assessment.receipt, name="receipt"),
    path("<int:sitting_id>/receipt/<int:number>/receipt.txt", assessment.receipt_text, name="receipt_text"),
    path(
        "<int:sitting_id>/receipt/<int:number>/receipt.json", assessment.receipt_signed, name="receipt_signed"
    ),
    path("<int:sitting_id>/receipt/<int:number>/script/", assessment.script_file, name="script_file"),
]
