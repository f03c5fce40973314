"""A case from the queue to the regulator, through the pages, as two people."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.http import HttpResponse

from agencies.models import Agency
from complaints.cases.models import Case, Inspector
from complaints.firewall.models import Approval, ReferralOutbox
from tests.desk.cast import STORY, Desk


def text(response: HttpResponse) -> str:
    return response.content.decode()


def test_two_inspectors_work_a_case_to_a_referral(
    desk: Callable[..., Desk], ana: Inspector, ben: Inspector, case: UUID, as_owner: Callable, agency: Agency
) -> None:
    her = desk(ana, 0)
    queue = text(her.get("queue"))
    assert "Golden Harvest Manpower" in queue and "S2: could cost the licence" in queue and "Tagalog" in queue
    page = text(her.get("case", case))
    assert STORY in page and "On 1 May 2024 this agency was allowed to recruit." in page
    assert her.post("acknowledge", case).status_code == 302
    assert Case.objects.get(pk=case).state == "acknowledged"
    assert her.post("answer", case, **{"answer-text": "We read it."}).status_code == 302
    assert her.post("finding", case, **{"finding-standard": "S-1", "finding-text": "Ledger seen."}).status_code == 302
    assert Case.objects.get(pk=case).state == "decided"
    page = text(her.get("case", case))
    assert "We read it." in page and "Ledger seen." in page and "S-1 No fee is taken" in page
    sent = her.post("refer", case, **{"referral-standards": ["S-1"], "referral-evidence_class": "DOCUMENTS"})
    assert sent.status_code == 302
    page = text(her.get("case", case))
    assert "Ask a colleague to close it" in page
    said = {"closing-outcome": "upheld", "closing-text": "You get it back."}
    assert her.post("close", case, **said).status_code == 302
    his = desk(ben, 1)
    asked = Approval.objects.get(case=case, purpose="closing")
    assert his.post("together-approve", case, asked.pk).status_code == 302
    page = text(her.get("case", case))
    assert "The case was closed: the complaint was right" in page and "You get it back." in page
    assert her.post("reopen", case).status_code == 302
    assert Case.objects.get(pk=case).state == "in_work" and "Take it up again" in page
    approval = Approval.objects.get(case=case, purpose="referral")
    assert her.post("approve", case, approval.pk).status_code == 403
    assert "Approve: tell the regulator" in text(his.get("case", case))
    assert his.post("approve", case, approval.pk).status_code == 302
    with as_owner():
        outbox = ReferralOutbox.objects.get()
    assert (outbox.agency, outbox.standards, outbox.evidence_class) == (agency.pk, ["S-1"], "DOCUMENTS")
