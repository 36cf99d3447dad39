"""Addresses that need no account."""

from django.urls import path

from goldenthread.web.public.views import apply, ask, chat, interest, pages, programmes, verify, welcome

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
    path("interest/", interest.interest, name="interest"),
    path("interest/sent/<str:token>/", interest.sent, name="interest_sent"),
    path("interest/withdraw/<str:token>/", interest.withdraw, name="interest_withdraw"),
    path("interest/<slug:key>/", interest.interest, name="interest_in"),
    path("partners/<int:organisation_id>/", interest.partner, name="partner"),
    path("partners/<int:organisation_id>/ask/", ask.ask_partner, name="ask_partner"),
    path("ask/", ask.ask, name="ask"),
    path("ask/sent/<str:token>/", ask.sent, name="ask_sent"),
    path("ask/<slug:key>/", ask.ask, name="ask_about"),
    path("chat/", chat.chat, name="chat"),
    path("chat/say/", chat.say, name="chat_say"),
    path("chat/feed/", chat.feed, name="chat_feed"),
    path("chat/events/", chat.events, name="chat_events"),
    path("chat/address/", chat.address, name="chat_address"),
    path("chat/end/", chat.end, name="chat_end"),
    path("incoming/mail/", ask.incoming_mail, name="incoming_mail"),
    path("verify/", verify.verify, name="verify"),
    path("verify/<str:code>/", verify.verify_code, name="verify_code"),
    path("welcome/", welcome.first_password, name="first_password"),
    path("welcome/<str:token>/", welcome.welcome, name="welcome"),
    path("accessibility/", pages.accessibility, name="accessibility"),
    path("privacy/", pages.privacy, name="privacy"),
    path("contact/", pages.contact, name="contact"),
    path("about-the-data/", pages.about_data, name="about_data"),
]
