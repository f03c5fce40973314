"""Addresses of the intake room: short neutral words, which say nothing to whoever looks over a shoulder."""

from django.urls import path

from . import choices, help_views, leaving, mailbox_views, sending, views
from .pages import PAGES
from .paper import views as paper

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
    path("check/", sending.check, name="check"),
    path("wait/", sending.wait, name="wait"),
    path("number/", sending.number, name="number"),
    path("end/", leaving.end, name="end"),
    path("off/", leaving.off, name="off"),
    path("about/", leaving.about, name="about"),
    path("more/", help_views.more, name="help"),
    path("sizes/", leaving.sizes, name="sizes"),
    path("paper/", paper.about, name="paper"),
    path("paper/form.pdf", paper.form, name="form"),
    path("paper/enter/", paper.enter, name="sheet"),
    path("back/", mailbox_views.back, name="back"),
    path("back/wait/", mailbox_views.wait, name="wait-back"),
    path("back/box/", mailbox_views.box, name="box"),
    path("back/file/<int:number>/", mailbox_views.file, name="file"),
    path("back/far/", mailbox_views.far, name="far"),
    path("back/close/", mailbox_views.close, name="close"),
    path("back/next/", choices.next_office, name="next"),
    path("back/away/", choices.away, name="away"),
    path("back/tell/", choices.tell, name="back-tell"),
    path("back/reach/", choices.contact, name="back-reach"),
    path("back/helper/", choices.helper, name="helper"),
    path("back/slip/", choices.slip, name="slip"),
    path("back/delete/", choices.delete, name="delete"),
]
