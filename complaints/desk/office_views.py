"""The office's own page: who is in it, who waits to be let in, its keys, and the log of what was done with them."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ObjectDoesNotExist
from django.db import IntegrityError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables

from complaints.cases.models import Inspector, Office
from complaints.firewall import access, members, registrations, rewrapping
from complaints.firewall.access import VaultClosed
from complaints.firewall.disclosure import Verb
from complaints.firewall.keys import OpenVault
from complaints.firewall.members import NotAllowed
from complaints.firewall.models import DisclosureDetail
from complaints.firewall.registrations import NotTaken
from complaints.vault.errors import WrongPassphrase
from complaints.vault.registrars import BODY_MAX
from recruitment_watch import clock

from . import derivations, people, room
from .derivations import Busy
from .gate import ask_for_vault, inspector_of
from .office_forms import EnrolForm, InviteForm, RecoverForm, StatementForm, SureForm
from .vault_session import VaultSession

View = Callable[..., HttpResponse]


def of_office(view: View) -> View:
    """A page of an office where the member works today: `view(request, office, **rest)`; 404 for everybody else."""

    @login_required
    @wraps(view)
    def inner(request: HttpRequest, office_id: UUID, **rest: Any) -> HttpResponse:
        office = access.offices_of(inspector_of(request)).filter(pk=office_id).first()
        if office is None:
            raise Http404
        return view(request, office, **rest)

    return inner


def of_member(view: View) -> View:
    """A page about a colleague: `view(request, office, member)`."""

    @of_office
    @wraps(view)
    def inner(request: HttpRequest, office: Office, member_id: UUID) -> HttpResponse:
        here = members.colleagues(office).filter(inspector=member_id)
        return view(request, office, get_object_or_404(Inspector, pk__in=here.values("inspector")))

    return inner


@login_required
def offices(request: HttpRequest) -> HttpResponse:
    """Lead to the member's office; let them choose where they have several."""
    mine = list(access.offices_of(inspector_of(request)).order_by("name"))
    if len(mine) == 1:
        return redirect("desk:office", mine[0].pk)
    return render(request, "desk/offices.html", {"offices": mine})


@of_office
def office(request: HttpRequest, office: Office) -> HttpResponse:
    me = inspector_of(request)
    waiting = members.waiting(office)
    session = VaultSession(request)
    vault = session.vault()
    head = members.is_head(me, office)
    context = {
        "office": office,
        "head": head and vault is not None and _has_newest(office, vault),
        "closed": head and vault is None,
        "is_head": head,
        "leads": members.leads(me, office),
        "standing": registrations.standing(office, on=clock.today()),
        "people": [_person(one, waiting, me) for one in members.colleagues(office)],
        "stale": rewrapping.stale(office).count(),
        "log": _log(office),
    }
    return session.keep(render(request, "desk/office.html", context))


@of_office
def invite(request: HttpRequest, office: Office) -> HttpResponse:
    """The head makes a member; the code is shown once, on the page that answers."""
    if not members.is_head(inspector_of(request), office):
        raise Http404
    session = VaultSession(request)
    vault = session.vault()
    if vault is None:
        return session.keep(ask_for_vault(request))
    form = InviteForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            code = members.invite(**form.cleaned_data, office=office, by=inspector_of(request), vault_of=vault)
        except VaultClosed:
            form.add_error(None, _("Your vault does not hold the office's newest key. Close it and open it again."))
        except members.NameTaken:
            form.add_error("username", _("Somebody has this user name already. Choose another one."))
        except IntegrityError:
            form.add_error(None, _("The firewall refused this: the office may not have members now."))
        else:
            return session.keep(_code(request, office, form.cleaned_data["username"], code))
    context = {"form": form, "office": office}
    return session.keep(render(request, "desk/invite.html", context, status=422 if form.errors else 200))


@of_office
def statement(request: HttpRequest, office: Office) -> HttpResponse:
    """Take in what registrars signed: a certificate, a new attestation, a mandate. The database checks it."""
    form = StatementForm(request.POST, request.FILES) if request.method == "POST" else StatementForm()
    if form.is_valid():
        try:
            registrations.take(form.cleaned_data["file"].read(BODY_MAX * 2))
        except NotTaken as error:
            form.add_error("file", str(error.words))
        else:
            messages.success(request, _("Taken in. What it says holds from now on."))
            # A mandate may just have ended this office's own right to a page.
            return redirect("desk:offices")
    context = {"form": form, "office": office}
    return render(request, "desk/statement.html", context, status=422 if form.errors else 200)


@of_member
def reset(request: HttpRequest, office: Office, member: Inspector) -> HttpResponse:
    """The head has a colleague enrol again who has lost words and recovery code."""
    label = _("I know that %(name)s has lost both, and I have spoken with them") % {"name": member.name}

    def act() -> HttpResponse:
        code = members.reset(member, office=office, by=inspector_of(request), vault_of=VaultSession(request).vault())
        return _code(request, office, member.username, code)

    return _confirmed(request, office, member, "desk/reset.html", label, act)


@of_member
def let_in(request: HttpRequest, office: Office, member: Inspector) -> HttpResponse:
    """A colleague compares six words and lets the newcomer open the office's cases."""
    if member not in members.waiting(office):
        raise Http404
    label = _("%(name)s said these six words to me, and I know that it was they") % {"name": member.name}

    def act() -> HttpResponse:
        compared, vault = request.POST.get("words_of_key", ""), VaultSession(request).vault()
        members.let_in(member, office=office, by=inspector_of(request), vault_of=vault, compared=compared)
        messages.success(request, _("%(name)s can open the office's cases now.") % {"name": member.name})
        return redirect("desk:office", office.pk)

    return _confirmed(request, office, member, "desk/let_in.html", label, act, words=members.words_of(member))


