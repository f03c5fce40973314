"""Wagtail pages of the public zone."""

from django.apps import AppConfig


class Cms(AppConfig):
    name = "cms"
    label = "cms"
