"""Addresses of the desk zone."""

from django.urls import include, path

from .handlers import *

urlpatterns = [path("", include("complaints.desk.urls"))]
