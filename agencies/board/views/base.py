"""What every page of the register's admin has: a right that it asks for, a title, breadcrumbs, messages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import Promise
from django.views.generic import FormView, TemplateView
from wagtail.admin import messages
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin

from agencies.board.roles import Right
from agencies.models import Agency, Register
from agencies.refusals import DecisionRefused

Crumb = tuple[str | Promise, str]


def officer(request: HttpRequest) -> User:
    """The signed-in officer. Wagtail's admin lets nobody else come this far."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def home_agency_or_404(key: Any) -> Agency:
    """An agency of the home register: nothing is decided here about others."""
    return get_object_or_404(Agency.objects.select_related("register", "operator"), pk=key, register__is_home=True)


def home_register_or_404() -> Register:
    return get_object_or_404(Register, is_home=True)


class Checked(WagtailAdminTemplateMixin):  # type: ignore[misc]  # Wagtail has no types
    """Refuses whoever lacks ``right``, before anything is read."""

    right: ClassVar[Right]
    #: Pages above this one, as (words, URL name).
    above: ClassVar[tuple[Crumb, ...]] = ()
    page_title: str | Promise = ""
    request: HttpRequest

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not officer(request).has_perm(self.right):
            raise PermissionDenied
        response: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        return response

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        above = [{"url": reverse(name), "label": words} for words, name in self.above]
        return [*self.breadcrumbs_items, *above, {"url": "", "label": self.get_page_title()}]

    def may(self, right: Right) -> bool:
        return officer(self.request).has_perm(right)


class Shown(Checked, TemplateView):
    """A page that only shows."""


class Asked(Checked, FormView):  # type: ignore[type-arg]  # generic for mypy only, not at run time
    """A page with one form, whose verb may refuse: then its words stand above the form, which keeps what was typed."""

    template_name = "agencies_board/form.html"
    submit_label: str | Promise = ""
    #: What the officer is told when it is done.
    done: str | Promise = ""

    def run(self, given: dict[str, Any]) -> None:
        """Call the verb."""
        raise NotImplementedError

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(action_url=self.request.path, submit_button_label=self.submit_label, **kwargs)

    def form_valid(self, form: Any) -> HttpResponse:
        try:
            self.run(form.cleaned_data)
        except DecisionRefused as refusal:
            form.add_error(None, str(refusal))
            return self.form_invalid(form)
        messages.success(self.request, self.done)
        return super().form_valid(form)


def tell(request: HttpRequest, verb: Callable[[], object], done: str) -> bool:
    """Run a verb from a page without a form: say that it is done, or why it was refused. True when done."""
    try:
        verb()
    except DecisionRefused as refusal:
        messages.error(request, str(refusal))
        return False
    messages.success(request, done)
    return True
