"""Addresses of runs, their files and their agents."""

from django.urls import path

from runs import webhooks
from runs.views import (
    agents,
    artifacts,
    control,
    filter_panel,
    job_control,
    jobs,
    launch,
    launch_aids,
    many,
    presets,
    run_detail,
    run_export,
    run_list,
    saved_views,
    tags,
)

app_name = "runs"
urlpatterns = [
    path("runs/", run_list.run_list, name="run_list"),
    path("runs/offers/", filter_panel.run_offers, name="run_offers"),
    path("runs/views/", saved_views.view_save, name="view_save"),
    path("runs/views/<int:pk>/", saved_views.view_change, name="view_change"),
    path("runs/export/", run_export.run_export, name="run_export"),
    path("runs/table/", saved_views.table_settings, name="table_settings"),
    path("runs/<id:run_id>/", run_detail.run_detail, name="run_detail"),
    path("runs/<id:run_id>/<slug:part>.json", run_detail.run_json, name="run_json"),
    path("runs/<id:run_id>/cancel/", control.run_cancel, name="run_cancel"),
    path("runs/<id:run_id>/retry/", control.run_retry, name="run_retry"),
    path("runs/<id:run_id>/resume/", control.run_resume, name="run_resume"),
    path("runs/<id:run_id>/tags/", tags.run_tag, name="run_tag"),
    path("runs/<id:run_id>/webhook/", control.run_replay_webhook, name="run_replay_webhook"),
    path("jobs/", jobs.job_list, name="job_list"),
    path("jobs/new/", job_control.job_new, name="job_new"),
    path("jobs/<uuid:job_id>/", jobs.job_detail, name="job_detail"),
    path("jobs/<uuid:job_id>/pause/", job_control.job_move, {"verb": "pause"}, name="job_pause"),
    path("jobs/<uuid:job_id>/resume/", job_control.job_move, {"verb": "resume"}, name="job_resume"),
    path("jobs/<uuid:job_id>/abort/", job_control.job_move, {"verb": "abort"}, name="job_abort"),
    path("jobs/<uuid:job_id>/again/", job_control.job_again, name="job_again"),
    path("artifacts/<id:artifact_id>/", artifacts.artifact, name="artifact"),
    path("agents/", agents.agent_list, name="agent_list"),
    path("agents/<id:wpid>/", agents.agent_detail, name="agent_detail"),
    path("agents/<id:wpid>/launch/", launch.launch, name="launch"),
    path("agents/<id:wpid>/launch/draft/", launch_aids.draft, name="draft"),
    path("agents/<id:wpid>/launch/file/", launch_aids.upload, name="upload"),
    path("agents/<id:wpid>/launch/code/", launch_aids.launch_code, name="launch_code"),
    path("agents/<id:wpid>/presets/", presets.preset_save, name="preset_save"),
    path("presets/<int:number>/", presets.preset_detail, name="preset_detail"),
    path("presets/<int:number>/delete/", presets.preset_delete, name="preset_delete"),
    path("agents/<id:wpid>/launch/many/", many.launch_many, name="launch_many"),
    path(
        "agents/<id:wpid>/launch/many/rows.csv",
        many.launch_many_sample,
        name="launch_many_sample",
    ),
    path("launches/<uuid:nonce>/", launch.launch_state, name="launch_state"),
    path("webhooks/skyvern/", webhooks.receive, name="webhook"),
]
