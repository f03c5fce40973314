"""The words in which people answer the form, shared by the rooms that ask and the rooms that read (DOMAIN 3).

Values are stored sealed and stay for ever; labels are what a complainant reads.
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Whose(models.TextChoices):
    """Whose story it is, and who writes it."""

    MINE = "mine", _("It happened to me")
    KNOWS = "knows", _("It happened to somebody else, and they know that I write")
    OTHER = "other", _("It happened to somebody else, and they do not know that I write")
    HELPER = "helper", _("I help people: a union, an organisation, a centre or a consulate")
    INSIDER = "insider", _("I work for the agency, or I did")


class Sector(models.TextChoices):
    """Where many migrants work; coarse, so that it says little about one person (ISIC, ISCO-08 in groups)."""

    DOMESTIC = "domestic", _("In a home: cleaning, cooking, children")
    CARE = "care", _("Care and health")
    CONSTRUCTION = "construction", _("Building")
    FACTORY = "factory", _("A factory or workshop")
    FARM = "farm", _("A farm or plantation")
    SEA = "sea", _("At sea: fishing or ships")
    HOSPITALITY = "hospitality", _("A hotel or restaurant")
    CLEANING = "cleaning", _("Cleaning, but not in a home")
    TRANSPORT = "transport", _("Driving or delivery")
    SHOP = "shop", _("A shop or market")
    SECURITY = "security", _("Guarding")
    OTHER = "other", _("Other work")


class FeeItem(models.TextChoices):
    """Recruitment fees and related costs, as the ILO defines them (2019); the last ones are never lawful."""

    RECRUITMENT = "recruitment", _("A fee for the job")
    MEDICAL = "medical", _("A medical test")
    INSURANCE = "insurance", _("Insurance")
    TEST = "test", _("A test of language or skills")
    TRAINING = "training", _("A course or training")
    EQUIPMENT = "equipment", _("Tools or clothes for work")
    TRAVEL = "travel", _("Travel, or a place to sleep")
    PAPERS = "papers", _("Passport, visa or other papers")
    DEPOSIT = "deposit", _("A deposit, a bond or a guarantee")
    BRIBE = "bribe", _("A gift or a bribe for somebody")
    DEDUCTION = "deduction", _("Money taken out of my pay")
    OTHER = "other", _("Something else, or I don't know")


class ProofOfPayment(models.TextChoices):
    YES = "yes", _("Yes")
    NO = "no", _("No")
    REFUSED = "refused", _("I asked, and they refused")


class Paper(models.TextChoices):
    """What an agency or employer keeps from its owner."""

    PASSPORT = "passport", _("Passport")
    CARD = "card", _("Identity or residence card")
    CONTRACT = "contract", _("Contract")
    CERTIFICATE = "certificate", _("School or work certificates")
    BANK = "bank", _("Bank card or bank book")
    PHONE = "phone", _("Phone")
    OTHER = "other", _("Something else")


class Remedy(models.TextChoices):
    """What a person wants to come of it."""

    REFUND = "refund", _("My money back")
    WAGES = "wages", _("The pay that I am owed")
    COMPENSATION = "compensation", _("Money for what I have suffered")
    DOCUMENTS = "documents", _("My papers back")
    HOME = "home", _("To go home, or the cost of it")
    CONTRACT = "contract", _("The job as it was promised")
    APOLOGY = "apology", _("An apology")
    STOP = "stop", _("That they stop doing this to people")


class Told(models.TextChoices):
    """What the agency may be told for a remedy: the third level of consent, item by item."""

    COMPLAINT = "complaint", _("That somebody has complained")
    MONEY = "money", _("What was paid or is owed")
    PAPERS = "papers", _("Which papers they keep")
    HAPPENED = "happened", _("What happened, in the office's own words")
    FILES = "files", _("The photos, papers or recordings that I add")
    NAME = "name", _("Who I am")
