"""Addresses of the desk zone."""

from django.urls import include, path

from .handlers import *  # noqa: F403

urlpatterns = [path("", include("complaints.desk.urls"))]
