"""What the blocks of the sandbox's agents do, and what goes wrong now and then."""

from collections.abc import Mapping
from typing import Any

from dashboard.sandbox.plan import Act, Failure, Play

type Json = dict[str, Any]

ODD_TITLE = 'Odd names <script>alert("title")</script> \u202egnp.exe 🤖'
SETUP_FAILURES = {
    "Fails in setup": "Invalid credential ID: cred_600000000000000199. "
    "Failed to resolve to a valid credential.",
}

_INVOICES = [
    {"number": "R-2026-1871", "date": "2026-10-02", "total": 1249.00, "currency": "EUR"},
    {"number": "R-2026-1894", "date": "2026-10-14", "total": 318.45, "currency": "EUR"},
    {"number": "R-2026-1932", "date": "2026-10-29", "total": 2075.10, "currency": "EUR"},
]
_PRODUCTS = [
    {"sku": "NW-1001", "name": "Desk lamp, brass", "price": 89.0},
    {"sku": "NW-1002", "name": "Oak shelf, 120 cm", "price": 149.5},
    {"sku": "NW-1003", "name": "Wool blanket", "price": 64.9},
]
_SIGN_IN = (
    Act(
        "input_text",
        "Type the user name",
        "The form asks for a user name and the credential has one.",
        "AAAB",
        "orders@northwind.example",
    ),
    Act("input_text", "Type the password", "The password field is empty.", "AAAC", "••••••••"),
    Act("click", "Press “Sign in”", "Both fields are filled in.", "AAAD"),
)
_WRONG_PASSWORD = Failure(
    "The portal answered “User name or password is wrong” after signing in three times; "
    "the stored password has probably expired.",
    "AUTH_FAILURE",
    "LOGIN_FAILED",
)
_LONG = "The page said: " + "no entry, <b>none at all</b>; " * 170

PLAYS: dict[str, dict[str, Play]] = {
    "Invoice download": {
        "sign_in": Play(3.5, acts=_SIGN_IN),
        "open_invoices": Play(
            3.0,
            acts=(
                Act("click", "Open the menu “Documents”", "Invoices are documents.", "AABA"),
                Act("select_option", "Choose the month", "The goal names it.", "AABC", "October"),
            ),
        ),
        "download_invoices": Play(
            2.5,
            acts=(Act("click", "Press “Export as CSV”", "This starts the download.", "AABX"),),
            files=("invoices-{{ month }}.csv",),
        ),
        "read_totals": Play(2.0, {"invoices": _INVOICES, "sum": 3642.55}),
        "book_totals": Play(0.6, {"booked": 3, "ledger": "2026-10"}),
    },
    "Credential check": {
        "sign_in": Play(
            4.0,
            acts=(*_SIGN_IN, Act("click", "Press “Sign in” again", "It was refused.", "AAAD")),
            failure=_WRONG_PASSWORD,
        ),
    },
    "Slow crawl": {"collect": Play(6.0, {"products": _PRODUCTS})},
    "Approve a refund": {
        "prepare_refund": Play(
            2.5,
            acts=(
                Act("click", "Press “Refund”", "The order is open.", "AACA"),
                Act("input_text", "Type the amount", "It was given.", "AACB", "129.50"),
            ),
        ),
        "submit_refund": Play(
            2.0,
            {"refund": "RF-20981", "state": "submitted"},
            (Act("click", "Press “Submit”", "A person has approved.", "AACF"),),
        ),
    },
    "Stock watch": {"read_stock": Play(1.5, {"units": 0, "next_delivery": None})},
    "Price feed": {
        "get_prices": Play(
            0.8, lambda names: {"currency": names.get("currency"), "prices": _PRODUCTS}
        )
    },
    "Loop over pages": {"read_page": Play(0.8, {"products": _PRODUCTS[:2]})},
    "Retries itself": {
        "read_status": Play(
            0.5,
            failure=Failure(
                "Failed to execute code block. Reason: TimeoutError: the portal did not answer",
                "PAGE_LOAD_TIMEOUT",
            ),
            failing_attempts=1,
        )
    },
    ODD_TITLE: {
        "<i>read</i> \u202eme": Play(
            1.0,
            acts=(Act("click", "<u>click</u>", "</script><script>alert(1)</script>", "\u202e"),),
            failure=Failure(
                f"</td><script>alert('reason')</script> \u202eevil\u202c 😱 {_LONG}",
                "<b>NEW_CATEGORY</b>",
                "ODD\u202eCODE",
            ),
        )
    },
}

MISHAPS: dict[str, dict[str, tuple[str, Failure]]] = {
    "Invoice download": {
        "captcha": (
            "sign_in",
            Failure(
                "A CAPTCHA appeared after the login form and could not be solved.",
                "ANTI_BOT_DETECTION",
                "CAPTCHA",
            ),
        ),
        "moved": (
            "open_invoices",
            Failure(
                "Could not find an element for “Documents”: the navigation bar has changed.",
                "ELEMENT_NOT_FOUND",
            ),
        ),
        "slow page": (
            "open_invoices",
            Failure("Timeout 30000ms exceeded while waiting for the page.", "PAGE_LOAD_TIMEOUT"),
        ),
        "ledger down": ("book_totals", Failure("HTTP 503: Service Unavailable")),
    },
    "Price feed": {"refused": ("get_prices", Failure("HTTP 429: Too Many Requests"))},
    "Loop over pages": {
        "lost proxy": (
            "open_shop",
            Failure("Page.goto: net::ERR_PROXY_CONNECTION_FAILED", "PROXY_ERROR"),
        ),
    },
    "Every parameter type": {
        "dns": (
            "open_form",
            Failure(
                "Failed to navigate to url. Error message: Page.goto: net::ERR_NAME_NOT_RESOLVED",
                "NAVIGATION_FAILURE",
            ),
        ),
    },
}


def plays_of(title: str, mishap: str | None) -> Mapping[str, Play]:
    """The plays of an agent, with one block failing if a mishap is named."""
    plays = dict(PLAYS.get(title, {}))
    if mishap is not None:
        label, failure = MISHAPS[title][mishap]
        usual = plays.get(label, Play(2.0))
        plays[label] = Play(usual.seconds, acts=usual.acts, failure=failure)
    return plays
