"""The addresses of schedules, under /schedules/."""

from django.urls import path

from schedules.views import (
    bulk,
    calendar,
    coming,
    fire_list,
    fire_run,
    preview,
    schedule_create,
    schedule_detail,
    schedule_edit,
    schedule_list,
    schedule_pause,
    schedule_resume,
    schedule_run,
    schedule_state,
    schedule_vital,
)

app_name = "schedules"

urlpatterns = [
    path("", schedule_list.schedule_list, name="schedule_list"),
    path("new/", schedule_create.schedule_create, name="schedule_create"),
    path("coming/", coming.coming, name="coming"),
    path("fires/", fire_list.ledger, name="ledger"),
    path("fires/export/", fire_list.ledger_export, name="ledger_export"),
    path("calendar/", calendar.calendar, name="calendar"),
    path("calendar/<str:token>.ics", calendar.calendar_feed, name="calendar_feed"),
    path("preview/", preview.schedule_preview, name="schedule_preview"),
    path("bulk/", bulk.bulk_new, name="bulk_new"),
    path("bulks/", bulk.bulk_list, name="bulk_list"),
    path("bulks/<uuid:bulk_id>/", bulk.bulk_detail, name="bulk_detail"),
    path("bulks/<uuid:bulk_id>/act/", bulk.bulk_act, name="bulk_act"),
    path("<id:schedule_id>/", schedule_detail.schedule_detail, name="schedule_detail"),
    path("<id:schedule_id>/fires/", fire_list.fire_list, name="fire_list"),
    path("<id:schedule_id>/fires/export/", fire_list.fire_export, name="fire_export"),
    path("<id:schedule_id>/fires/<int:pk>/run/", fire_run.fire_run, name="fire_run"),
    path("<id:schedule_id>/edit/", schedule_edit.schedule_edit, name="schedule_edit"),
    path("<id:schedule_id>/run/", schedule_run.schedule_run, name="schedule_run"),
    path("<id:schedule_id>/pause/", schedule_pause.schedule_pause, name="schedule_pause"),
    path("<id:schedule_id>/resume/", schedule_resume.schedule_resume, name="schedule_resume"),
    path("<id:schedule_id>/vital/", schedule_vital.schedule_vital, name="schedule_vital"),
    path("<id:schedule_id>/cancel/", schedule_state.schedule_cancel, name="schedule_cancel"),
    path("<id:schedule_id>/delete/", schedule_state.schedule_delete, name="schedule_delete"),
]
