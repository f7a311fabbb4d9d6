"""Keys, methods, and artifacts with ranges and signatures."""

import httpx
import pytest

from dashboard.skyvern import errors
from tests.contract.observations import Runs
from tests.contract.servers import Server


@pytest.mark.parametrize(
    ("headers", "text"),
    [
        ({"x-api-key": ""}, "Invalid credentials"),
        ({"x-api-key": "abc"}, "Could not validate credentials"),
        ({"x-api-key": "", "authorization": "Bearer abc"}, "Invalid authentication method"),
    ],
)
def test_without_a_good_key_there_is_a_403(
    server: Server, headers: dict[str, str], text: str
) -> None:
    answer = server.http.get("/v1/runs", headers=headers)
    assert (answer.status_code, answer.json()) == (403, {"detail": text})


def test_version_and_heartbeat_need_no_key(server: Server) -> None:
    for path in ("/v1/version", "/api/v1/heartbeat"):
        assert server.http.get(path, headers={"x-api-key": ""}).status_code == 200


def test_a_method_that_a_path_does_not_have_is_a_405(server: Server) -> None:
    answer = server.http.put("/v1/runs")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET")
    assert answer.json() == {"detail": "Method Not Allowed"}


@pytest.fixture
def recording(server: Server, runs: Runs) -> str:
    """The path of a recording's content."""
    found = server.client.artifacts(runs["looks"]["run_id"], ["recording"])
    return f"/v1/artifacts/{found[0].artifact_id}/content"


def test_a_recording_comes_whole_with_private_headers(server: Server, recording: str) -> None:
    answer = server.http.get(recording)
    assert answer.status_code == 200
    assert answer.headers["content-type"] in ("video/mp4", "video/webm")
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["cache-control"] == "private, no-cache"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert int(answer.headers["content-length"]) == len(answer.content)


@pytest.mark.parametrize(
    ("wanted", "first", "last"),
    [("bytes=0-99", 0, 99), ("bytes=5-", 5, -1), ("bytes=-10", -10, -1)],
)
def test_one_range_is_honoured(
    server: Server, recording: str, wanted: str, first: int, last: int
) -> None:
    whole = server.http.get(recording).content
    answer = server.http.get(recording, headers={"range": wanted})
    first, last = first % len(whole), last % len(whole)
    assert answer.status_code == 206
    assert answer.headers["content-range"] == f"bytes {first}-{last}/{len(whole)}"
    assert answer.content == whole[first : last + 1]


def test_a_range_past_the_end_is_a_416(server: Server, recording: str) -> None:
    answer = server.http.get(recording, headers={"range": "bytes=999999999-"})
    assert answer.status_code == 416
    assert answer.headers["content-range"].startswith("bytes */")


@pytest.mark.parametrize("wanted", ["bytes=0-1,5-6", "items=0-1"])
def test_other_ranges_get_the_whole(server: Server, recording: str, wanted: str) -> None:
    assert server.http.get(recording, headers={"range": wanted}).status_code == 200


def test_an_artifact_has_no_head(server: Server, recording: str) -> None:
    assert server.http.head(recording).status_code == 405


def test_a_screenshot_is_a_png(server: Server, runs: Runs) -> None:
    found = server.client.artifacts(runs["looks"]["run_id"], ["screenshot_llm"])
    with server.client.artifact(found[0].artifact_id, None) as stream:
        assert (stream.status, stream.headers["content-type"]) == (200, "image/png")
        assert b"".join(stream.iter_bytes()).startswith(b"\x89PNG")


def test_artifacts_of_an_unknown_run_are_none(server: Server) -> None:
    assert server.client.artifacts("wr_nope") == []


def test_an_unknown_artifact_is_a_404(server: Server) -> None:
    answer = server.http.get("/v1/artifacts/a_nope/content")
    assert (answer.status_code, answer.json()) == (404, {"detail": "Artifact not found a_nope"})
    with (
        pytest.raises(errors.NotFound),
        server.client.artifact("a_nope", None) as stream,
    ):
        stream.iter_bytes()


def test_a_signed_url_needs_no_key_and_cannot_be_changed(server: Server, runs: Runs) -> None:
    found = server.client.artifacts(runs["looks"]["run_id"], ["recording"])
    answer = server.http.get(f"/v1/artifacts/{found[0].artifact_id}/signed-url").json()
    signed = httpx.URL(answer["signed_url"])
    keyless = {"x-api-key": ""}
    path = signed.raw_path.decode()
    assert server.http.get(path, headers=keyless).status_code == 200
    tampered = path.replace("expiry=1", "expiry=2")
    refused = server.http.get(tampered, headers=keyless)
    assert refused.status_code == 403
    assert refused.json() == {"detail": "Invalid or expired artifact URL"}
