"""`manage.py load_demo_cases`: a few made-up complaints, filed as the intake zone files them."""

from __future__ import annotations

import json
import uuid
from typing import Any

from django.core.management.base import BaseCommand

from agencies.models import Agency
from complaints.intake import readers
from complaints.intake.actions import file_complaint
from complaints.intake.answers import AgencyAnswer, Answers, Contact
from complaints.vault import receipts
from recruitment_watch import clock

STORIES = (
    (("fees",), "They asked for 2,400 in cash before the flight and said the employer would pay it back. Nobody did."),
    (("documents_kept", "wages"), "The office keeps my passport in a drawer. I have not been paid since spring."),
    (("contract_substitution",), "I signed for a shop. I was sent to clean houses for less money."),
    (("wages", "conditions"), "Fourteen hours a day, no day off, and two months of pay missing."),
    (("service",), "Nobody answers the telephone number on the contract."),
    (("unlicensed",), "A man in my village collected money for this agency. He is on no list."),
)


class Command(BaseCommand):
    help = "File the demonstration's complaints: every word of them is made up."

    def handle(self, *args: Any, **options: Any) -> None:
        agencies = list(Agency.objects.filter(register__is_home=True).select_related("register").order_by("name"))
        receipt = ""
        for number, (categories, happened) in enumerate(STORIES):
            agency = agencies[number % len(agencies)]
            receipt = receipts.new_receipt()
            answers = Answers(
                country="XA",
                agency=AgencyAnswer(id=str(agency.pk), name=agency.name, register=agency.register.name),
                when=f"{clock.today().year}-{(number % clock.today().month) + 1:02}",
                categories=categories,
                happened=happened,
                contact=Contact(),
            )
            ladder = readers.for_answers(answers)
            file_complaint(case_id=uuid.uuid4(), receipt=receipt, answers=answers, offices=ladder)
        self.stdout.write(json.dumps({"receipt": receipts.show(receipt)}))
