"""Which kinds of schedules this Skyvern knows, as far as it has shown."""

from __future__ import annotations

from schedules.forms.whole import ScheduleForm
from schedules.models import Schedule

CRON_ONLY = (
    "This Skyvern knows cron patterns only. Intervals and single times come with version 1.0.56."
)
NOT_KNOWN = (
    "Whether this Skyvern takes intervals and single times shows when one is saved; "
    "before version 1.0.56 it takes cron patterns only."
)


def knows_more() -> bool | None:
    """Whether it tells more of a schedule than its pattern; None if it has told of none yet."""
    told = Schedule.objects.present().order_by("-pk").values_list("raw", flat=True).first()
    return "run_at" in told if told else None


def offer_kinds(form: ScheduleForm) -> None:
    """Only what it knows can be chosen; the rest is shown, and why."""
    knows = knows_more()
    if knows is False:
        form.keep_to([Schedule.Kind.CRON.value], CRON_ONLY)
    elif knows is None:
        form.keep_to(Schedule.Kind.values, NOT_KNOWN)
