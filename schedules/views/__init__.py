"""Pages of schedules: list, detail, form with preview, and the buttons that change state."""
