"""What surrounds a licence, as plain values for the status page. A fixed number of queries."""

from __future__ import annotations

import datetime
import uuid
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.urls import reverse
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django_countries import countries

from agencies.around.guarantee import Holding, holdings, signed
from agencies.around.kept import stands
from agencies.around.operators import flags_of, relations_of
from agencies.licensing import Answer
from agencies.models import (
    Agency,
    Appeal,
    Branch,
    Condition,
    GuaranteeEntry,
    JobOrder,
    Operator,
    OperatorFlag,
    OperatorRelation,
    Points,
    Principal,
    ResponsiblePerson,
    SubAgent,
)
from recruitment_watch import clock

Fact = dict[str, Any]


def held_by(agency: Agency) -> list[Holding]:
    """The guarantees of an agency of the home register, with what they hold today."""
    return holdings(agency.pk, on=clock.today()) if agency.register.is_home else []


def sections(agency: Agency, answer: Answer, held: list[Holding]) -> list[dict[str, Any]]:
    """What stands today around an agency of the home register: ``[{title, facts}]``, only what there is."""
    if not agency.register.is_home:
        return []
    today = clock.today()
    found = [
        (_("What lies over the licence"), _over(answer.licence_id, today) + _held(held)),
        (_("Who answers, and where"), _people(agency, today)),
        (_("For whom it may recruit"), _orders(agency, today)),
        (_("Who is behind it"), _behind(agency.operator) if agency.operator else []),
    ]
    return [{"title": title, "facts": facts} for title, facts in found if facts]


def ledger(held: list[Holding]) -> list[dict[str, Any]]:
    """The lines of these guarantees, oldest first, for ``_components/timeline.html``."""
    currency = {one.guarantee.thing: one.guarantee.currency for one in held}
    rows = GuaranteeEntry.objects.filter(guarantee__in=currency).order_by("booked_on", "position")
    return [
        {
            "when": row.booked_on,
            "title": _("%(kind)s: %(amount)s")
            % {"kind": row.get_kind_display(), "amount": _money(signed(row), currency[row.guarantee])},
            "text": row.reasons,
            "state": _("Takes an earlier line back") if row.reverses_id else "",
        }
        for row in rows
    ]


def _over(licence: uuid.UUID | None, today: datetime.date) -> list[Fact]:
    if licence is None:
        return []
    conditions = stands(Condition, licence=licence)
    counting = [row for row in stands(Points, licence=licence) if row.expires_on is None or row.expires_on >= today]
    pending = stands(Appeal, licence=licence)
    points = sum(row.points for row in counting)
    return _kept(
        {"label": _("Conditions"), "lines": [_condition(row, today) for row in conditions]},
        {"label": _("Points for breaches"), "value": number_format(points) if points else ""},
        {
            "label": _("Appeals pending"),
            "lines": [
                _("%(body)s, since %(date)s") % {"body": row.body, "date": _day(row.effective_from)} for row in pending
            ],
        },
    )


def _condition(row: Condition, today: datetime.date) -> str:
    if row.deadline is None:
        return row.text
    facts = {"text": row.text, "date": _day(row.deadline)}
    if row.deadline < today:
        return _("%(text)s Overdue since %(date)s.") % facts
    return _("%(text)s To be met by %(date)s.") % facts


def _held(held: list[Holding]) -> list[Fact]:
    return _kept({"label": _("Guarantee"), "lines": [_holding(one) for one in held]})


def _holding(one: Holding) -> str:
    currency = one.guarantee.currency
    facts = {
        "held": _money(one.balance, currency),
        "minimum": _money(one.guarantee.minimum, currency),
        "missing": _money(one.missing, currency),
        "where": one.guarantee.guarantor,
    }
    if one.lapsed:
        return _("%(where)s: it has run out, so that %(missing)s are missing.") % facts
    if one.short:
        return _("%(where)s: %(held)s, %(missing)s less than the law asks.") % facts
    return _("%(where)s: %(held)s; the law asks at least %(minimum)s.") % facts


