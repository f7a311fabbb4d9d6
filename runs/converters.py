"""What an id can be in an address: so that no view has to look at it before the database does."""

from django.urls.converters import StringConverter


class IdConverter(StringConverter):
    """One segment, no longer than the column, without the NUL that PostgreSQL refuses."""

    regex = r"[^/\x00]{1,128}"
