"""A case is worked in its room from top to bottom, verb by verb, by two members and a guest, without script.

What each verb makes the case say is held against what is seen; what the person then reads is test_browser_desk's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from tests.system.desk_member import Member, key
from tests.system.eyes import nothing_ties
from tests.system.filling import FIRST, ON, Fields, File, again, fill
from tests.system.tainted import photo_that_says

TODAY = date.today().isoformat()
SOON = (date.today() + timedelta(days=20)).isoformat()

# Verb by verb: what is typed, and what the case then shows.
WORK: Mapping[str, tuple[Fields, str]] = {
    "note": ({"text": "Call the port tomorrow."}, "Call the port tomorrow."),
    "task": ({"text": "Fetch the ledger.", "day": SOON}, "Fetch the ledger."),
    "raise": ({"to": "1", "text": "He threatens her."}, "S1: danger"),
    "evidence": (
        {"kind": "INSPECTION", "day": TODAY, "text": "Payslips of twelve workers."}, "Payslips of twelve workers.",
    ),
    "inspection": (
        {"employer": "Pearl Works", "place": "Port road 5", "day": SOON, "ground": "sector"}, "Pearl Works",
    ),
    "remedy": (
        {
            "what": "refund", "stage": "awarded", "amount": "900", "currency": "USD", "owes": ["agency"],
            "source": "bond",
        },
        "Outstanding",
    ),
}  # fmt: skip


@dataclass
class Room:
    """One case, its address; `lead` is the office's head, `second` a colleague."""

    case: str
    lead: Member
    second: Member

    @property
    def reference(self) -> str:
        return key(self.case)[:8].upper()

    def begins(self) -> None:
        """The case is opened for the first time, acknowledged and answered, with a file that is refused first."""
        lead = self.lead
        lead.opens(self.case, looks=True)
        lead.looks("case-new")
        lead.presses("Acknowledge this case")
        lead.says("You have acknowledged this case.")
        lead.sends(
            {"answer-text": "We have it.", "answer-file": File("x.jpg", "image/jpeg", b"MZ")},
            form="/answer/", wrong="case-file-refused",
        )  # fmt: skip
        assert lead.page.input_value('textarea[name="answer-text"]') == "We have it."
        photo = File("archive.jpg", "image/jpeg", photo_that_says("ours"))
        again(lead.page, lambda: lead.sends({"answer-file": photo, "answer-asks": ON}, form="/answer/"))
        lead.says("Your office has asked the person something.")
        lead.looks("case-asked")
        lead.presses("Go on without an answer")

    def work(self, other: str) -> None:
        """Each verb that has a page of its own: looked at, sent empty, and done. `other` is a case to link."""
        lead = self.lead
        linked = ({"reference": key(other)[:8], "text": "The same agent."}, key(other)[:8].upper())
        lead.opens(other)
        for what, (typed, shown) in {**WORK, "link": linked}.items():
            lead.goes_to(f"{self.case}work/{what}/")
            lead.looks(f"work-{what}")
            lead.sends({}, wrong=f"work-{what}")
            lead.sends(typed)
            assert lead.page.url == self.case, what
            lead.says(shown)
        lead.presses("It is done")
        lead.goes_to(f"{self.case}work/assign/")
        lead.looks("work-assign")
        lead.sends({}, wrong="work-assign")
        lead.page.locator('select[name="to"]').select_option(label="Bao Stern")
        lead.sends({})
        assert "Bao Stern" in lead.page.inner_text("main dl.facts >> nth=0")
        lead.looks("case-worked")

    def papers(self) -> None:
        """The order and a letter: pages of their own, whose address and title know of no case."""
        lead = self.lead
        lead.goes_to(self.case)
        lead.presses("See the order, to print it")
        self._knows_of_no_case("/print/order/", "Pearl Works")
        lead.looks("order")
        lead.goes_to(f"{self.case}letters/")
        lead.looks("letters")
        lead.follows("Request for records")
        lead.looks("letter-to-agency")
        lead.sends({}, wrong="letter-to-agency")
        lead.sends({"language": "en", "standards": FIRST, "answer_by": SOON})
        lead.presses("See the letter, to print it")
        self._knows_of_no_case("/print/letter/", "Golden Ladder")
        lead.looks("agency-letter")
        lead.goes_to(f"{self.case}letters/received/")
        lead.looks("letter-to-person")
        lead.presses("Send the message")

    def _knows_of_no_case(self, address: str, words: str) -> None:
        page = self.lead.page
        assert page.url.endswith(address) and self.reference not in page.title() + page.inner_text("body")
        assert words in page.inner_text("main")

    def takes_two(self) -> None:
        """Identity, a protective disclosure and less urgency: one asks, the other approves; then both are used."""
        lead, second, address = self.lead, self.second, f"{self.case}together/"
        lead.goes_to(address)
        for what, typed in {
            "identity": {"identity-why": "She has to sign."},
            "protective": {
                "protective-to": "A fire brigade", "protective-said": "A door is locked.", "protective-why": "Hers.",
            },
            "severity": {"severity-to": "3", "severity-why": "It was a joke, she says."},
        }.items():  # fmt: skip
            lead.sends({}, form=f"/{what}/ask/", wrong=f"together-{what}")
            lead.sends(typed, form=f"/{what}/ask/")
        lead.looks("together")
        second.opens(self.case)
        second.goes_to(address)
        second.says("It was a joke")
        while second.page.get_by_role("button", name="Approve").count():
            second.presses("Approve")
        second.looks("together-approved")
        second.goes_to(self.case)
        second.says("S3: wages and conditions")
        lead.until("See how to reach the person.", address)
        lead.presses("It is safe now: tell the person")
        lead.follows("See how to reach the person")
        lead.says("+000 111")
        lead.looks("identity")

    def held(self) -> None:
        lead, second, address = self.lead, self.second, f"{self.case}hold/"
        lead.goes_to(address)
        lead.looks("hold")
        lead.sends({}, wrong="hold")
        lead.sends({"reason": "A court has not decided."})
        second.goes_to(address)
        second.says("A court has not decided.")
        second.looks("hold-asked")
        second.presses("Approve: hold the case")
        lead.goes_to(address)
        lead.looks("hold-stands")
        lead.presses("Lift the hold")
        lead.says("The hold is lifted.")

    def helped_by(self, guest: Member) -> None:
        """Who is of the office is refused in words; a guest reads, writes a note, and is off the case again."""
        lead, asked = self.lead, {"capacity": "interpret_case", "days": "28"}
        lead.goes_to(f"{self.case}guests/")
        lead.sends({}, wrong="guests")
        lead.sends({"username": self.second.name, **asked})
        lead.sends({"sure": ON}, wrong="guests-refused")
        lead.goes_to(f"{self.case}guests/")
        lead.sends({"username": guest.name, **asked})
        lead.looks("guest-compare")
        lead.sends({}, wrong="guest-compare")
        lead.sends({"sure": ON})
        lead.looks("guests")
        guest.goes_to("")
        guest.looks("queue-guest")
        guest.page.locator("section[aria-labelledby=invited] a").first.click()
        guest.looks("as-guest")
        guest.sends({}, wrong="as-guest")
        guest.sends({"text": "She says that they took nine hundred."})
        guest.says("nine hundred")
        lead.goes_to(f"{self.case}guests/")
        lead.presses("End this for")
        lead.says("That has ended.")

    def handed_over(self) -> None:
        """To an office outside, which never answers: the parcel is recalled."""
        lead = self.lead
        lead.goes_to(f"{self.case}hand-over/")
        lead.looks("hand-over")
        lead.sends({}, wrong="hand-over")
        lead.sends({"office": FIRST, "reason": "The ship is theirs to look at."})
        lead.looks("hand-over-preview")
        lead.sends({})
        lead.looks("parcels")
        lead.page.locator("main table a").first.click()
        lead.looks("parcel")
        parcel = lead.page.url
        lead.goes_to(f"received/{key(parcel)}/")
        lead.looks("received")
        lead.sends({"code": "AAAAA-AAAAA-AAAAA-AAAAA-AAAAA"}, wrong="received")
        lead.stage.command("worker", "shell", "-c", GIVEN_UP)
        lead.goes_to(parcel)
        lead.looks("parcel-given-up")
        lead.presses("Send it again")
        lead.presses("Recall it")
        lead.looks("parcel-recalled")

    def ends(self) -> None:
        """A finding, what the regulator is told, closed, taken up again, and closed."""
        lead, second = self.lead, self.second
        lead.goes_to(self.case)
        lead.sends({}, form="/finding/", wrong="case-finding")
        fill(lead.page, {"finding-evidence": FIRST})
        lead.page.locator('select[name="finding-standard"]').select_option(index=1)
        lead.sends({"finding-text": "Twelve payslips say so."}, form="/finding/")
        lead.sends({}, form="/refer/", wrong="case-referral")
        lead.sends({"referral-standards": FIRST, "referral-evidence_class": FIRST}, form="/refer/")
        lead.says("This waits for a colleague: what goes to the regulator takes two people.")
        second.goes_to(self.case)
        second.looks("case-referral")
        second.presses("Approve: tell the regulator")
        lead.goes_to(self.case)
        for _time in range(2):
            lead.sends({}, form="/close/", wrong="case-closing")
            lead.sends({"closing-outcome": FIRST, "closing-text": "It is over."}, form="/close/")
            lead.says("Your request waits for a colleague of your office.")
            second.goes_to(f"{self.case}together/")
            second.presses("Approve")
            lead.goes_to(self.case)
            lead.looks("case-closed")
            lead.presses("Take it up again")
        lead.says("The case is open again, and its clock runs.")

    def given_on(self, others: list[str]) -> None:
        """Cases that this office cannot work: asked of the next one, handed back, and one that is not for somebody."""
        lead, second = self.lead, self.second
        asked, back, not_for = others[:3]
        lead.goes_to("")
        lead.presses(f"Acknowledge {key(asked)[:8].upper()}")
        lead.says("You have acknowledged this case.")
        lead.sends({}, form="/next-office/", wrong="case-next-office")
        lead.sends({"up-text": "It happened at sea."}, form="/next-office/")
        lead.opens(back)
        lead.goes_to(f"{back}hand-back/")
        lead.looks("hand-back")
        lead.sends({}, wrong="hand-back")
        lead.sends({"text": "We know the owner."})
        second.goes_to(not_for)
        nothing_ties(second.page)
        second.goes_to(f"{not_for}recuse/")
        second.looks("recuse")
        second.sends({}, wrong="recuse")
        second.sends({"sure": ON})
        second.says("You will not see this case again.")


# About three days of tries come to nothing; the tour does not wait for them.
GIVEN_UP = """
from complaints.firewall.models import Parcel
Parcel.objects.filter(state="waiting").update(state="dead", due=None)
"""
