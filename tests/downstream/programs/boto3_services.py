"""boto3 against a stub of a few services: objects put, listed and streamed, JSON calls, proxies, TLS, failures."""

from __future__ import annotations

import hashlib
import io
import logging
import os
import threading
from html import escape
from urllib.parse import parse_qs, unquote, urlsplit

os.environ["AWS_EC2_METADATA_DISABLED"] = "true"
os.environ["AWS_CONFIG_FILE"] = os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull

import boto3
import botocore.exceptions
import stub
from boto3.s3.transfer import TransferConfig
from botocore.config import Config

NAMESPACE = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'
PLAIN = {"retries": {"total_max_attempts": 1}, "connect_timeout": 10, "read_timeout": 10}


class Service(stub.Handler):
    """A store of objects, and a table's calls in JSON."""

    objects: dict[str, bytes] = {}
    parts: dict[str, dict[int, bytes]] = {}
    failing = 0
    lock = threading.Lock()

    def handle_one(self) -> None:
        body = self.decoded(self.body())
        parts = urlsplit(self.path)
        query = parse_qs(parts.query, keep_blank_values=True)
        key = unquote(parts.path)
        if "X-Amz-Target" in self.headers:
            self.table(body)
        elif key.startswith(("/bad/", "/cut/")):
            self.fail(key)
        elif self.command == "POST":
            self.multipart(key, query, body)
        elif self.command == "PUT":
            self.put(key, query, body)
        elif self.command == "DELETE":
            self.objects.pop(key, None)
            self.answer(204)
        elif key.count("/") == 1 or "list-type" in query:
            self.listing(query.get("prefix", [""])[0])
        else:
            self.get(key)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = handle_one

    def decoded(self, body: bytes) -> bytes:
        """A body without its signed chunks."""
        if "aws-chunked" not in self.headers.get("Content-Encoding", ""):
            return body
        file, parts = io.BytesIO(body), []
        while size := int(file.readline().split(b";")[0] or b"0", 16):
            parts.append(file.read(size))
            file.readline()
        return b"".join(parts)

    def put(self, key: str, query: dict[str, list[str]], body: bytes) -> None:
        if "uploadId" in query:
            with self.lock:
                self.parts[key][int(query["partNumber"][0])] = body
        elif key.count("/") > 1:
            self.objects[key] = body
        self.answer(200, ETag=f'"{hashlib.md5(body).hexdigest()}"')

    def get(self, key: str) -> None:
        if key not in self.objects:
            self.error(404, "NoSuchKey", "The specified key does not exist.")
            return
        body, status, fields = self.objects[key], 200, {"ETag": f'"{hashlib.md5(self.objects[key]).hexdigest()}"'}
        if "Range" in self.headers:
            first, _, last = self.headers["Range"].removeprefix("bytes=").partition("-")
            end = int(last) + 1 if last else len(body)
            fields["Content_Range"] = f"bytes {first}-{min(end, len(body)) - 1}/{len(body)}"
            body, status = body[int(first) : end], 206
        fields["Last_Modified"] = "Wed, 25 Nov 2026 12:00:00 GMT"
        fields["x_amz_meta_kind"] = "test"
        self.answer(status, body, **fields)

    def listing(self, prefix: str) -> None:
        names = sorted(key.split("/", 2)[2] for key in self.objects if key.split("/", 2)[2].startswith(prefix))
        entries = "".join(
            f"<Contents><Key>{escape(name)}</Key><Size>1</Size><LastModified>2026-11-25T12:00:00.000Z</LastModified></Contents>"
            for name in names
        )
        text = f"<ListBucketResult {NAMESPACE}><IsTruncated>false</IsTruncated>{entries}</ListBucketResult>"
        self.answer(200, text.encode(), Content_Type="application/xml")

    def multipart(self, key: str, query: dict[str, list[str]], body: bytes) -> None:
        if "uploads" in query:
            self.parts[key] = {}
            text = (
                f"<InitiateMultipartUploadResult {NAMESPACE}><UploadId>one</UploadId></InitiateMultipartUploadResult>"
            )
        elif "delete" in query:
            text = f"<DeleteResult {NAMESPACE}></DeleteResult>"
            self.objects.clear()
        else:
            self.objects[key] = b"".join(part for _, part in sorted(self.parts.pop(key).items()))
            text = f"<CompleteMultipartUploadResult {NAMESPACE}><ETag>x</ETag></CompleteMultipartUploadResult>"
        self.answer(200, text.encode(), Content_Type="application/xml")

    def table(self, body: bytes) -> None:
        operation = self.headers["X-Amz-Target"].rpartition(".")[2]
        if operation == "GetItem":
            self.answer(200, b'{"Item": {"id": {"S": "1"}, "n": {"N": "2.5"}, "b": {"B": "AAEC"}}}')
        elif operation == "PutItem":
            self.answer(200, b"{}")
        else:
            self.answer(400, b'{"__type": "x#ResourceNotFoundException", "message": "no such table"}')

    def fail(self, key: str) -> None:
        if key.startswith("/cut/"):
            self.on_cut("length")
        elif key == "/bad/silence":
            self.on_silence()
        elif key == "/bad/nothing":
            self.on_raw("nothing")
        elif key == "/bad/twice":
            type(self).failing += 1
            if type(self).failing < 3:
                self.error(503, "SlowDown", "Please reduce your request rate.")
            else:
                self.answer(200, b"at last")
        else:
            self.error(500, "InternalError", "We encountered an internal error.")

    def error(self, status: int, code: str, message: str) -> None:
        text = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
        self.answer(status, text.encode(), Content_Type="application/xml")


