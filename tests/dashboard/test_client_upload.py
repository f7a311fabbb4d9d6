"""Files given to Skyvern: where they can be kept, and where only links are taken."""

from io import BytesIO

import httpx
import pytest

from dashboard.sandbox import Sandbox
from dashboard.sandbox.uploads import MOST_BYTES
from dashboard.skyvern import Skyvern, errors

NAME = 'a "b" é.csv'


@pytest.fixture
def app() -> Sandbox:
    return Sandbox(history=0)


@pytest.fixture
def api(app: Sandbox) -> Skyvern:
    return Skyvern("http://sandbox", app.api_key, transport=httpx.WSGITransport(app=app))


def test_a_file_is_uploaded_under_its_name(api: Skyvern) -> None:
    found = api.upload_file(NAME, BytesIO(b"a,b\r\n1,2"), "text/csv")
    assert found.s3_uri is not None
    assert found.s3_uri.startswith("s3://")
    assert found.s3_uri.endswith("é.csv")
    assert found.presigned_url is not None


def test_a_server_with_local_storage_does_not_have_uploads(app: Sandbox, api: Skyvern) -> None:
    app.fault("local_storage", times=None)
    with pytest.raises(errors.Unsupported, match="only links"):
        api.upload_file("a.csv", BytesIO(b"x"), "text/csv")


def test_a_file_that_is_too_large_is_rejected(api: Skyvern) -> None:
    with pytest.raises(errors.Rejected, match="exceeds"):
        api.upload_file("a.bin", BytesIO(b"x" * (MOST_BYTES + 1)), "application/octet-stream")


def test_another_trouble_is_not_taken_for_a_missing_feature(app: Sandbox, api: Skyvern) -> None:
    app.fault("status", path="/v1/upload_file", code=500)
    with pytest.raises(errors.Unknown):
        api.upload_file("a.csv", BytesIO(b"x"), "text/csv")
