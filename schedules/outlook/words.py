"""Times as the pages of schedules write them."""

from datetime import UTC, datetime

from dashboard import clock


def moment(at: datetime) -> str:
    """ "Mon 23 Nov 09:00", with the year where it is not this one; in 12 hours if so chosen."""
    year = "" if at.year == datetime.now(UTC).year else f" {at:%Y}"
    return f"{at:%a %-d %b}{year} {clock.told(at)}"
