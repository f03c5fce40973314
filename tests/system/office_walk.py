"""The pages beside the case room: queue, patterns, search, the office and its people; in browsers without script."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from tests import codes
from tests.system.desk_member import Member
from tests.system.filling import FIRST, ON, fill

PASSWORD = "a long enough new password"
SINCE, UNTIL = ((date.today() + timedelta(days=days)).isoformat() for days in (3, 9))


@dataclass
class Desk:
    """`lead` is the office's head, `second` a colleague."""

    lead: Member
    second: Member

    def queue(self) -> None:
        lead = self.lead
        everything = lead.in_queue()
        assert len(everything) > 6 and lead.page.locator(".keys").is_hidden()
        lead.looks("queue")
        lead.page.get_by_role("button", name="Give the ticked cases to somebody").click()
        lead.says("Tick the cases first")
        lead.looks("queue-nothing-ticked")
        for choice, value in (("severity", "2"), ("order", "clock"), ("hands", "nobody")):
            lead.page.select_option(f"#by-{choice}", value)
        lead.presses("Show these")
        few = lead.shown()
        assert 0 < len(few) < len(everything) and set(few) <= set(everything)
        lead.looks("queue-filtered")
        lead.goes_to("?show=asked")
        lead.looks("queue-empty")
        for about, name in (("a", "queue-which-agency"), ("no agency of this name", "queue-no-agency")):
            lead.goes_to(f"?about={about}")
            lead.looks(name)
        lead.goes_to("?hands=nobody")
        for number in range(2):
            lead.page.locator('input[name="pick"]').nth(number).check()
        lead.presses("Give the ticked cases to somebody")
        lead.looks("assign")
        lead.sends({}, wrong="assign")
        lead.page.select_option('select[name="to"]', label="Bao Stern")
        lead.sends({})
        lead.says("2 cases are in the hands of Bao Stern now.")
        lead.looks("queue-assigned")

    def search(self) -> None:
        lead = self.lead
        lead.goes_to("search/")
        lead.looks("search")
        lead.sends({}, wrong="search")
        for query, name in (("Golden Ladder", "search-found"), ("zyzzyva", "search-nothing")):
            lead.sends({"query": query})
            lead.looks(name)

    def patterns(self, not_for_second: str) -> None:
        """`not_for_second`: the case that the second member is recused from, and so cannot approve anything about."""
        lead, second = self.lead, self.second
        lead.goes_to("patterns/")
        lead.looks("patterns-to-hold")
        while lead.page.get_by_role("button", name="Hold the next ones against the others").count():
            lead.presses("Hold the next ones against the others")
        lead.looks("patterns")
        second.goes_to("patterns/")
        theirs = second.page.locator("main table a").all_inner_texts()
        # Which comes first is chance; the one that the case above is of may be none for who sees one of its two cases.
        called = next(one for one in lead.page.locator("main table a").all_inner_texts() if one in theirs)
        lead.follows(called)
        pattern = lead.page.url
        lead.looks("pattern")
        for form in ("assign", "finding"):
            lead.sends({}, form=f"/{form}/", wrong=f"pattern-{form}")
        lead.goes_to(pattern)
        lead.page.select_option('select[name="assign-to"]', label="Bao Stern")
        lead.sends({}, form="/assign/")
        origin = lead.page.url.split("/patterns/")[0]
        cases = [f"{origin}{link.get_attribute('href')}" for link in lead.page.locator("main table a").all()]
        lead.opens(next(one for one in cases if one != not_for_second))
        lead.presses("Acknowledge this case")
        lead.goes_to(pattern)
        lead.page.locator('select[name="finding-standard"]').select_option(index=1)
        lead.sends({"finding-text": "The same receipts in each."}, form="/finding/")
        lead.looks("pattern-found")
        lead.sends({}, form="/refer/", wrong="pattern-refer")
        lead.sends({"referral-standards": FIRST, "referral-evidence_class": FIRST}, form="/refer/")
        second.goes_to("patterns/")  # by their own way: the lead's address may be that of the case they do not see
        second.follows(called)
        second.looks("pattern-referral")
        second.presses("Approve: tell the regulator")
        second.says("Approved.")

    def office(self) -> None:
        lead = self.lead
        lead.goes_to("office/")
        lead.looks("office")
        office = lead.page.url
        lead.goes_to(f"{office}workload/")
        lead.looks("workload")
        lead.sends({}, form="/away/", wrong="away")
        lead.page.select_option('select[name="who"]', label="Bao Stern")
        lead.page.select_option('select[name="cover"]', label="Amina Vale")
        lead.sends({"since": SINCE, "until": UNTIL}, form="/away/")
        lead.looks("workload-away")
        lead.presses("Is back")
        lead.follows("Hand on")
        lead.looks("hand-on")
        lead.sends({})
        lead.goes_to(f"{office}numbers/")
        lead.looks("numbers")
        lead.presses("Open and count")
        while lead.page.get_by_role("button", name="Count on").count():
            lead.presses("Count on")
        lead.looks("numbers-sealed")
        lead.goes_to(f"{office}statement/")
        lead.looks("statement")
        lead.sends({}, wrong="statement")
        lead.goes_to("routing/")
        lead.looks("routing")
        lead.sends({}, wrong="routing")
        lead.sends({"country": "XA"})
        lead.looks("routing-answer")
        lead.sends({"country": "XB"})
        lead.looks("routing-nobody")
        lead.goes_to("health/")
        lead.looks("health")

    def a_newcomer(self) -> None:
        """Invited, enrolled, let in by somebody else; with new words and new codes; enrols again; leaves."""
        lead, second = self.lead, self.second
        lead.goes_to("office/")
        office = lead.page.url
        lead.goes_to(f"{office}invite/")
        lead.looks("invite")
        lead.sends({}, wrong="invite")
        lead.sends({"name": "Dana Wells", "username": "dana", "role": FIRST})
        lead.looks("code")
        dana = Member(lead.stage, lead.eyes, "dana", lead.eyes.somebody())
        recovery = self._enrols(dana, lead.page.locator("main strong").inner_text())
        self._sets_up(dana)
        dana.goes_to("recover/")
        dana.looks("recover")
        dana.sends({"code": "wrong"}, wrong="recover")
        dana.sends({"code": recovery})
        dana.looks("recovered")
        self._let_in(second, office)
        lead.goes_to(office)
        lead.follows("Dana Wells has lost words and code")
        lead.looks("reset")
        lead.sends({}, wrong="reset")
        lead.sends({"sure": ON})
        self._enrols(dana, lead.page.locator("main strong").inner_text(), looks=False)
        self._let_in(second, office, looks=False)
        lead.goes_to(office)
        lead.follows("Dana Wells leaves")
        lead.looks("leave")
        lead.sends({}, wrong="leave")
        lead.sends({"sure": ON})
        lead.looks("office-new-key")

    def _enrols(self, dana: Member, code: str, *, looks: bool = True) -> str:
        """With the code; their recovery code."""
        if not looks:
            dana.presses("Sign out")
        dana.goes_to("enrol/")
        if looks:
            dana.looks("enrol")
            dana.sends({"username": "dana", "code": "wrong", "password": PASSWORD}, wrong="enrol")
        dana.sends({"username": "dana", "code": code, "password": PASSWORD})
        if looks:
            dana.looks("enrolled")
        return str(dana.page.locator("main strong").nth(1).inner_text())

    def _sets_up(self, dana: Member) -> None:
        """The first sign-in, new recovery codes, and another app."""
        dana.follows("sign in")
        dana.sends({"username": "dana", "password": PASSWORD})
        dana.looks("set-up")
        dana.sends({}, wrong="set-up")
        dana.sends({"code": codes.of_now(self._secret(dana))})
        dana.looks("recovery-codes")
        spare = [str(one) for one in dana.page.locator("main li code").all_inner_texts()]
        dana.goes_to("second-factor/")
        dana.looks("second-factor")
        dana.sends({}, wrong="second-factor")
        fill(dana.page, {"code": spare[0]})
        dana.presses("Get new recovery codes")
        spare = [str(one) for one in dana.page.locator("main li code").all_inner_texts()]
        dana.goes_to("second-factor/")
        fill(dana.page, {"code": spare[0]})
        dana.presses("Set up another app or passkey")
        dana.sends({"code": codes.of_now(self._secret(dana))})
        dana.says("Your new second step is set up.")

    def _secret(self, dana: Member) -> str:
        return str(dana.page.locator("main p strong").inner_text()).replace(" ", "")

    def _let_in(self, second: Member, office: str, *, looks: bool = True) -> None:
        second.goes_to(office)
        second.follows("Let Dana Wells in")
        if looks:
            second.looks("let-in")
            second.sends({}, wrong="let-in")
        second.sends({"sure": ON})
        second.says("Dana Wells can open the office's cases now.")

    def new_key(self) -> None:
        """After somebody left, the cases are sealed to the new key."""
        lead = self.lead
        lead.goes_to("office/")
        office = lead.page.url
        lead.presses("Close the vault")
        lead.looks("vault-closed")
        lead.goes_to(f"{office}")
        lead.looks("office-vault-closed")
        lead.goes_to(f"{office}rewrap/")
        lead.looks("rewrap")
        while lead.page.get_by_role("button", name="Go on").count():
            lead.presses("Go on")
        lead.looks("rewrap-done")

    def what_was_typed_is_kept(self, case: str) -> None:
        """The vault closes while somebody writes: it is opened again, and the words are sent."""
        lead = self.lead
        lead.opens(f"{case}work/note/")
        fill(lead.page, {"text": "Half a thought."})
        lead.page.context.clear_cookies(name="__Host-rw-vault")
        lead.sends({})
        lead.looks("vault-kept")
        lead.sends({"passphrase": lead.stage.notes["inspectors"][lead.name]["passphrase"]})
        lead.looks("kept")
        lead.presses("Send it")
        lead.says("Half a thought.")

    def refusals(self, case: str) -> None:
        """No such page, a case that is nobody's, a wrong method, and a form whose token has gone."""
        lead = self.lead
        for path, name in (("nowhere/", "not-found"), ("sign-out/", "wrong-method"), ("office/", "office")):
            lead.goes_to(path)
            if name != "office":
                lead.looks(name)
        lead.goes_to(f"{case}work/note/")
        fill(lead.page, {"text": "Kept all the same."})
        lead.page.context.clear_cookies(name="__Host-rw-desk-csrf")
        lead.sends({})
        lead.looks("stale-kept")
        lead.presses("Send it once more")
        lead.says("Kept all the same.")
