"""Addresses of the register. They stand on paper and in other people's systems: they do not move."""

from __future__ import annotations

from django.urls import path

from cms import views

app_name = "cms"
urlpatterns = [
    path("register/", views.register, name="register"),
    path("register/warnings/", views.warnings, name="warnings"),
    path("register/agency/<uuid:agency>/", views.agency_status, name="agency"),
]
