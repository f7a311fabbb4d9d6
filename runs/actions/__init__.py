"""What people can do to runs: each verb checks, calls, mirrors the answer and records it."""

from runs.actions.control import cancel, replay_webhook, resume, retry
from runs.actions.launch import launch
from runs.actions.tags import tag_runs
from runs.actions.upload import upload

__all__ = ["cancel", "launch", "replay_webhook", "resume", "retry", "tag_runs", "upload"]
