"""The options of a launch, by what they are about."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Topic:
    title: str
    names: tuple[str, ...]


TOPICS = (
    Topic("Proxy", ("proxy_location", "country", "subdivision", "city")),
    Topic(
        "Browser",
        (
            "browser_profile_id",
            "browser_session_id",
            "reuse_browser_session",
            "start_fresh_browser",
            "browser_address",
            "cdp_connect_headers",
            "extra_http_headers",
        ),
    ),
    Topic("Limits", ("max_elapsed_time_minutes", "max_screenshot_scrolls")),
    Topic("How it runs", ("run_with", "ai_fallback")),
    Topic("One-time codes", ("totp_identifier", "totp_url")),
    Topic("Webhook and metadata", ("webhook_url", "run_metadata")),
)
