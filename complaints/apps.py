"""The casework side. One Django app; its rooms are packages."""

from django.apps import AppConfig


class Complaints(AppConfig):
    name = "complaints"
    label = "complaints"

    def ready(self) -> None:
        from .cases import checks  # noqa: F401  # registers itself
