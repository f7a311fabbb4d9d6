"""What an organization has besides agents, runs and schedules; the same in every sandbox."""

from datetime import timedelta
from typing import Any

from dashboard.sandbox import defaults
from dashboard.sandbox.agents import CREDENTIALS
from dashboard.sandbox.engine import Engine
from dashboard.sandbox.state import ORGANIZATION
from dashboard.sandbox.wire import Answer, Request, naive, page

type Json = dict[str, Any]

VERSION = "1.0.56"
SESSION = "pbs_600000000000000201"
PROFILE = "bp_600000000000000301"


def get_version(engine: Engine, request: Request) -> Json:
    return {"version": "1.0.50" if engine.is_old else VERSION}


def heartbeat(engine: Engine, request: Request) -> Answer:
    return Answer(b"Server is running.", 200, {"Content-Type": "text/plain"})


def list_browser_sessions(engine: Engine, request: Request) -> list[Json]:
    started = naive(engine.now() - timedelta(minutes=4))
    session = {
        **defaults.BROWSER_SESSION,
        "browser_session_id": SESSION,
        "organization_id": ORGANIZATION,
        "status": "running",
        "timeout": 60,
        "browser_address": "ws://127.0.0.1:9223/devtools/browser/sandbox",
        "app_url": f"http://localhost:8080/browser-session/{SESSION}",
        "download_path": f"/app/downloads/{ORGANIZATION}/{SESSION}",
        "started_at": started,
        "created_at": started,
        "modified_at": started,
    }
    return [session]


def list_browser_profiles(engine: Engine, request: Request) -> list[Json]:
    made = naive(engine.now() - timedelta(days=30))
    profile = {
        **defaults.BROWSER_PROFILE,
        "browser_profile_id": PROFILE,
        "organization_id": ORGANIZATION,
        "name": "Northwind, signed in",
        "created_at": made,
        "modified_at": made,
    }
    return page([profile], request.number("page", 1), request.number("page_size", 10))


def list_credentials(engine: Engine, request: Request) -> list[Json]:
    found = [
        {
            **defaults.CREDENTIAL,
            "credential_id": credential_id,
            "name": name,
            "credential": {
                "username": "orders@northwind.example",
                "totp_type": "none",
                "totp_identifier": None,
                "has_totp": False,
            },
        }
        for credential_id, name in CREDENTIALS.items()
    ]
    return page(found, request.number("page", 1), request.number("page_size", 10))


def list_folders(engine: Engine, request: Request) -> list[Json]:
    made = naive(engine.now() - timedelta(days=60))
    folders = [
        {
            "title": "Billing",
            "description": "Invoices and refunds",
            "folder_id": "fld_600000000000000401",
            "organization_id": ORGANIZATION,
            "workflow_count": 0,
            "created_at": made,
            "modified_at": made,
        }
    ]
    size = request.number("page_size", 10, at_most=500)
    return page(folders, request.number("page", 1), size)


def list_tag_keys(engine: Engine, request: Request) -> list[Json]:
    keys = ["skyvern.execution_mode", "skyvern.status", "skyvern.trigger", "team"]
    return [{"key": key, "description": None, "workflow_count": 0} for key in keys]
