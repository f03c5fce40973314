"""The error pages, the same in every zone."""

handler400 = "recruitment_watch.web.errors.bad_request"
handler403 = "recruitment_watch.web.errors.permission_denied"
handler404 = "recruitment_watch.web.errors.not_found"
handler500 = "recruitment_watch.web.errors.server_error"

__all__ = ["handler400", "handler403", "handler404", "handler500"]
