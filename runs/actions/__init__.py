"""What people can do to runs: each verb checks, calls, mirrors the answer and records it."""

from runs.actions.control import cancel, replay_webhook, resume, retry

__all__ = ["cancel", "replay_webhook", "resume", "retry"]
