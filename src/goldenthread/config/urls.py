"""All addresses: allauth's account pages, and one list per audience."""

from django.contrib.auth.decorators import login_not_required
from django.urls import include, path
from django.views.generic import RedirectView

from goldenthread.web.public.views import home
from goldenthread.web.shared import address, pages
from goldenthread.web.shared.profile import kept_texts, profile
from goldenthread.web.shared.styleguide import styleguide

urlpatterns = [
    # First the audiences with a beginning of their own: one look passes over all of their addresses.
    path("my/", include("goldenthread.web.participant.urls")),
    path("office/", include("goldenthread.web.office.urls")),
    path("teach/", include("goldenthread.web.teaching.urls")),
    path("school/", include("goldenthread.web.school.urls")),
    path("partner/", include("goldenthread.web.partner.urls")),
    path("university/", include("goldenthread.web.university.urls")),
    path("", home, name="home"),
    # Before allauth's own: an address is changed on our page only, where the new one is proved first.
    path("accounts/email/", address.elsewhere, name="account_email"),
    path("accounts/confirm-email/", address.nowhere, name="account_email_verification_sent"),
    path("accounts/confirm-email/<str:key>/", address.nowhere, name="account_confirm_email"),
    path("accounts/", include("allauth.urls")),
    path("", include("goldenthread.web.public.urls")),
    path("", include("goldenthread.web.assessor.urls")),
    path("start/", pages.start, name="start"),
    path("profile/", profile, name="profile"),
    path("profile/kept/", kept_texts, name="kept_texts"),
    path("profile/address/", address.ask, name="address"),
    path("profile/address/confirm/", address.confirm, name="address_confirm"),
    path("profile/address/<str:token>/", address.link, name="address_link"),
    path("styleguide/", styleguide, name="styleguide"),
    path("demonstration/", pages.cast, name="cast"),
    path("demonstration/sign-in/<int:user_id>/", pages.sign_in_as, name="cast_sign_in"),
    path("health/", pages.health, name="health"),
    path(
        "favicon.ico",
        login_not_required(RedirectView.as_view(url="/static/goldenthread/favicon.svg")),
        name="favicon",
    ),
]
handler429 = "goldenthread.web.shared.limits.too_often"
handler500 = "goldenthread.web.shared.errors.server_error"
