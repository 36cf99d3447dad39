"""The office's addresses of the catalogue: versions, drafts, decisions; frameworks; claims and reports."""

from django.urls import path

from goldenthread.web.office.views import awards, claims, frameworks, promises, reports, support, units
from goldenthread.web.office.views import catalogue_decide as decide
from goldenthread.web.office.views import catalogue_drafts as drafts
from goldenthread.web.office.views import framework_statements as content
from goldenthread.web.office.views.catalogue import catalogue, ruling, specification, version
from goldenthread.web.office.views.destinations import destinations
from goldenthread.web.office.views.policies import policies

urlpatterns = [
    path("catalogue/", catalogue, name="catalogue"),
    path("catalogue/drafts/new/", drafts.draft_new, name="draft_new"),
    path("catalogue/drafts/import/", drafts.draft_import, name="draft_import"),
    path("catalogue/drafts/<int:draft_id>/", drafts.draft, name="draft"),
    path("catalogue/drafts/<int:draft_id>/file/", drafts.draft_text, name="draft_text"),
    path("catalogue/drafts/<int:draft_id>/export/", drafts.draft_export, name="draft_export"),
    path("catalogue/drafts/<int:draft_id>/differences/", drafts.draft_differences, name="draft_differences"),
    path("catalogue/drafts/<int:draft_id>/parts/<slug:part>/", drafts.draft_part, name="draft_part"),
    path("catalogue/drafts/<int:draft_id>/check/", drafts.draft_check, name="draft_check"),
    path("catalogue/drafts/<int:draft_id>/publish/", drafts.draft_publish, name="draft_publish"),
    path("catalogue/drafts/<int:draft_id>/discard/", drafts.draft_discard, name="draft_discard"),
    path("catalogue/needs/", units.needs, name="needs"),
    path("catalogue/<slug:key>/", version, name="version"),
    path("catalogue/<slug:key>/specification.pdf", specification, name="specification"),
    path("catalogue/<slug:key>/export/", decide.export, name="version_export"),
    path("catalogue/<slug:key>/differences/", decide.compared, name="version_differences"),
    path("catalogue/<slug:key>/to-do/", decide.to_do, name="version_to_do"),
    path("catalogue/<slug:key>/policies/", policies, name="version_policies"),
    path("catalogue/<slug:key>/close/", decide.close, name="version_close"),
    path("catalogue/<slug:key>/units/", units.units, name="units"),
    path("units/<slug:kind>/<int:unit_id>/", units.unit, name="unit"),
    path("units/<slug:kind>/<int:unit_id>/write/", units.unit_write, name="unit_write"),
    path("units/<slug:kind>/<int:unit_id>/tags/", units.unit_tags, name="unit_tags"),
    path("units/<slug:kind>/<int:unit_id>/texts/<int:text_id>/", units.unit_text, name="unit_text"),
    path(
        "units/<slug:kind>/<int:unit_id>/texts/<int:text_id>/publish/",
        units.unit_publish,
        name="unit_publish",
    ),
    path(
        "units/<slug:kind>/<int:unit_id>/texts/<int:text_id>/discard/",
        units.unit_discard,
        name="unit_discard",
    ),
    path("catalogue/<slug:key>/conflicts/<str:conflict>/", decide.settle, name="settle"),
    path("catalogue/<slug:key>/intakes/<int:intake_id>/<str:rule>/", ruling, name="ruling"),
    path("frameworks/", frameworks.frameworks, name="frameworks"),
    path("frameworks/review/", frameworks.review_due, name="framework_review"),
    path("frameworks/broken-links/", frameworks.broken_links, name="broken_links"),
    path("frameworks/import/", frameworks.upload, name="framework_import"),
    path("frameworks/proposed/<int:proposal_id>/", frameworks.proposal, name="framework_proposal"),
    path("frameworks/import/example.<slug:ending>", frameworks.example, name="framework_example"),
    path("frameworks/import/<str:ticket>/", frameworks.report, name="framework_report"),
    path("frameworks/evidence/", content.evidence, name="evidence"),
    path("frameworks/evidence/<int:evidence_id>/", content.evidence_areas, name="evidence_areas"),
    path("frameworks/evidence/<int:evidence_id>/link/", content.evidence_link, name="evidence_link"),
    path("frameworks/evidence/uses/<int:use_id>/end/", content.evidence_detach, name="evidence_detach"),
    path("frameworks/links/<int:link_id>/end/", content.link_end, name="framework_link_end"),
    path("frameworks/statements/<int:statement_id>/", content.statement, name="framework_statement"),
    path(
        "frameworks/statements/<int:statement_id>/edit/",
        content.statement_edit,
        name="framework_statement_edit",
    ),
    path(
        "frameworks/statements/<int:statement_id>/source/",
        content.statement_attach,
        name="framework_statement_attach",
    ),
    path(
        "frameworks/statements/<int:statement_id>/variant/",
        content.statement_variant,
        name="framework_statement_variant",
    ),
    path(
        "frameworks/statements/<int:statement_id>/link/",
        content.statement_link,
        name="framework_statement_link",
    ),
    path("frameworks/<int:framework_id>/", frameworks.framework, name="framework"),
    path("frameworks/<int:framework_id>/put-back/", frameworks.put_back, name="framework_put_back"),
    path(
        "frameworks/<int:framework_id>/since/<int:before_id>/",
        frameworks.difference,
        name="framework_difference",
    ),
    path("frameworks/<int:framework_id>/same/", frameworks.same, name="framework_same"),
    path("frameworks/<int:framework_id>/same/<int:against_id>/", frameworks.same, name="framework_same_as"),
    path(
        "frameworks/<int:framework_id>/same/confirm/", frameworks.same_confirm, name="framework_same_confirm"
    ),
    path("destinations/", destinations, name="destinations"),
    path("awards/", awards.awards, name="awards"),
    path("awards/awards.csv", awards.awards_csv, name="awards_csv"),
    path("awards/credit/", awards.agreements, name="agreements"),
    path("awards/credit/<int:agreement_id>/", awards.agreement, name="agreement"),
    path("awards/credit/<int:agreement_id>/credits/", awards.agreement_credits, name="agreement_credits"),
    path("awards/credit/<int:agreement_id>/end/", awards.agreement_end, name="agreement_end"),
    path("claims/", claims.claims, name="claims"),
    path("claims/new/", claims.claim_new, name="claim_new"),
    path("claims/<slug:claim>/", claims.claim, name="claim"),
    path("claims/<slug:claim>/withdraw/", claims.claim_withdraw, name="claim_withdraw"),
    path("reports/", reports.reports, name="reports"),
    path("reports/metrics.csv", reports.metrics_csv, name="metrics_csv"),
    path("reports/metrics/<int:year>/<slug:metric>/", reports.metric, name="metric"),
    path("reports/alerts/<int:intake_id>/", reports.pass_alert, name="pass_alert"),
    path("reports/updates/", support.updates, name="updates"),
    path("reports/promises/", promises.promise_versions, name="promises"),
    path("reports/promises/<slug:key>/", promises.promise_version, name="promise_version"),
    path("reports/promises/<slug:key>/<int:number>/", promises.promise, name="promise"),
    path("reports/local-delivery/", reports.local_delivery, name="local_delivery"),
    path("reports/change/", reports.changes, name="report_change"),
    path("reports/bands/", reports.bands, name="bands"),
    path("reports/bands/<int:school_id>/", reports.band, name="band"),
]
