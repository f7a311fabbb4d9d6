"""Addresses of runs, their files and their agents."""

from django.urls import path

from runs import webhooks
from runs.views import agents, artifacts, control, launch, run_detail, run_list

app_name = "runs"
urlpatterns = [
    path("runs/", run_list.run_list, name="run_list"),
    path("runs/<id:run_id>/", run_detail.run_detail, name="run_detail"),
    path("runs/<id:run_id>/<slug:part>.json", run_detail.run_json, name="run_json"),
    path("runs/<id:run_id>/cancel/", control.run_cancel, name="run_cancel"),
    path("runs/<id:run_id>/retry/", control.run_retry, name="run_retry"),
    path("runs/<id:run_id>/resume/", control.run_resume, name="run_resume"),
    path("runs/<id:run_id>/webhook/", control.run_replay_webhook, name="run_replay_webhook"),
    path("artifacts/<id:artifact_id>/", artifacts.artifact, name="artifact"),
    path("agents/", agents.agent_list, name="agent_list"),
    path("agents/<id:wpid>/", agents.agent_detail, name="agent_detail"),
    path("agents/<id:wpid>/launch/", launch.launch, name="launch"),
    path("launches/<uuid:nonce>/", launch.launch_state, name="launch_state"),
    path("webhooks/skyvern/", webhooks.receive, name="webhook"),
]
