"""The app that carries the commands, templates and checks all zones share."""

from django.apps import AppConfig


class RecruitmentWatch(AppConfig):
    name = "recruitment_watch"
    label = "recruitment_watch"

    def ready(self) -> None:
        from django.db.backends.signals import connection_created

        from . import checks, quiet, sentry  # noqa: F401  # checks registers itself
        from .dberrors import wrap

        connection_created.connect(wrap, dispatch_uid="recruitment_watch.dberrors")
        quiet.start()
        sentry.start()