def client(service: str, endpoint: str, verify: str | None = None, **options):
    """A client of a service, with credentials of nobody."""
    keys = {"aws_access_key_id": "id", "aws_secret_access_key": "secret", "region_name": "eu-central-1"}
    config = Config(**{"s3": {"addressing_style": "path"}, **PLAIN, **options})
    return boto3.client(service, endpoint_url=endpoint, config=config, verify=verify, **keys)


def objects(s3) -> None:
    for key, body in (("plain", b"contents"), ("a b/ü&é", b"x" * 70_000), ("empty", b"")):
        s3.put_object(Bucket="bucket", Key=key, Body=body, Metadata={"kind": "test"})
    s3.put_object(Bucket="bucket", Key="file", Body=io.BytesIO(b"f" * 200_000))
    print([entry["Key"] for entry in s3.list_objects_v2(Bucket="bucket")["Contents"]])
    answer = s3.get_object(Bucket="bucket", Key="a b/ü&é")
    print(answer["ContentLength"], answer["Metadata"], answer["LastModified"].isoformat(), len(answer["Body"].read()))
    body = s3.get_object(Bucket="bucket", Key="file")["Body"]
    print(len(body.read(10)), [len(piece) for piece in body.iter_chunks(64_000)])
    print(s3.get_object(Bucket="bucket", Key="plain", Range="bytes=2-4")["Body"].read())
    print(
        s3.head_object(Bucket="bucket", Key="empty")["ContentLength"],
        s3.delete_object(Bucket="bucket", Key="empty")["ResponseMetadata"]["HTTPStatusCode"],
    )
    for call in (s3.get_object, s3.head_object):
        try:
            call(Bucket="bucket", Key="missing")
        except botocore.exceptions.ClientError as error:
            print(
                type(error).__name__,
                error.response["Error"]["Code"],
                error.response["ResponseMetadata"]["HTTPStatusCode"],
            )
    url = s3.generate_presigned_url("get_object", {"Bucket": "bucket", "Key": "plain"})
    print(sorted(parse_qs(urlsplit(url).query)))


def transfers(s3) -> None:
    large = b"".join(b"%08d" % number for number in range(1_500_000))
    config = TransferConfig(multipart_threshold=1 << 20, multipart_chunksize=5 << 20, max_concurrency=3)
    seen: list[int] = []
    s3.upload_fileobj(io.BytesIO(large), "bucket", "large", Config=config, Callback=seen.append)
    print(sum(seen), len(Service.objects["/bucket/large"]), Service.objects["/bucket/large"] == large)
    target = io.BytesIO()
    s3.download_fileobj("bucket", "large", target, Config=config)
    print(hashlib.sha256(target.getvalue()).hexdigest() == hashlib.sha256(large).hexdigest())


def failures(servers: stub.Stub, s3) -> None:
    for key, options in (
        ("cut/x", {}),
        ("bad/nothing", {}),
        ("bad/other", {}),
        ("bad/silence", {"read_timeout": 0.2}),
        ("bad/twice", {"retries": {"total_max_attempts": 4, "mode": "standard"}}),
    ):
        bucket, _, name = key.partition("/")
        try:
            body = client("s3", servers.plain, **options).get_object(Bucket=bucket, Key=name)["Body"].read()
            print(key, body)
        except (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError) as error:
            print(key, stub.shown(error))
    try:
        client("s3", servers.refused).get_object(Bucket="bucket", Key="x")
    except botocore.exceptions.BotoCoreError as error:
        print(stub.shown(error))
    try:
        client("s3", servers.secure).list_objects_v2(Bucket="bucket")
    except botocore.exceptions.BotoCoreError as error:
        print(type(error).__name__)


def main() -> None:
    logging.disable(logging.CRITICAL)
    with stub.running(Service) as servers:
        s3 = client("s3", servers.plain)
        print("-- objects")
        objects(s3)
        print("-- transfers")
        transfers(s3)
        print("-- table")
        table = client("dynamodb", servers.plain)
        print(table.get_item(TableName="t", Key={"id": {"S": "1"}})["Item"])
        print(table.put_item(TableName="t", Item={"id": {"S": "1"}})["ResponseMetadata"]["HTTPStatusCode"])
        try:
            table.describe_table(TableName="t")
        except table.exceptions.ResourceNotFoundException as error:
            print(error)
        print("-- TLS and proxies")
        secure = client("s3", servers.secure, servers.authority)
        print(len(secure.list_objects_v2(Bucket="bucket")["Contents"]))
        through = client("s3", servers.plain, proxies={"http": servers.proxy})
        print(through.get_object(Bucket="bucket", Key="plain")["Body"].read(), servers.seen)
        tunnel = client("s3", servers.secure, servers.authority, proxies={"https": servers.proxy})
        print(tunnel.get_object(Bucket="bucket", Key="plain")["Body"].read(), servers.seen)
        print("-- failures")
        failures(servers, s3)


if __name__ == "__main__":
    main()
