"""One zone a process: RW_ZONE says which, and everything here follows from it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import date
from typing import Any

import pytest
from hypothesis import settings as examples

from tests import proof as proofs
from tests.harness import Workshop

ZONE = os.environ.get("RW_ZONE", "")
os.environ["TZ"] = "UTC"  # `date.today()` is the day that the application has, wherever this runs
time.tzset()
# No deadlines: how long an example takes says how busy the machine is, not whether it holds.
examples.register_profile("patient", deadline=None)
examples.load_profile("patient")


@pytest.fixture
def proof() -> Callable[..., proofs.Proof]:
    """Begin a proof of the firewall; see tests/proof.py."""
    return proofs.proof


if ZONE:
    # Before Django reads its settings: clusters, templates, this run's clones, pinned keys.
    WORKSHOP = Workshop.open(ZONE)
    os.environ["RW_VAR"] = str(WORKSHOP.installation.folder)
    os.environ.update(WORKSHOP.environment(ZONE))
    os.environ["DJANGO_SETTINGS_MODULE"] = f"recruitment_watch.settings.{ZONE}"
    WORKSHOP.clone("register", "casework", "register_copy")

    import django
    from django.conf import settings

    settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.NOT_BEFORE = 0  # nobody here needs time to read; the rule has tests of its own
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # whitenoise warns of a folder that is not there
    django.setup()

    from django.db import connections
    from django.test import Client, TransactionTestCase

    def _fresh_databases(self: TransactionTestCase) -> None:
        """After a test that committed: new clones, because no zone's role may empty a table."""
        connections.close_all()
        WORKSHOP.clone("register", "casework", "register_copy")

    TransactionTestCase._fixture_teardown = _fresh_databases

    @pytest.fixture(scope="session")
    def django_db_setup() -> None:
        """The databases are there already."""

    @pytest.fixture(scope="session", autouse=True)
    def _workshop() -> Iterator[None]:
        yield
        connections.close_all()
        WORKSHOP.drop()

    @pytest.fixture
    def as_owner() -> Callable[[], AbstractContextManager[None]]:
        """`with as_owner():` sets things up as the databases' owner, then hands back to the zone's role."""

        @contextmanager
        def out_of_role() -> Iterator[None]:
            mine = {alias: connections[alias].settings_dict["OPTIONS"]["assume_role"] for alias in connections}
            for alias in mine:
                with connections[alias].cursor() as cursor:
                    cursor.execute("RESET ROLE")
            try:
                yield
            finally:
                for alias, role in mine.items():
                    if not connections[alias].needs_rollback:
                        with connections[alias].cursor() as cursor:
                            cursor.execute("SET ROLE " + connections[alias].ops.quote_name(role))

        return out_of_role

    class TlsClient(Client):
        """A browser over TLS, as everything here is. It goes where an answer to a form waits for it."""

        def generic(self, *args: Any, **given: Any) -> Any:
            response = super().generic(*args, **given | {"secure": True})
            return self.get(response["Location"]) if response.status_code == 303 else response

        def force_login(self, user: Any, backend: str | None = None) -> None:
            """Signed in with all that the zone asks for: an officer of the public zone with a second factor too."""
            super().force_login(user, backend)
            if ZONE == "public":
                from cms.entrance.gate import MARK
                from cms.entrance.models import SecondFactor

                row, _made = SecondFactor.objects.get_or_create(user=user, defaults={"box": b""})
                session = self.session
                session[MARK] = str(row.pk)
                session.save()

    @pytest.fixture
    def client() -> Client:
        return TlsClient(HTTP_HOST=settings.ORIGIN.removeprefix("https://") or "127.0.0.1")

    def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
        """Every test of a zone may use all of the zone's databases."""
        for item in items:
            if item.get_closest_marker("django_db") is None:
                item.add_marker(pytest.mark.django_db(databases="__all__"))

    if ZONE != "public":
        from complaints.cases.clocks import quarter
        from complaints.firewall import ceremony

        @pytest.fixture(scope="session")
        def registrar_privates() -> list[bytes]:
            """A ceremony of this test run: registrars, the worker's lock, statistics keys, weekly files."""
            return REGISTRARS

        def _hold_ceremony() -> list[bytes]:
            folder = WORKSHOP.installation.folder / WORKSHOP.run
            settings.PINNED, settings.RETENTION = folder / "pinned", folder / "retention"
            settings.WORKER_LOCK = folder / "worker.key"
            settings.DELIVERY_KEY = folder / "delivery.key"
            settings.LOG_KEY, settings.CHECKPOINTS = folder / "log.key", folder / "checkpoints"
            today = date.today()
            quarters = [quarter(today), quarter(date(today.year + 1, 1, 1))]
            ceremony.make_weeks(settings.RETENTION, since=today, weeks=9)
            return ceremony.pin(settings.PINNED, worker_lock=settings.WORKER_LOCK, quarters=quarters)

        REGISTRARS = _hold_ceremony()
