"""Files in S3-compatible storage, against a server that speaks S3 over HTTP on this machine."""

import io
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import pytest
import time_machine
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from moto.server import ThreadedMotoServer

from goldenthread.common import files
from goldenthread.common.models import StoredFile
from goldenthread.common.refused import Refused
from tests import documents
from tests import factories_assessment as made

AT = datetime(2025, 10, 6, 8, 0, tzinfo=UTC)
BUCKET = "goldenthread-scripts"


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The address of the S3 server."""
    one = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    one.start()
    host, port = one.get_host_and_port()
    yield f"http://{host}:{port}"
    one.stop()


@pytest.fixture
def s3(server: str, monkeypatch: pytest.MonkeyPatch, settings: Any) -> Iterator[Any]:
    """A client of the server, with an empty bucket that the product keeps its files in."""
    for name, value in {
        "AWS_ACCESS_KEY_ID": "known",
        "AWS_SECRET_ACCESS_KEY": "not-a-secret",
        "AWS_DEFAULT_REGION": "eu-west-2",
    }.items():
        monkeypatch.setenv(name, value)
    client = boto3.client("s3", endpoint_url=server)
    client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-2"})
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "goldenthread.common.bucket.BucketStorage",
            "OPTIONS": {"bucket_name": BUCKET, "endpoint_url": server},
        },
    }
    yield client
    for key in keys(client):
        client.delete_object(Bucket=BUCKET, Key=key)
    client.delete_bucket(Bucket=BUCKET)


def keys(client: Any) -> list[str]:
    return [one["Key"] for one in client.list_objects_v2(Bucket=BUCKET).get("Contents", [])]


@pytest.mark.django_db
def test_content_is_one_object_under_its_hash_however_often_it_is_stored(s3: Any) -> None:
    content = bytes(range(256)) * 4096  # a megabyte, several of its reads
    first = files.store(io.BytesIO(content), kind="pdf", at=AT, size_limit=1 << 21)
    written = s3.head_object(Bucket=BUCKET, Key=first.path)["LastModified"]
    second = files.store(io.BytesIO(content), kind="pdf", at=AT, size_limit=1 << 21)
    assert first.pk == second.pk
    assert keys(s3) == [first.path]
    assert s3.head_object(Bucket=BUCKET, Key=first.path)["LastModified"] == written
    assert files.read(first) == content


@pytest.mark.django_db
def test_an_object_is_private_and_has_no_address(s3: Any) -> None:
    stored = files.store(io.BytesIO(b"<script>alert(1)</script>"), kind="txt", at=AT, size_limit=100)
    grants = s3.get_object_acl(Bucket=BUCKET, Key=stored.path)["Grants"]
    assert [grant["Permission"] for grant in grants] == ["FULL_CONTROL"]
    assert s3.head_object(Bucket=BUCKET, Key=stored.path)["ContentType"] == "application/octet-stream"
    with pytest.raises(NotImplementedError):
        default_storage.url(stored.path)


@pytest.mark.django_db
def test_a_file_over_the_limit_leaves_nothing_in_the_bucket(s3: Any) -> None:
    with pytest.raises(Refused, match="larger"):
        files.store(io.BytesIO(b"x" * 101), kind="txt", at=AT, size_limit=100)
    assert keys(s3) == []
    assert not StoredFile.objects.exists()


def send(client: Client, address: str, content: bytes, name: str) -> Any:
    return client.post(address, {"file": SimpleUploadedFile(name, content)})


@pytest.mark.django_db
def test_a_script_goes_through_the_bucket_and_leaves_as_an_attachment_only(s3: Any, server: str) -> None:
    one, content = made.sitting(), documents.docx(1490)
    address = reverse("participant:script_upload", args=[one.pk])
    client = Client()
    client.force_login(one.enrolment.user)
    with time_machine.travel(made.INSIDE, tick=False):
        looked = send(client, address, content, "Wörter.docx")
        final = looked.context["final"].initial
        handed_in = client.post(address, {**final, "own_work": "on", "ai_use": "none"}, follow=True)
        file = client.get(reverse("participant:script_file", args=[one.pk, 1]))
    script = one.scripts.get().file
    beside = StoredFile.objects.exclude(pk=script.pk).get()  # what the look read from it
    assert sorted(keys(s3)) == sorted([script.path, beside.path])
    assert beside.kind == "reading"
    assert file.content == content
    assert file["Content-Disposition"].startswith("attachment")
    assert file["X-Content-Type-Options"] == "nosniff"
    for answer in (looked, handed_in, file):
        shown = answer.content + repr(answer.headers).encode()
        for secret in (server, BUCKET, "X-Amz-", "AWSAccessKeyId", "Signature="):
            assert secret.encode() not in shown


@pytest.mark.django_db
@pytest.mark.parametrize("bad", [documents.program, documents.zip_bomb, documents.entity_docx])
def test_a_refused_document_is_kept_for_its_owner_and_is_no_script(s3: Any, bad: Any) -> None:
    one = made.sitting()
    client = Client()
    client.force_login(one.enrolment.user)
    with time_machine.travel(made.INSIDE, tick=False):
        answer = send(client, reverse("participant:script_upload", args=[one.pk]), bad(), "mine.docx")
    assert answer.status_code == 422
    refused = one.uploads.get()
    assert (refused.state, refused.name, one.scripts.count()) == ("refused", "mine.docx", 0)
    assert keys(s3) == [refused.file.path]


def start(command: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """What `goldenthread COMMAND` says with the settings that an installation has."""
    return subprocess.run(
        [sys.executable, "-m", "goldenthread", command],
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.pathsep.join(sys.path),
            "GOLDENTHREAD_MODE": "demonstration",
            "GOLDENTHREAD_DATA": str(folder),
            "AWS_ACCESS_KEY_ID": "known",
            "AWS_SECRET_ACCESS_KEY": "not-a-secret",
            **variables,
        },
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.parametrize("command", ["serve", "prepare"])
def test_a_missing_bucket_is_named_before_anything_starts(server: str, tmp_path: Path, command: str) -> None:
    said = start(command, tmp_path, GOLDENTHREAD_S3_BUCKET="nobody-made-it", GOLDENTHREAD_S3_ENDPOINT=server)
    assert said.returncode == 2
    assert "GOLDENTHREAD_S3_BUCKET: the bucket 'nobody-made-it'" in said.stderr
    assert "is not there: make it, or name another" in said.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("endpoint", ["http://127.0.0.1:9", "no address"])
def test_an_endpoint_that_does_not_answer_is_named(tmp_path: Path, endpoint: str) -> None:
    said = start("prepare", tmp_path, GOLDENTHREAD_S3_BUCKET=BUCKET, GOLDENTHREAD_S3_ENDPOINT=endpoint)
    assert said.returncode == 2
    assert "GOLDENTHREAD_S3_ENDPOINT" in said.stderr
    assert "Traceback" not in said.stderr


def test_credentials_that_are_missing_are_named(server: str, tmp_path: Path) -> None:
    said = start(
        "prepare",
        tmp_path,
        GOLDENTHREAD_S3_BUCKET=BUCKET,
        GOLDENTHREAD_S3_ENDPOINT=server,
        AWS_ACCESS_KEY_ID="",
        AWS_SECRET_ACCESS_KEY="",
        HOME=str(tmp_path),
        AWS_EC2_METADATA_DISABLED="true",
    )
    assert said.returncode == 2
    assert "credentials" in said.stderr
    assert "Traceback" not in said.stderr
