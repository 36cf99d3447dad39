"""Addresses that need no account."""

from django.urls import path

from goldenthread.web.public.views import apply, feeds, pages, programmes, search, verify, welcome

app_name = "public"
urlpatterns = [
    path("programmes/", programmes.programmes, name="programmes"),
    path("programmes/<slug:key>/", programmes.programme, name="programme"),
    path("compare/", programmes.compare, name="compare"),
    path("compare.csv", programmes.compare_csv, name="compare_csv"),
    path("apply/<int:intake_id>/", apply.begin, name="apply"),
    path("apply/<int:intake_id>/schools/", apply.schools, name="apply_schools"),
    path("apply/<int:intake_id>/sent/", apply.sent, name="apply_sent"),
    path("apply/<int:intake_id>/<slug:step>/", apply.step, name="apply_step"),
    path("search/", search.search, name="search"),
    path("help/", search.questions, name="help"),
    path("glossary/", search.glossary, name="glossary"),
    path("intakes.atom", feeds.atom, name="intakes_atom"),
    path("intakes.ics", feeds.calendar, name="intakes_calendar"),
    path("sitemap.xml", feeds.sitemap, name="sitemap"),
    path("robots.txt", feeds.robots, name="robots"),
    path("verify/", verify.verify, name="verify"),
    path("verify/<str:code>/", verify.verify_code, name="verify_code"),
    path("welcome/", welcome.first_password, name="first_password"),
    path("welcome/<str:token>/", welcome.welcome, name="welcome"),
    path("accessibility/", pages.accessibility, name="accessibility"),
    path("privacy/", pages.privacy, name="privacy"),
    path("contact/", pages.contact, name="contact"),
    path("about-the-data/", pages.about_data, name="about_data"),
]
