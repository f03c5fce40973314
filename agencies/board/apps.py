"""Decisions that take two officers, and referrals: installed in the public zone only."""

from django.apps import AppConfig


class Board(AppConfig):
    name = "agencies.board"
    label = "agencies_board"
    verbose_name = "Licensing decisions"
