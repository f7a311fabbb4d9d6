"""The agents that the contract is tried on: none of their blocks needs an LLM."""

from typing import Any

type Json = dict[str, Any]

CODE_OF_TYPED = (
    "return {'text': text, 'must': must, 'whole': whole, 'half': real / 2, 'flag': not flag, "
    "'data': data, 'file': file, 'more': whole + 1}"
)


def _ask(key: str, kind: str, default: Any = None) -> Json:
    return {
        "parameter_type": "workflow",
        "key": key,
        "workflow_parameter_type": kind,
        "description": f"a {kind}",
        "default_value": default,
    }


def _agent(parameters: list[Json], *blocks: Json, **settings: Any) -> Json:
    definition = {"parameters": parameters, "blocks": list(blocks)}
    if "retry_policy" in settings:
        definition["retry_policy"] = settings.pop("retry_policy")
    return {"proxy_location": "NONE", "workflow_definition": definition, **settings}


def _code(label: str, source: str, *keys: str) -> Json:
    return {"block_type": "code", "label": label, "code": source, "parameter_keys": list(keys)}


def _goto(url: str) -> Json:
    return {"block_type": "goto_url", "label": "open", "url": url}


def definitions(server_url: str) -> dict[str, Json]:
    """Name → what to post as `json_definition`; the pages are the server's own."""
    page = f"{server_url}/api/v1/heartbeat"
    waits = {"block_type": "wait", "label": "long", "wait_sec": 20}
    return {
        "typed": _typed(page),
        "looks": _looks(page),
        "fails": _agent([], _goto(page), _code("boom", "raise ValueError('on purpose')")),
        "stops": _STOPS,
        "waits": _agent([], waits),
        "retries": _RETRIES,
    }


def _typed(page: str) -> Json:
    parameters = [
        _ask("text", "string", "hello"),
        _ask("must", "string"),
        _ask("whole", "integer", 42),
        _ask("real", "float", 3.5),
        _ask("flag", "boolean", True),
        _ask("data", "json", {"a": [1, 2, {"b": None}]}),
        _ask("file", "file_url", page),
    ]
    keys = [parameter["key"] for parameter in parameters]
    return _agent(parameters, _code("use", CODE_OF_TYPED, *keys))


def _looks(page: str) -> Json:
    loop = {
        "block_type": "for_loop",
        "label": "each",
        "loop_variable_reference": "places",
        "complete_if_empty": True,
        "loop_blocks": [_code("inside", "return {'url': page.url}")],
    }
    return _agent(
        [_ask("places", "json", ["/a", "/b"])],
        _goto(page),
        _code("click", "await page.click('body')\nreturn {'url': page.url}"),
        {"block_type": "wait", "label": "pause", "wait_sec": 1},
        loop,
        {"block_type": "print_page", "label": "pdf"},
    )


_STOPS = _agent(
    [_ask("why", "string", "sold out")],
    {
        "block_type": "terminate",
        "label": "stop",
        "reason": "stop: {{ why }}",
        "error_code": "OUT_OF_STOCK",
    },
)
_RETRIES = _agent(
    [],
    _code("boom", "raise ValueError('again')"),
    retry_policy={
        "max_retries": 1,
        "delay_seconds": 2,
        "webhook_on_retry": "final_only",
        "retry_on": [{"status": "failed"}],
    },
)
