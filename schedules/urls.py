"""The addresses of schedules, under /schedules/."""

from django.urls import path

from schedules.views import (
    fire_list,
    preview,
    schedule_create,
    schedule_detail,
    schedule_edit,
    schedule_list,
    schedule_run,
    schedule_state,
)

app_name = "schedules"

urlpatterns = [
    path("", schedule_list.schedule_list, name="schedule_list"),
    path("new/", schedule_create.schedule_create, name="schedule_create"),
    path("preview/", preview.schedule_preview, name="schedule_preview"),
    path("<id:schedule_id>/", schedule_detail.schedule_detail, name="schedule_detail"),
    path("<id:schedule_id>/fires/", fire_list.fire_list, name="fire_list"),
    path("<id:schedule_id>/edit/", schedule_edit.schedule_edit, name="schedule_edit"),
    path("<id:schedule_id>/run/", schedule_run.schedule_run, name="schedule_run"),
    path("<id:schedule_id>/pause/", schedule_state.schedule_pause, name="schedule_pause"),
    path("<id:schedule_id>/resume/", schedule_state.schedule_resume, name="schedule_resume"),
    path("<id:schedule_id>/cancel/", schedule_state.schedule_cancel, name="schedule_cancel"),
    path("<id:schedule_id>/delete/", schedule_state.schedule_delete, name="schedule_delete"),
]
