"""Addresses of the intake room: short neutral words, which say nothing to whoever looks over a shoulder."""

from django.urls import path

from . import choices, help_views, mailbox_views, views
from .pages import PAGES

app_name = "intake"
urlpatterns = [
    *(
        path(
            "" if page.name == "start" else f"{page.name}/",
            views.question,
            {"name": page.name},
            name=page.name,
        )
        for page in PAGES
    ),
    path("check/", views.check, name="check"),
    path("number/", views.number, name="number"),
    path("end/", views.end, name="end"),
    path("off/", views.off, name="off"),
    path("about/", views.about, name="about"),
    path("more/", help_views.more, name="help"),
    path("sizes/", views.sizes, name="sizes"),
    path("back/", mailbox_views.back, name="back"),
    path("back/box/", mailbox_views.box, name="box"),
    path("back/close/", mailbox_views.close, name="close"),
    path("back/away/", choices.away, name="away"),
    path("back/delete/", choices.delete, name="delete"),
]
