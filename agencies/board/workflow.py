"""What happens when a workflow of Wagtail's has ended: WAGTAIL_FINISH_WORKFLOW_ACTION. Imported before any model."""

from __future__ import annotations

from typing import Any


def finish(workflow_state: Any, user: Any = None) -> None:
    """The board's review ends in advice and publishes nothing; everything else goes on as Wagtail would."""
    from wagtail.workflows import publish_workflow_state

    from agencies.board.models import Application, SanctionReview

    if not isinstance(workflow_state.content_object, Application | SanctionReview):
        publish_workflow_state(workflow_state, user=user)
