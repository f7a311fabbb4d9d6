"""The same in a bucket: an S3 server of its own, whose addresses never leave the server."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from django.core.files.base import ContentFile
from pytest_django import Settings

from dashboard import stores
from dashboard.bucket import Bucket
from dashboard.sandbox import Sandbox
from ops.ports import any_free
from runs.files import keeping, store
from runs.models import Kept, Run
from runs.tasks import tidy_files
from runs.tasks.keeping import sweeping
from tests.conftest import Browse
from tests.runs.conftest import Play, settle_store
from tests.runs.keeping import asked_for, body, ended_long_ago, keep_all, one

pytestmark = pytest.mark.django_db
State = Kept.State
KEYS = {"access_key": "an-id", "secret_key": "a-secret", "region_name": "eu-central-1"}


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """Its address."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # in the libraries of that server
        from moto.moto_server.threaded_moto_server import ThreadedMotoServer

        server = ThreadedMotoServer("127.0.0.1", any_free(), verbose=False)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server.start()
    yield "http://{}:{}".format(*server.get_host_and_port())
    server.stop()


@pytest.fixture
def bucket(db: None, s3: str, settings: Settings, request: pytest.FixtureRequest) -> Any:
    """Empty, and where files of all runs are kept."""
    name = f"evidence-{abs(hash(request.node.name))}"
    made = boto3.resource(
        "s3",
        endpoint_url=s3,
        aws_access_key_id="an-id",
        aws_secret_access_key="a-secret",
        region_name="eu-central-1",
    ).create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    settings.EVIDENCE_STORE, settings.EVIDENCE_KEEP = f"s3://{name}/deck/one", "all"
    entry = stores.bucket(settings.EVIDENCE_STORE, endpoint_url=s3, **KEYS)
    settings.STORAGES = {**settings.STORAGES, "evidence": entry}
    settle_store()
    return made


@pytest.fixture
def run(bucket: Any, play: Play) -> Run:
    made = play("Invoice download")
    keep_all()
    ended_long_ago(made)
    return made


def lies_in(bucket: Any) -> list[str]:
    """But for its mark."""
    keys = (found.key for found in bucket.objects.all())
    return sorted(key for key in keys if "/skydeck-" not in key)


def named() -> list[str]:
    return sorted(f"deck/one/{row.name}" for row in Kept.objects.kept())


def url(run: Run) -> str:
    return one(run).artifact.get_absolute_url()


def test_files_are_kept_under_the_prefix(run: Run, bucket: Any) -> None:
    assert lies_in(bucket) == named() != []
    assert Kept.objects.kept().count() == Kept.objects.count()


def test_a_kept_recording_can_be_sought_in_though_skyvern_has_lost_it(
    browse: Browse, run: Run, sandbox: Sandbox
) -> None:
    sandbox.fault("expired", times=None)
    asked, client = len(asked_for(sandbox)), browse("support")
    whole = client.get(url(run))
    content = body(whole)
    assert (whole.status_code, whole["Content-Type"]) == (200, "video/mp4")
    assert int(whole["Content-Length"]) == len(content) == one(run).size
    part = client.get(url(run), headers={"Range": "bytes=4-11"})
    assert (part.status_code, body(part)) == (206, content[4:12])
    assert part["Content-Range"] == f"bytes 4-11/{len(content)}"
    end = client.get(url(run), headers={"Range": "bytes=-5"})
    assert body(end) == content[-5:]
    past = client.get(url(run), headers={"Range": "bytes=99999999-"})
    assert past.status_code == 416
    head = client.head(url(run))
    assert (head.status_code, head["Content-Length"]) == (200, str(len(content)))
    assert len(asked_for(sandbox)) == asked


