"""Registers (the home register and foreign lists) and the standards that a regulator names in decisions."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from agencies.models.base import Row


class Register(Row):
    """A list of licences kept by one regulator. The home register is decided here, the others are read in."""

    PERSONAL_DATA = "none"
    RETENTION = "for ever"

    code = models.SlugField(_("code"), max_length=16, unique=True)
    name = models.CharField(_("name"), max_length=200)
    country = models.CharField(_("country"), max_length=2, help_text=_("ISO 3166-1, two letters"))
    regulator = models.CharField(_("regulator"), max_length=200, blank=True)
    website = models.URLField(_("website"), blank=True)
    is_home = models.BooleanField(_("decided on this platform"), default=False)
    as_of = models.DateField(_("date of the newest list"), null=True, blank=True)
    whole = models.BooleanField(_("the newest list was complete"), default=False)
    source_note = models.TextField(_("where it comes from"), blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["is_home"], condition=models.Q(is_home=True), name="agencies_register_one_home"
            ),
            models.CheckConstraint(
                condition=models.Q(is_home=False) | models.Q(as_of__isnull=True),
                name="agencies_register_home_has_no_list_date",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Standard(Row):
    """A numbered duty of a licensee: an article of the law or of the regulator's list, by its code."""

    PERSONAL_DATA = "none"
    RETENTION = "for ever"

    register = models.ForeignKey(Register, models.PROTECT, related_name="standards")
    code = models.CharField(_("code"), max_length=40)
    title = models.CharField(_("title"), max_length=300)
    source = models.CharField(_("law or convention"), max_length=300, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["register", "code"], name="agencies_standard_code_once")]

    def __str__(self) -> str:
        return f"{self.code} {self.title}"
