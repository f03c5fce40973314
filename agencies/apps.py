from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AgenciesConfig(AppConfig):
    """The register: itself in the public zone, a read-only copy of its published tables elsewhere."""

    name = "agencies"
    label = "agencies"
    verbose_name = _("Licence register")
    default_auto_field = "django.db.models.BigAutoField"