@of_member
def leave(request: HttpRequest, office: Office, member: Inspector) -> HttpResponse:
    """The head ends a membership, and the office gets a new key."""
    label = _("%(name)s no longer works here") % {"name": member.name}

    def act() -> HttpResponse:
        members.leave(member, office=office, by=inspector_of(request), vault_of=VaultSession(request).vault())
        done = _("%(name)s can open nothing here any more. Close your vault and open it again: it has a new key.")
        messages.success(request, done % {"name": member.name})
        return redirect("desk:office", office.pk)

    left = members.colleagues(office).count() - 1
    cases = people.cases_of(member, office).count()
    return _confirmed(request, office, member, "desk/leave.html", label, act, left=left, cases=cases)


@of_office
def rewrap(request: HttpRequest, office: Office) -> HttpResponse:
    """Seal held cases to the new key, a batch a request; the page says how many are left."""
    session = VaultSession(request)
    vault = session.vault()
    if vault is None or not _has_newest(office, vault):
        return redirect(f"{reverse('desk:vault')}?next={reverse('desk:rewrap', args=[office.pk])}")
    me, done = inspector_of(request), 0
    if request.method == "POST":
        done, _left = rewrapping.batch(office, vault, by=me)
    left = rewrapping.stale_for(office, me).count()
    context = {"office": office, "done": done, "left": left, "others": rewrapping.stale(office).count() - left}
    return session.keep(render(request, "desk/rewrap.html", context))


@sensitive_post_parameters()
@sensitive_variables()
def enrol(request: HttpRequest) -> HttpResponse:
    """A new member, or one who enrols again: password, and words that are shown this once."""
    form = EnrolForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            member, passphrase, recovery = members.enrol(**form.cleaned_data)
        except members.WrongCode:
            form.add_error(None, _("User name and code do not belong together, or the code is used or too old."))
        else:
            shown = {"passphrase": passphrase, "recovery": recovery, "words": members.words_of(member)}
            return render(request, "desk/enrolled.html", shown)
    return render(request, "desk/enrol.html", {"form": form}, status=422 if form.errors else 200)


@sensitive_post_parameters()
@sensitive_variables()
@login_required
def recover(request: HttpRequest) -> HttpResponse:
    """New words for who has the recovery code."""
    form = RecoverForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            with derivations.VAULTS.one():
                passphrase = members.recover(inspector_of(request), form.cleaned_data["code"])
        except Busy:
            form.add_error(None, derivations.in_a_moment())
            return derivations.refused(render(request, "desk/recover.html", {"form": form}))
        except WrongPassphrase:
            form.add_error("code", _("This is not your recovery code. Check each letter."))
        except ObjectDoesNotExist:
            form.add_error(None, _("You have no key yet. Ask the head of your office for a code to enrol."))
        else:
            return render(request, "desk/recovered.html", {"passphrase": passphrase})
    return render(request, "desk/recover.html", {"form": form}, status=422 if form.errors else 200)


def _confirmed(
    request: HttpRequest,
    office: Office,
    member: Inspector,
    template: str,
    label: str,
    act: Callable[[], HttpResponse],
    **more: Any,
) -> HttpResponse:
    """A page that says what it means and does it on a tick; refusals become sentences."""
    form = SureForm(label, request.POST if request.method == "POST" else None)
    session = VaultSession(request)
    session.vault()  # looked at, so that it stays open
    if form.is_valid():
        try:
            return session.keep(act())
        except VaultClosed:
            return redirect(f"{reverse('desk:vault')}?next={request.path}")
        except members.OtherWords:
            form.add_error(None, _("These are other words than a moment ago: ask for them again, and compare anew."))
        except members.SentByThem:
            form.add_error(None, _("You invited this person or had them enrol again: a colleague has to let them in."))
        except members.SentByOutsider:
            form.add_error(None, _("Whoever invited this person cannot open the office's cases: invite them anew."))
        except NotAllowed:
            form.add_error(None, _("Only the head of the office does this, and nobody for themselves."))
    context = {"office": office, "member": member, "form": form, **more}
    return session.keep(render(request, template, context, status=422 if form.errors else 200))


def _code(request: HttpRequest, office: Office, username: str, code: str) -> HttpResponse:
    return render(request, "desk/code.html", {"office": office, "username": username, "code": code})


def _has_newest(office: Office, vault: OpenVault) -> bool:
    newest = members.newest_key(office)
    return newest is not None and newest.generation in vault.offices.get(office.pk, {})


def _person(membership: Any, waiting: list[Inspector], me: Inspector) -> dict[str, Any]:
    one = membership.inspector
    return {
        "id": one.pk,
        "name": one.name,
        "role": membership.get_role_display(),
        "since": membership.since,
        "waiting": one in waiting,
        "mine": one in waiting and members.sent_by(one) == me.pk,
        "enrolled": hasattr(one, "key") and not hasattr(one, "enrolment"),
        "me": one.pk == me.pk,
    }


def _log(office: Office) -> list[dict[str, Any]]:
    """What was done with people and keys, newest first: never about a case."""
    rows = DisclosureDetail.objects.filter(office=office, case=None).exclude(verb=Verb.LISTED)
    entries = []
    for row in rows.select_related("inspector", "subject").order_by("-disclosure_id")[:100]:
        by, about = str(row.inspector or _("the operator")), row.subject
        did = str(Verb(row.verb).label)
        title = f"{by}: {did}" + (f" ({about})" if about and about != row.inspector else "")
        entries.append({"when_text": room.week(row.week), "title": title})
    return entries