def test_the_address_that_opens_it_stays_in_here(
    browse: Browse, run: Run, s3: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    signed = store.store().url(one(run).name)
    assert "X-Amz-Signature=" in signed
    client = browse("support")
    for headers in ({}, {"Range": "bytes=0-3"}, {"Range": "bytes=99999999-"}):
        answer = client.get(url(run), headers=headers)
        said = repr(answer.items()) + (answer.text if not answer.streaming else "")
        assert s3 not in said
        assert "Amz" not in said
        if answer.streaming:
            body(answer)
    page = client.get(f"{run.get_absolute_url()}?tab=files").text
    assert s3 not in page
    assert "Signature" not in caplog.text


@pytest.mark.parametrize(
    "harm",
    [
        lambda bucket, key: bucket.Object(key).delete(),
        lambda bucket, key: bucket.Object(key).put(Body=b"short"),
    ],
)
def test_a_copy_that_is_lost_or_damaged_is_had_from_skyvern(
    browse: Browse, run: Run, bucket: Any, harm: Callable[[Any, str], None]
) -> None:
    harm(bucket, f"deck/one/{one(run).name}")
    assert len(body(browse("support").get(url(run)))) == one(run).size


def unreachable(settings: Settings) -> None:
    entry = stores.bucket(
        settings.EVIDENCE_STORE, endpoint_url=f"http://127.0.0.1:{any_free()}", **KEYS
    )
    settings.STORAGES = {**settings.STORAGES, "evidence": entry}


def test_a_bucket_that_cannot_be_reached_stops_nobody(
    browse: Browse, run: Run, settings: Settings
) -> None:
    unreachable(settings)
    assert len(body(browse("support").get(url(run)))) == one(run).size


def test_nothing_is_lost_while_the_bucket_cannot_be_reached(
    bucket: Any, play: Play, settings: Settings
) -> None:
    good = settings.STORAGES
    unreachable(settings)
    run = play("Invoice download")
    Kept.objects.exclude(pk=one(run).pk).delete()
    Kept.objects.update(lease_until=None)
    keep_all()
    with pytest.raises(OSError, match="the store could not be used: "):
        store.store().save("ab/x", ContentFile(b"x"))
    assert (one(run).state, one(run).tries) == (State.WAITING, 0)
    settings.STORAGES = good
    keep_all()
    assert one(run).state == State.KEPT
    assert lies_in(bucket) == named()


def test_what_a_bucket_refuses_is_told_without_its_name(settings: Settings, s3: str) -> None:
    absent = Bucket(bucket_name="nobodys", endpoint_url=s3, **KEYS)
    with pytest.raises(OSError, match="the store refused: NoSuchBucket"):
        absent.save("ab/x", ContentFile(b"x"))


def test_age_and_orphans_are_tidied_there_too(run: Run, bucket: Any, settings: Settings) -> None:
    settings.EVIDENCE_DAYS = 30
    Kept.objects.filter(pk=one(run).pk).update(place=1)
    tidy_files()
    assert lies_in(bucket) == named()
    assert one(run).state == State.LET_GO
    orphan, foreign = "deck/one/00/" + 32 * "0", "deck/one/00/letter.txt"
    lost = next(row for row in Kept.objects.kept())
    bucket.Object(f"deck/one/{lost.name}").delete()
    for key in (orphan, foreign):
        bucket.Object(key).put(Body=b"x")
    cursor: dict[str, Any] = {}
    for _ in range(0, sweeping.SHELVES, sweeping.AT_ONCE):
        sweeping.sweep(cursor)
    assert orphan not in lies_in(bucket)
    assert foreign in lies_in(bucket)
    lost.refresh_from_db()
    assert lost.state == State.WAITING


def test_a_large_file_goes_in_at_once_and_comes_out_in_pieces(
    browse: Browse, run: Run, bucket: Any
) -> None:
    row, size = one(run), 24 * 2**20
    Kept.objects.filter(pk=row.pk).update(size=size)
    store.store().save(row.name, ContentFile(bytes(size)))
    assert list(bucket.multipart_uploads.all()) == []
    assert "-" not in bucket.Object(f"deck/one/{row.name}").e_tag  # the mark of several parts
    answer: Any = browse("support").get(url(run))
    pieces = [len(piece) for piece in answer.streaming_content]
    assert sum(pieces) == size
    assert max(pieces) <= keeping.CHUNK
