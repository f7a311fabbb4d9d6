"""Times as the pages of schedules write them."""

from datetime import UTC, datetime


def moment(at: datetime) -> str:
    """ "Mon 23 Nov 09:00", with the year where it is not this one; seconds where there are any."""
    year = "" if at.year == datetime.now(UTC).year else f" {at:%Y}"
    return f"{at:%a %-d %b}{year} {at:%H:%M:%S}".removesuffix(":00")
