"""The sample agents' definitions; no block of theirs needs an LLM."""

from typing import Any

type Json = dict[str, Any]


def parameter(key: str, kind: str, description: str, **default: Any) -> Json:
    """A parameter of the given type; without `default=` it must be filled in at every launch."""
    found = {
        "parameter_type": "workflow",
        "key": key,
        "workflow_parameter_type": kind,
        "description": description,
    }
    return {**found, "default_value": default["default"]} if default else found


def goto(label: str, url: str) -> Json:
    return {"block_type": "goto_url", "label": label, "url": url}


def code(label: str, source: str, *keys: str, **options: Any) -> Json:
    block = {"block_type": "code", "label": label, "code": source, "parameter_keys": list(keys)}
    return {**block, **options}


def wait(label: str, seconds: int) -> Json:
    return {"block_type": "wait", "label": label, "wait_sec": seconds}


def request(label: str, url: str, **options: Any) -> Json:
    block = {"block_type": "http_request", "label": label, "method": "GET", "url": url}
    return {**block, "parameter_keys": [], **options}


def agent(
    title: str,
    description: str,
    blocks: list[Json],
    parameters: list[Json] | None = None,
    definition: Json | None = None,
    **options: Any,
) -> Json:
    """The body that creates it; `definition` adds to the definition, `options` beside it."""
    inner = {"parameters": parameters or [], "blocks": blocks, **(definition or {})}
    outer = {"title": title, "description": description, "proxy_location": "NONE", **options}
    return {"json_definition": {**outer, "workflow_definition": inner}}


def every_type(site: str, credential_id: str | None) -> Json:
    keys = ("text", "name", "count", "ratio", "flag", "data", "file")
    returned = ", ".join(f"'{key}': {key}" for key in keys)
    parameters = [
        parameter("text", "string", "A text with a default", default="hello"),
        parameter("name", "string", "A text that must be given"),
        parameter("count", "integer", "A whole number", default=42),
        parameter("ratio", "float", "A number", default=3.5),
        parameter("flag", "boolean", "Yes or no", default=True),
        parameter("data", "json", "Any JSON", default={"list": [1, 2, {"nothing": None}]}),
        parameter("file", "file_url", "Where a file is", default=f"{site}/report.csv"),
    ]
    if credential_id:
        login = parameter("login", "credential_id", "A stored log-in", default=credential_id)
        parameters.append(login)
    blocks = [
        goto("open_page", f"{site}/?text={{{{ text }}}}"),
        code("use_parameters", f"return {{{returned}, 'next': count + 1}}", *keys),
    ]
    return agent("Every parameter type", "One parameter of each type.", blocks, parameters)


def browse(site: str) -> Json:
    fill = (
        "await page.fill('#q', 'skydeck')\nawait page.click('#go')\n"
        "return {'text': await page.inner_text('#out'), 'title': await page.title()}"
    )
    loop = {
        "block_type": "for_loop",
        "label": "each_path",
        "loop_variable_reference": "paths",
        "complete_if_empty": True,
        "loop_blocks": [
            goto("open_each", f"{site}{{{{ open_each.current_value }}}}"),
            code("read_each", "return {'url': page.url}"),
        ],
    }
    blocks = [
        goto("open_page", f"{site}/form"),
        code("fill_in", fill),
        wait("pause", 2),
        request("get_items", f"{site}/items.json"),
        loop,
    ]
    paths = parameter("paths", "json", "Pages to visit", default=["/a", "/b", "/c"])
    return agent("Browse and collect", "Page, form, wait, request and loop.", blocks, [paths])


def approve(site: str) -> Json:
    ask = {
        "block_type": "human_interaction",
        "label": "approve",
        "instructions": "Is this refund right?",
        "recipients": ["approver@example.com"],
        "timeout_seconds": 600,
    }
    blocks = [goto("open_page", f"{site}/refund"), ask, code("pay", "return {'paid': True}")]
    return agent("Approve a refund", "Pauses until a person approves.", blocks)


def download(site: str) -> Json:
    click = (
        "async with page.expect_download() as caught:\n    await page.click('#download')\n"
        "file = await caught.value\nreturn {'name': file.suggested_filename}"
    )
    save = request(
        "save",
        f"{site}/report.csv",
        save_response_as_file=True,
        download_filename="report.csv",
    )
    blocks = [goto("open_page", f"{site}/"), code("click", click), save]
    return agent("Downloads a file", "Clicks a download and saves a response.", blocks)


def fails_on_page(site: str) -> Json:
    """As portals do that have changed: some clicks work, and then a button is not there."""
    search = (
        "await page.fill('#q', 'refund')\nawait page.click('#go')\n"
        "await page.click('#missing', timeout=2000)"
    )
    blocks = [goto("open_form", f"{site}/form"), code("search", search)]
    return agent("Fails on a page", "Presses a button that is not there.", blocks)


def fails_in_loop(site: str) -> Json:
    loop = {
        "block_type": "for_loop",
        "label": "each_page",
        "loop_variable_reference": "statuses",
        "loop_blocks": [request("fetch", f"{site}/status/{{{{ fetch.current_value }}}}")],
    }
    statuses = parameter("statuses", "json", "What the site answers", default=[200, 503, 200])
    return agent("Fails in a loop", "Stops at the second of three.", [loop], [statuses])


def fails_in_setup(site: str) -> Json:
    """Its secret is in a vault that this server is not connected to."""
    secret = {"parameter_type": "onepassword", "key": "login", "vault_id": "v", "item_id": "i"}
    use = request("get", f"{site}/items.json", parameter_keys=["login"])
    return agent("Fails in setup", "Never gets to its first step.", [use], [secret])


def all_agents(site: str, credential_id: str | None) -> list[Json]:
    """Every sample agent, for a server whose agents visit `site`."""
    home = goto("open_page", f"{site}/")
    why = parameter("why", "string", "The reason it gives", default="the stock is empty")
    number = parameter("number", "integer", "What is doubled", default=1)
    stop = {
        "block_type": "terminate",
        "label": "stop",
        "reason": "Stopped: {{ why }}",
        "error_code": "OUT_OF_STOCK",
    }
    retry: Json = {
        "max_retries": 1,
        "delay_seconds": 5,
        "webhook_on_retry": "every_attempt",
        "retry_on": [{"status": "failed"}],
    }
    fail = "raise ValueError('deliberate failure')"
    double = code("double", "return {'double': number * 2}", "number")
    return [
        every_type(site, credential_id),
        browse(site),
        approve(site),
        download(site),
        agent("Quick, no browser", "Doubles a number.", [double], [number]),
        agent("HTTP request only", "No page.", [request("get", f"{site}/items.json")]),
        agent("Slow wait", "Waits two minutes.", [home, wait("long_wait", 120)]),
        agent(
            "Times out",
            "Takes longer than it may.",
            [home, wait("long_wait", 150)],
            max_elapsed_time_minutes=1,
        ),
        agent("Terminates itself", "Gives up with a reason.", [home, stop], [why]),
        agent("Fails in code block", "Always fails.", [home, code("boom", fail)]),
        fails_on_page(site),
        fails_in_loop(site),
        fails_in_setup(site),
        agent("Fails to open page", "No such site.", [goto("open", "http://nowhere.invalid/")]),
        agent("Fails to fetch", "Refused by the site.", [request("get", f"{site}/status/503")]),
        agent("Cannot connect", "No such site.", [request("get", "http://127.0.0.1:9/")]),
        agent(
            "Retries itself", "Two attempts.", [code("boom", fail)], None, {"retry_policy": retry}
        ),
    ]
