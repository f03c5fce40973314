"""The zone's WSGI application; gunicorn serves it with RW_ZONE set."""

import os
from importlib import import_module
from typing import Any

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", f"recruitment_watch.settings.{os.environ['RW_ZONE']}")
application: Any = get_wsgi_application()

from django.conf import settings
from django.core.checks import run_checks
from django.db import connections

from recruitment_watch import checks, postgres_settings, turns

if checks.stands_alone():
    postgres_settings.refuse([checks.WITHOUT_A_PROXY], because="it would stand before the world alone")
postgres_settings.require()
if faults := run_checks(tags=["start"], databases=["default"]):
    postgres_settings.refuse([str(one.msg) for one in faults], because="a file of rules that it needs is wrong")
import_module(settings.ROOT_URLCONF)  # all pages' code, before this process parts into several: they share it
connections.close_all()  # none may come along where this process parts into several
if settings.ZONE == "intake":  # where two hundred may come at once
    application = turns.in_turn(application)
