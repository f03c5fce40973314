"""Rounds of the board: Wagtail's workflow with its one task, for all that comes before the three parties.

A round is on one revision. It is begun, begun anew when that revision is not the last one, or ended.
"""

from __future__ import annotations

from typing import Any, Final

from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from django.utils.translation import gettext as _
from wagtail.models import TaskState, Workflow, WorkflowContentType, WorkflowTask

from agencies.board.models import Application, SanctionReview, TripartiteReview
from agencies.refusals import StateChanged

#: What comes before the board.
Matter = Application | SanctionReview
WORKFLOWS: Final[dict[type[Matter], str]] = {
    Application: "Tripartite review of applications",
    SanctionReview: "Tripartite review of sanctions",
}

#: Any number that no other lock of this database has.
_MAKING: Final = 7_051_031


@transaction.atomic
def ensure_workflow(model: type[Matter]) -> Workflow:
    """The board's workflow for one kind of matter, with the task that all share. Run again, it changes nothing."""
    if (found := Workflow.objects.filter(name=WORKFLOWS[model]).first()) is not None:
        return found
    with connection.cursor() as cursor:  # two who need it first, at once: the second finds it made
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_MAKING])
    workflow = Workflow.objects.filter(name=WORKFLOWS[model]).first()
    if workflow is None:
        task = TripartiteReview.objects.first() or TripartiteReview.objects.create(name="Tripartite review")
        workflow = Workflow.objects.create(name=WORKFLOWS[model])
        WorkflowTask.objects.create(workflow=workflow, task=task, sort_order=0)
        kind = ContentType.objects.get_for_model(model, for_concrete_model=False)
        WorkflowContentType.objects.create(workflow=workflow, content_type=kind)
    return workflow


def begin(matter: Matter) -> None:
    """Put it before the board, on its latest revision."""
    # Without a user: Wagtail would write to whoever asked for it, and there is no mail here.
    ensure_workflow(type(matter)).start(matter, user=None)


def restart(matter: Matter) -> bool:
    """Begin the round anew where it runs on an older revision. Whether one runs now; votes stay on record."""
    current = matter.current_workflow_task_state
    if current is None:
        return False
    if current.revision_id != matter.latest_revision_id:
        current.cancel(resume=True)
    return True


def end(matter: Matter) -> None:
    """End a round that still runs, without advice."""
    state = matter.current_workflow_state
    if state is not None and state.is_active:
        state.cancel()


def round_of(matter: Matter) -> TaskState:
    """The round that runs. StateChanged where none does."""
    current = matter.current_workflow_task_state
    if current is None:
        raise StateChanged(_("The board does not review this now."))
    return current


def about(matter: Matter) -> dict[str, Any]:
    """The matter under the name by which votes, conflicts and advice point at it."""
    return {"application" if isinstance(matter, Application) else "sanction": matter}
