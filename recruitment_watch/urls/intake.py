"""Addresses of the intake zone. The language is in the address, and nowhere else."""

from django.conf.urls.i18n import i18n_patterns
from django.urls import include, path

from .handlers import *

urlpatterns = i18n_patterns(path("", include("complaints.intake.urls")))