def _people(agency: Agency, today: datetime.date) -> list[Fact]:
    branches, agents = stands(Branch, agency=agency), stands(SubAgent, agency=agency)
    return _kept(
        {"label": _("Answers by law"), "lines": [str(row) for row in stands(ResponsiblePerson, agency=agency)]},
        {"label": _("Branches"), "lines": [str(row) for row in branches]},
        {
            "label": _("Sub-agents who may find workers for it"),
            "lines": [", ".join(filter(None, [row.name, row.number, row.area])) for row in agents],
        },
    )


def _orders(agency: Agency, today: datetime.date) -> list[Fact]:
    orders: defaultdict[uuid.UUID, list[str]] = defaultdict(list)
    for row in stands(JobOrder, agency=agency):
        if row.valid_to >= today:
            orders[row.principal].append(_order(row))
    return [
        {
            "label": f"{row.name}, {countries.name(row.country)}",
            "lines": orders[row.thing] or [_("No work offered now.")],
        }
        for row in stands(Principal, agency=agency)
    ]


def _order(row: JobOrder) -> str:
    facts = {"title": row.title, "workers": row.workers, "number": row.number, "until": _day(row.valid_to)}
    said = _("%(title)s, %(workers)s workers, until %(until)s (order %(number)s)") % facts
    if row.wage is None:
        return said
    return _("%(order)s: %(wage)s a month") % {"order": said, "wage": _money(row.wage, row.currency)}


def _behind(operator: Operator) -> list[Fact]:
    flags = flags_of([operator.pk])[operator.pk]
    related = relations_of(operator)
    others = {row.other_id if row.operator_id == operator.pk else row.operator_id for row in related}
    agencies: defaultdict[uuid.UUID, list[Agency]] = defaultdict(list)
    for agency in Agency.objects.filter(operator__in=others).order_by("name", "pk"):
        assert agency.operator_id is not None
        agencies[agency.operator_id].append(agency)
    return _kept(
        {"label": _("Operator"), "lines": [_flag(flag) for flag in flags]},
        {"label": _("Belongs together with"), "lines": list(_relations(operator, related, agencies))},
    )


def _flag(flag: OperatorFlag) -> str:
    facts = {"kind": flag.get_kind_display(), "since": _day(flag.effective_from)}
    if flag.until:
        return _("%(kind)s from %(since)s until %(until)s") % (facts | {"until": _day(flag.until)})
    if flag.kind == OperatorFlag.Kind.DEBARRED:
        return _("%(kind)s since %(since)s, for good") % facts
    return _("%(kind)s since %(since)s") % facts


def _relations(
    operator: Operator, rows: Iterable[OperatorRelation], agencies: dict[uuid.UUID, list[Agency]]
) -> Iterable[str]:
    for row in rows:
        other = row.other if row.operator_id == operator.pk else row.operator
        runs = ", ".join(agency.name for agency in agencies.get(other.pk, []))
        facts = {"kind": row.get_kind_display(), "name": other.name, "runs": runs, "source": row.source}
        yield (_("%(kind)s: %(name)s (%(runs)s). %(source)s") if runs else _("%(kind)s: %(name)s. %(source)s")) % facts


def warning_rows(notices: Iterable[Any]) -> list[dict[str, Any]]:
    """Warnings of unlicensed recruiters, as the page shows them."""
    return [
        {"name": one.name, "text": one.text, "also": one.also, "since": one.effective_from, "key": one.thing}
        for one in notices
    ]


def warnings_url() -> str:
    return reverse("cms:warnings")


def _money(amount: Any, currency: str) -> str:
    return f"{number_format(amount, decimal_pos=2, force_grouping=True)} {currency}"


def _day(day: datetime.date) -> str:
    return date_format(day, "DATE_FORMAT")


def _kept(*facts: Fact) -> list[Fact]:
    return [fact for fact in facts if fact.get("value") or fact.get("lines")]
