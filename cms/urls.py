"""Addresses of the register. They stand on paper and in other people's systems: they do not move."""

from __future__ import annotations

from django.urls import path

from cms import applications, disclosures, inquiries, views

app_name = "cms"
urlpatterns = [
    path("register/", views.register, name="register"),
    path("register/warnings/", views.warnings, name="warnings"),
    path("register/apply/", applications.apply, name="apply"),
    path("register/apply/back/", applications.back, name="application_back"),
    path("register/applications/", applications.public_list, name="applications"),
    path("register/applications/<uuid:key>/", applications.public_page, name="application"),
    path("register/answer/", inquiries.back, name="inquiry_back"),
    path("register/abuses/", disclosures.public_list, name="disclosures"),
    path("register/abuses/<slug:quarter>/", disclosures.public_page, name="disclosure"),
    path("register/agency/<uuid:agency>/", views.agency_status, name="agency"),
    path("register/agency/<uuid:agency>/licence/<uuid:licence>/", views.licence_history, name="licence"),
]
