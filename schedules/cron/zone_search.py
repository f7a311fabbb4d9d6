"""Finding a time zone by what people call it: a city, a country, CET, UTC+2, an old name."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from functools import cache, lru_cache
from zoneinfo import ZoneInfo

import pytz

from schedules.cron.zones import ZoneError, load_zone, zone_names

OFFERED = 6
OFFSET = re.compile(r"(?:utc|gmt)? ?([+\-\u2212])(\d{1,2})(?::?([0-5]\d))?", re.IGNORECASE)
CLOSE = 0.75
WELL_KNOWN = (
    *("Europe/London", "Europe/Berlin", "Europe/Paris", "Europe/Madrid", "Europe/Athens"),
    *("America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles"),
    *("America/Sao_Paulo", "Asia/Kolkata", "Asia/Shanghai", "Asia/Tokyo", "Australia/Sydney"),
)
"""Of several that fit, these are offered first."""


class ManyZonesError(ZoneError):
    """No zone, or several, are meant; `offers` are the likeliest names, which may be none."""

    def __init__(self, sentence: str, offers: list[str]) -> None:
        super().__init__(sentence)
        self.offers = offers


@dataclass(frozen=True)
class Offer:
    """A zone as it is offered: `words` are "Germany · CET, UTC+01:00 now"."""

    name: str
    words: str


def zone_offers(now: datetime, *first: str) -> list[Offer]:
    """All zones that are in use, those of `first` on top, then UTC."""
    hour = now.replace(minute=0, second=0, microsecond=0)
    return [Offer(name, zone_words(name, hour)) for name in zone_names(*first)]


@lru_cache(maxsize=4096)
def zone_words(name: str, at: datetime) -> str:
    """ "Germany · CET, UTC+01:00 now"; without what is not known of it."""
    local = at.astimezone(_zone(name))
    called = local.tzname() or ""
    sign = "" if called.startswith(("+", "-")) or called == "UTC" else f"{called}, "
    country = _countries().get(name, "")
    return f"{country} · {sign}{_offset(local)} now" if country else f"{sign}{_offset(local)} now"


def find_zone(typed: str, now: datetime, viewer: str = "") -> str:
    """The name of the zone that is meant, the present one for an old one.

    ManyZonesError where it is none, or one of several; of those the viewer's own comes first.
    """
    text = typed.strip()
    if (named := _by_name().get(text.lower())) and ("/" in named or named in pytz.common_timezones):
        return _present().get(named, named)
    found = _ranked(_searched(text, now), viewer)
    if len(found) == 1:
        return found[0]
    if found:
        raise ManyZonesError(
            f"“{text[:60]}” fits {len(found)} time zones; choose one by its city.",
            found[:OFFERED],
        )
    if named:
        return named
    try:
        return load_zone(text).key
    except ZoneError as exc:
        raise ManyZonesError(str(exc), _close(text, viewer)) from exc


def _searched(text: str, now: datetime) -> set[str]:
    """The zones of that city, country, abbreviation or offset; the first of these that has any."""
    word = _plain(text)
    if not word:
        return set()
    if offset := OFFSET.fullmatch(text.strip()):
        return _at_offset(offset, now)
    cities, countries = _cities(), pytz.country_names
    by_city = {name for name, city in cities.items() if city == word}
    by_country = {
        name
        for code, country in countries.items()
        if word in (_plain(country), code.lower())
        for name in pytz.country_timezones.get(code, ())
    }
    by_short = {name for name, short in _abbreviations(now.year).items() if word.upper() in short}
    by_start = {name for name, city in cities.items() if len(word) > 2 and city.startswith(word)}
    return by_city or by_country or by_short or by_start


def _at_offset(offset: re.Match[str], now: datetime) -> set[str]:
    sign, hours, minutes = offset.groups()
    meant = timedelta(hours=int(hours), minutes=int(minutes or 0)) * (1 if sign == "+" else -1)
    if not meant:
        return {"UTC"}
    return {name for name in pytz.common_timezones if _shift(name, now) == meant}


def _ranked(found: Iterable[str], viewer: str) -> list[str]:
    def place(name: str) -> tuple[int, str]:
        if name == viewer:
            return -1, name
        return (WELL_KNOWN.index(name) if name in WELL_KNOWN else len(WELL_KNOWN)), name

    return sorted(found, key=place)


def _close(text: str, viewer: str) -> list[str]:
    """Names that differ by a slip of the pen."""
    cities = _cities()
    word = _plain(text.rsplit("/", maxsplit=1)[-1])[:60]
    near = get_close_matches(word, set(cities.values()), OFFERED, CLOSE)
    return _ranked((name for name, city in cities.items() if city in near), viewer)[:OFFERED]


def _plain(text: str) -> str:
    """ "são_paulo" and "Sao Paulo" are one."""
    bare = unicodedata.normalize("NFKD", text.replace("_", " ").replace("-", " "))
    return " ".join("".join(c for c in bare if not unicodedata.combining(c)).casefold().split())


def _offset(local: datetime) -> str:
    told = f"{local:%z}"
    return "UTC" if told == "+0000" else f"UTC{told[:3]}:{told[3:5]}"


def _shift(name: str, at: datetime) -> timedelta:
    return at.astimezone(_zone(name)).utcoffset() or timedelta(0)


@cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


@cache
def _by_name() -> dict[str, str]:
    return {name.lower(): name for name in pytz.all_timezones}


@cache
def _cities() -> dict[str, str]:
    return {
        name: _plain(name.rsplit("/", 1)[-1])
        for name in pytz.common_timezones
        if name not in _present()
    }


@cache
def _countries() -> dict[str, str]:
    """The country of each zone that has one."""
    return {
        name: str(pytz.country_names[code])
        for code, names in pytz.country_timezones.items()
        for name in names
    }


@cache
def _present() -> dict[str, str]:
    """What old names are called today, as far as the new one is in use."""
    # its stubs leave that one out
    with pytz.open_resource("tzdata.zi") as lines:  # type: ignore[attr-defined]
        links = [line.decode().split() for line in lines if line.startswith(b"L ")]
    common = set(pytz.common_timezones)
    return {
        old: new
        for _, new, old in links
        if new in common and (old not in common or old.startswith(("US/", "Canada/")))
    }


@lru_cache(maxsize=4)
def _abbreviations(year: int) -> dict[str, set[str]]:
    """What the clocks of a zone are called in winter and in summer, such as CET and CEST."""
    seasons = [datetime(year, month, 1, tzinfo=UTC) for month in (1, 7)]
    return {
        name: {at.astimezone(_zone(name)).tzname() or "" for at in seasons}
        for name in pytz.common_timezones
        if name not in _present()
    }
