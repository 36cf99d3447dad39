"""Addresses that need no account."""

from django.urls import path

from goldenthread.web.public.views import (
    about,
    apply,
    changes,
    comparing,
    finder,
    frameworks,
    other,
    pages,
    pathway,
    programmes,
    verify,
    welcome,
)

app_name = "public"
urlpatterns = [
    path("programmes/", programmes.programmes, name="programmes"),
    path("programmes/<slug:key>/", programmes.programme, name="programme"),
    path("programmes/<slug:key>/framework/", frameworks.framework, name="framework"),
    path("programmes/<slug:key>/framework.<slug:ending>", frameworks.framework_file, name="framework_file"),
    path("programmes/<slug:key>/reading/", frameworks.reading, name="reading"),
    path("frameworks/", frameworks.frameworks, name="frameworks"),
    path("programmes/<slug:key>/changes/", changes.changes, name="changes"),
    path("programmes/<slug:key>/pathway/", pathway.pathway_of, name="pathway_of"),
    path("programmes/<slug:key>/specification.pdf", programmes.specification, name="specification"),
    path("find/", finder.finder, name="finder"),
    path("pathway/", pathway.pathway, name="pathway"),
    path("pathway/areas/", pathway.areas, name="areas"),
    path("compare/", comparing.compare, name="compare"),
    path("compare.csv", comparing.compare_csv, name="compare_csv"),
    path("other/", other.other_list, name="other_list"),
    path("other/<slug:key>/", other.other, name="other"),
    path("about/", other.about, name="about"),
    path("apply/<int:intake_id>/", apply.begin, name="apply"),
    path("apply/<int:intake_id>/schools/", apply.schools, name="apply_schools"),
    path("apply/<int:intake_id>/sent/", apply.sent, name="apply_sent"),
    path("apply/<int:intake_id>/<slug:step>/", apply.step, name="apply_step"),
    path("verify/", verify.verify, name="verify"),
    path("verify/<str:code>/", verify.verify_code, name="verify_code"),
    path("welcome/", welcome.first_password, name="first_password"),
    path("welcome/<str:token>/", welcome.welcome, name="welcome"),
    path("accessibility/", pages.accessibility, name="accessibility"),
    path("privacy/", pages.privacy, name="privacy"),
    path("contact/", pages.contact, name="contact"),
    path("about/claims/", about.about_claims, name="about_claims"),
    path("about-the-data/", pages.about_data, name="about_data"),
]
