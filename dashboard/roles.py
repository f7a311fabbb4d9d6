"""The roles, as Django groups: each may what the one before may, and more."""

VIEW = (
    "runs.view_run",
    "runs.view_workflow",
    "schedules.view_schedule",
)
OPERATE = ("runs.launch_run", "runs.cancel_run", "runs.retry_run")
OWN_SCHEDULES = (
    "schedules.add_schedule",
    "schedules.change_schedule",
    "schedules.delete_schedule",
    "dashboard.view_activity",
)

ROLES: dict[str, tuple[str, ...]] = {
    "Support": VIEW,
    "Operator": VIEW + OPERATE,
    "Team admin": VIEW + OPERATE + OWN_SCHEDULES,
}
