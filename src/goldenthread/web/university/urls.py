"""The university's addresses, under /university/."""

from django.urls import path

from goldenthread.web.university import views

app_name = "university"
urlpatterns = [
    path("", views.home, name="home"),
    path("requests/<slug:reference>/", views.asked, name="request"),
    path("requests/<slug:reference>/statement.pdf", views.statement_pdf, name="statement"),
]
