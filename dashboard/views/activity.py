"""Who did what, when, to what, from where, with what result."""

from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import urlencode
from django.views.decorators.http import require_GET

from dashboard.access import needs
from dashboard.models import Activity

PAGE = 50
CHOICES_READ = 2000


@require_GET
@needs("dashboard.view_activity")
def activity(request: HttpRequest) -> HttpResponse:
    """Newest first; `who` and `verb` filter, `before` is the last row of the page before."""
    who = request.GET.get("who", "").replace("\x00", "")
    verb = request.GET.get("verb", "").replace("\x00", "")
    found = Activity.objects.all()
    if who:
        found = found.filter(actor_name=who)
    if verb:
        found = found.filter(verb=verb)
    rows = list(after(found, request.GET.get("before", ""))[: PAGE + 1])
    shown, more = rows[:PAGE], len(rows) > PAGE
    context: dict[str, Any] = {
        "rows": shown,
        "who": who,
        "verb": verb,
        "paged": "before" in request.GET,
        "older": urlencode({"who": who, "verb": verb, "before": cursor(shown[-1])}) if more else "",
        **choices(),
    }
    return render(request, "dashboard/activity.html", context)


def cursor(row: Activity) -> str:
    return f"{row.at.isoformat()}_{row.pk}"


def after(found: QuerySet[Activity], before: str) -> QuerySet[Activity]:
    """The rows older than the cursor; a cursor that is none starts at the newest."""
    at, _, pk = before.rpartition("_")
    try:
        moment, last = datetime.fromisoformat(at), int(pk)
    except ValueError:
        return found
    if moment.tzinfo is None:
        return found
    return found.filter(at__lte=moment).filter(Q(at__lt=moment) | Q(pk__lt=last))


def choices() -> dict[str, list[str]]:
    """The people and verbs of the newest rows: the log is long, its filters need not be."""
    recent = Activity.objects.values_list("actor_name", "verb")[:CHOICES_READ]
    people, verbs = set(), set()
    for name, verb in recent:
        people.add(name)
        verbs.add(verb)
    return {"people": sorted(people), "verbs": sorted(verbs)}
