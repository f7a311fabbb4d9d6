"""Where a run's traffic comes from: upstream's proxy locations, and places of one's choice."""

from typing import Any

import pytz

A_PLACE = "place"
COUNTRIES = sorted(((code, name) for code, name in pytz.country_names.items()), key=lambda c: c[1])
STATES = {"CA": "California", "NY": "New York", "TX": "Texas", "FL": "Florida", "WA": "Washington"}
PROXIED = (
    *("ES", "IE", "GB", "IN", "JP", "FR", "DE", "NZ", "ZA", "AR"),
    *("AU", "BR", "TR", "CA", "MX", "IT", "NL", "PH", "KR", "SA"),
)
PROXIES: list[tuple[str, Any]] = [
    ("", "As the agent says"),
    ("NONE", "None: straight from the server"),
    ("RESIDENTIAL", "Residential, United States"),
    ("RESIDENTIAL_ISP", "Residential, fixed provider (ISP)"),
    (A_PLACE, "A place of my choice…"),
    ("In one state", [(f"US-{code}", f"United States, {name}") for code, name in STATES.items()]),
    (
        "In a country",
        [(f"RESIDENTIAL_{code}", pytz.country_names[code]) for code in PROXIED],
    ),
]
