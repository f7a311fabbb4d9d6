"""The steps of a run, and the strip of its screenshots.

They are written here and not in a template, as the rows of the runs table are: a run has a thousand
steps and as many screenshots at most, and through Django's templates five hundred steps took three
quarters of the page's time (`./dev bench evidence`). All text that is not ours goes through
`escape`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import lru_cache
from html import escape
from urllib.parse import quote

from django import template
from django.utils.safestring import SafeString

from dashboard.templatetags.ui import duration, icon, iso, mark, shortened
from runs.evidence import Shot
from runs.looking import Look
from runs.templatetags.evidence_ui import after, epoch, shot_attrs, time_of_day
from runs.timeline import Step

register = template.Library()
MANY = 10
"""More steps than that within one are counted on its line."""


@register.simple_tag
def step_lines(steps: Iterable[Step], looked: Look, *, still: object = False) -> SafeString:
    """A line for each step, with those within it; `still`: on a page that never changes."""
    return SafeString(_lines(steps, looked, ticks=not still))


def _lines(steps: Iterable[Step], looked: Look, *, ticks: bool) -> str:
    return "\n".join(_step(step, looked, ticks=ticks) for step in steps)


def _step(step: Step, looked: Look, *, ticks: bool) -> str:
    key = escape(step.key)
    at = f' data-at="{epoch(step.started)}"' if step.started else ""
    current = ' aria-current="true"' if looked.step and step.key == looked.step.key else ""
    within = _lines(step.children, looked, ticks=ticks)
    return (
        f'<li id="step-{key}" class="step kind-{step.kind}">'
        f'<a class="step-line" href="?step={quote(step.key, safe="")}" data-step data-of="{key}"'
        f"{at}{current}>\n{_sign(step)}\n{_name(step)}\n{_bar(step)}\n"
        f'<span class="num muted step-took">{_took(step, ticks=ticks)}</span></a>'
        f"{_fold(step, within, is_open=step.key not in looked.folded) if within else ''}</li>"
    )


def _sign(step: Step) -> str:
    if step.kind == "thought":
        return icon("zap")
    return _mark(step.status) if step.status else icon("chevron-right")


_mark = lru_cache(maxsize=64)(mark)


def _name(step: Step) -> str:
    title, note = escape(shortened(step.title, 80)), escape(shortened(step.note, 140))
    said = f' <bdi class="muted">{note}</bdi>' if note else ""
    count = len(step.children)
    many = f' <span class="muted num">· {count} within</span>' if count > MANY else ""
    return f'<span class="step-name"><bdi class="step-title">{title}</bdi>{said}{many}</span>'


def _bar(step: Step) -> str:
    """Where its time lies within the run; the figures beside it say the same in words."""
    if step.bar is None:
        return ""
    start, width = step.bar
    return (
        f'<svg class="time-bar tone-{escape(step.status or "unknown")}" viewBox="0 0 100 6" '
        'preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="time-bar-rail" width="100" height="6"></rect>'
        f'<rect class="time-bar-fill" x="{start}" width="{min(width, 100 - start)}" height="6">'
        "</rect></svg>"
    )


def _took(step: Step, *, ticks: bool) -> str:
    """Of what is at work static/js/runs.js keeps it going."""
    if ticks and step.status == "running" and step.started:
        return f'<span data-since="{iso(step.started)}">{duration(step.took)}</span>'
    return duration(step.took) if step.seconds else ""


def _fold(step: Step, within: str, *, is_open: bool) -> str:
    count, title = len(step.children), escape(shortened(step.title, 60))
    said = f"{count} step{'s' if count != 1 else ''} within {title}"
    return (
        f'<details class="fold" id="fold-{escape(step.key)}"{" open" if is_open else ""}><summary>'
        f'<span class="visually-hidden">{said}</span></summary><ol class="steps">{within}</ol>'
        "</details>"
    )


@register.simple_tag
def film(shots: Iterable[Shot], marked: Collection[str] = ()) -> SafeString:
    """The items of a list of screenshots; `marked`: the ids of those of the step that is shown."""
    return SafeString(
        "\n".join(_shot(shot, is_marked=shot.artifact.pk in marked) for shot in shots)
    )


def _shot(shot: Shot, *, is_marked: bool) -> str:
    file, label = shot.artifact, escape(shortened(shot.label, 60))
    within = escape(shortened(shot.within, 120))
    image = f'<img src="{escape(file.thumbnail_url)}" alt="" loading="lazy">'
    return (
        f'<li id="shot-{escape(shot.artifact.pk)}"{' class="marked"' if is_marked else ""}>'
        f'<a href="{escape(file.get_absolute_url())}" {shot_attrs(shot)}>'
        f"{_LOST if file.is_out_of_reach else image}"
        f"{f'<bdi class="clamp shot-within" dir="ltr">{within}</bdi>' if within else ''}"
        f'<bdi class="clamp shot-name">{label}</bdi><span class="second num">'
        f"{f'{after(shot.after)} · ' if shot.after is not None else ''}{time_of_day(shot.taken)}"
        f"</span>{_HERE if is_marked else ''}</a></li>"
    )


_LOST = '<span class="shot-lost">Archived by Skyvern</span>'
_HERE = '<span class="shot-here">This step</span>'
