"""The casework side. One Django app; its rooms are packages."""

from django.apps import AppConfig


class Complaints(AppConfig):
    name = "complaints"
    label = "complaints"
