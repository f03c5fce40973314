"""Addresses of the desk room."""

from django.urls import path

from . import (
    case_views,
    departure_views,
    entrance,
    hold_views,
    office_views,
    recusal_views,
    second_factor_views,
    together_views,
    views,
)

app_name = "desk"
urlpatterns = [
    path("", views.queue, name="queue"),
    path("sign-in/", entrance.sign_in, name="sign-in"),
    path("sign-in/second-step/", entrance.second_step, name="second-step"),
    path("sign-in/set-up/", entrance.set_up, name="set-up"),
    path("second-factor/", second_factor_views.overview, name="second-factor"),
    path("sign-out/", views.sign_out, name="sign-out"),
    path("enrol/", office_views.enrol, name="enrol"),
    path("recover/", office_views.recover, name="recover"),
    path("office/", office_views.offices, name="offices"),
    path("office/<uuid:office_id>/", office_views.office, name="office"),
    path("office/<uuid:office_id>/invite/", office_views.invite, name="invite"),
    path("office/<uuid:office_id>/statement/", office_views.statement, name="statement"),
    path("office/<uuid:office_id>/rewrap/", office_views.rewrap, name="rewrap"),
    path("office/<uuid:office_id>/<uuid:member_id>/let-in/", office_views.let_in, name="let-in"),
    path("office/<uuid:office_id>/<uuid:member_id>/leave/", office_views.leave, name="leave"),
    path("office/<uuid:office_id>/<uuid:member_id>/reset/", office_views.reset, name="reset"),
    path("vault/", views.vault, name="vault"),
    path("vault/close/", views.close_vault, name="close-vault"),
    path("case/<uuid:case_id>/", case_views.case, name="case"),
    path("case/<uuid:case_id>/acknowledge/", case_views.acknowledge, name="acknowledge"),
    path("case/<uuid:case_id>/answer/", case_views.answer, name="answer"),
    path("case/<uuid:case_id>/finding/", case_views.finding, name="finding"),
    path("case/<uuid:case_id>/refer/", case_views.refer, name="refer"),
    path("case/<uuid:case_id>/together/", together_views.together, name="together"),
    path("case/<uuid:case_id>/together/<slug:what>/ask/", together_views.ask, name="together-ask"),
    path("case/<uuid:case_id>/together/<uuid:approval_id>/approve/", together_views.approve, name="together-approve"),
    path("case/<uuid:case_id>/together/<uuid:approval_id>/finish/", together_views.finish, name="together-finish"),
    path("case/<uuid:case_id>/identity/", together_views.identity_page, name="identity"),
    path("case/<uuid:case_id>/recuse/", recusal_views.recuse, name="recuse"),
    path("case/<uuid:case_id>/hand-back/", departure_views.hand_back, name="hand-back"),
    path("case/<uuid:case_id>/approve/<uuid:approval_id>/", case_views.approve, name="approve"),
    path("case/<uuid:case_id>/hold/", hold_views.hold, name="hold"),
    path("case/<uuid:case_id>/hold/<uuid:approval_id>/approve/", hold_views.approve, name="hold-approve"),
    path("case/<uuid:case_id>/hold/<uuid:approval_id>/lift/", hold_views.lift, name="hold-lift"),
]
