"""An object store as archive: S3 by low-level calls. The only place that knows boto3.

    <authority>/<platform>/<account>/2026-arlig/2026-exempelvik-mastodon.zip      the package
    <authority>/<platform>/<account>/2026-arlig/2026-exempelvik-mastodon.sha256   what stands beside it
    <authority>/leveranser/<order>/<hash>.json    a delivery: version ids, what the server can keep anybody from doing
    <authority>/kvitton/<order>/<hash>.json       the receipt, named by its own hash: the commit point
    <authority>/bevis/<name>                      run manifests and time stamps

content → sidecars → read back by another identity → delivery → receipt. Nothing depends on conditions that servers
ignore: a receipt's key is its own hash, so that runs at once end in one. Each byte that is sent goes with its MD5 and
SHA-256, which one of them every server checks; boto3's own checksums break over HTTPS on Ceph
(../docs/decisions/0016).
"""

import json
import os
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from datetime import date, datetime
from functools import cached_property
from hashlib import file_digest, sha256
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO, Final

import botocore.awsrequest
import botocore.config
import botocore.exceptions
import botocore.httpsession
import botocore.session
import stamina
from boto3.session import Session

from model.errors import BadInput, NotAllowed, NotWhole, TryLater
from model.nouns import Check, Order, Package, Receipt
from model.settings import Bucket, Settings
from stores import _receipts, _upkeep
from stores._fitness import FRESH, Fitness, fitness
from stores._keys import OURS, Keys
from stores._ranges import Ranges
from stores._receipts import Name, Receipts
from stores._s3_errors import Missing, told, unreachable
from stores._staging import Staging
from stores._upload import PART, Upload, body

_TRIES: Final = 5  # for an answer that is asked for again at once
_SECONDS: Final = 40.0  # and so long at most: with the last answer's own limit it is less than a minute
_NO_ANSWER: Final = (
    botocore.exceptions.HTTPClientError, botocore.exceptions.ConnectionError, botocore.exceptions.IncompleteReadError,
    botocore.exceptions.ResponseStreamingError,
)  # fmt: skip
_PIECE: Final = 2**20
_AT_ONCE: Final = 8  # listings at the same time
File = tuple[Path, int, str]  # where it lies, bytes, SHA-256


def shelf(folder: Path, settings: Settings, key: Callable[[str], str | None]) -> "Shelf":
    """The archive in the bucket that the settings name. BadInput where they name none, NotAllowed without its keys."""
    if settings.bucket is None:
        raise BadInput("The settings name s3 as store and no bucket. Write a part [lagring] into the settings file.")
    return Shelf(settings.bucket, {who: calls(settings.bucket, who, key) for who in ("ingest", "reader")})


class Calls:
    """The calls of one identity: `calls("head_object", Key=…)` on its bucket. Names and words are the S3 API's.

    Raises NotAllowed, TryLater, BadInput, NotUnderstood and Missing, each with the server's `code`, after a few tries
    where trying again at once can help.
    """

    def __init__(self, client: Any, place: Bucket, who: str, bucket: str = "") -> None:
        self.client, self.place, self.who, self.bucket = client, place, who, bucket or place.bucket

    def on(self, bucket: str) -> "Calls":
        """The same on another bucket."""
        return Calls(self.client, self.place, self.who, bucket)

    def __call__(self, operation: str, **words: Any) -> dict[str, Any]:
        for attempt in stamina.retry_context(
            on=_helps, attempts=_TRIES, timeout=_SECONDS, wait_initial=0.2, wait_max=5.0
        ):
            with attempt:
                return self.once(operation, **words)
        raise AssertionError("stamina either returns or raises")

    def once(self, operation: str, **words: Any) -> dict[str, Any]:
        """The same without trying again."""
        where = f"{self.place.endpoint}/{self.bucket}"
        if operation != "list_buckets":
            words = {"Bucket": self.bucket} | words
        try:
            found: dict[str, Any] = getattr(self.client, operation)(**words)
            return found
        except botocore.exceptions.ClientError as error:
            said = error.response.get("Error", {})
            status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
            who = f"{self.who} (key {self.place.keys.get(self.who, '')!r})"
            code, text = str(said.get("Code") or status), str(said.get("Message") or "")
            raise told(code, status, operation, who, where, text) from error
        except _NO_ANSWER as error:
            raise unreachable(operation, where, error) from error
        except botocore.exceptions.BotoCoreError as error:
            raise BadInput(f"{where}: {operation} cannot be asked ({error}). See [lagring] in the settings.") from error

    def pages(self, operation: str, **words: Any) -> Iterator[dict[str, Any]]:
        """All pages of a listing."""
        more: dict[str, Any] = {}
        while True:
            page = self(operation, **words, **more)
            yield page
            more = _next(page)
            if not page.get("IsTruncated") or not more:
                return

    def read(self, key: str, version: str = "", at: int = 0, size: int | None = None) -> Iterator[bytes]:
        """The bytes of an object, or `size` of them from `at`. Goes on where a connection broke."""
        words, end, failed = ({"VersionId": version} if version else {}), None if size is None else at + size, 0
        while end is None or at < end:
            if at or end is not None:
                words["Range"] = f"bytes={at}-{'' if end is None else end - 1}"
            body = self("get_object", Key=key, **words)["Body"]
            with closing(body):
                try:
                    while piece := body.read(_PIECE):
                        at, failed = at + len(piece), 0
                        yield piece
                    return
                except _NO_ANSWER as error:
                    if (failed := failed + 1) == _TRIES:
                        raise unreachable("get_object", self.place.endpoint, error) from error

    def opens(self, url: str) -> int:
        """The status with which an address answers as it is: a link, or one without any key."""
        there = botocore.httpsession.URLLib3Session(verify=self.place.trusted or True, timeout=(8, 15))
        try:
            with closing(there):
                return int(there.send(botocore.awsrequest.AWSRequest("GET", url).prepare()).status_code)
        except _NO_ANSWER as error:
            raise unreachable("GET", self.place.endpoint, error) from error

    def put(self, key: str, data: bytes, **words: Any) -> str:
        """Put a small object, with its digests: its version id (empty where the server gives none)."""
        meta = {"sha256": sha256(data).hexdigest()}
        found = self("put_object", Key=key, Metadata=meta, **body(data), **words)
        return str(found.get("VersionId") or "")


class Shelf:
    """The archive of one authority in a bucket. What is done already is no work for any method that writes."""

    def __init__(self, place: Bucket, identities: Mapping[str, Calls]) -> None:
        self.place, self.name, self.keys = place, f"{place.endpoint}/{place.bucket}", Keys(place.authority)
        self.put, self.get = identities["ingest"], identities["reader"]
        self._receipts = Receipts(self.named, self._text)
        self.receipts, self.previous = self._receipts.all, self._receipts.previous
        self.read_receipt = self._receipts.read
        self._papers: dict[str, str] = {}  # name → key, as the last listing had them

    @cached_property
    def fitness(self) -> Fitness:
        """What the doctor found of this server. NotAllowed where that is nothing, too old, or that it is unfit."""
        return fitness(self.put, self.keys)

    def receipt(self, order: str) -> Receipt | None:
        """The receipt of an order, or None. NotWhole if there are two that differ, or one that is not as it says."""
        return self._receipts.of(order, self.named(order)) if _plain(order) else None

    def deliver(self, package: Package, order: Order) -> Receipt:
        """Put a package and what stands beside it in the store, and have it read back by the reader.

        The same again is no work; another under its name is NotWhole, and so is what cannot be read back as it was
        sent: then there is no receipt. What a delivery before this one has sent is not sent again.
        """
        promise = self.fitness.promise
        done = self.receipt(order.id)
        if done and done.sha256 != package.sha256:
            raise _receipts.another(f"{order.id}.zip")
        files = self._files(package, order, done)
        if done and self._all_there(files, order):
            return done
        versions = {key: self._stored(key, path, size, digest) for key, (path, size, digest) in files.items()}
        self._tell(order.id, files, versions)
        if done:
            return done
        key, *beside = files
        sidecars = {key.rpartition("/")[2]: files[key][2] for key in beside}
        made = _receipts.made(package, order, key, sidecars, self._receipts.last(order), promise)
        return self._commit(made)

    def open(self, receipt: Receipt, beside: str = "") -> BinaryIO:
        """The package or a sidecar, to be read anywhere in it: ranges are fetched as they are asked for."""
        key = f"{receipt.package.rpartition('/')[0]}/{beside}" if beside else receipt.package
        version = self.versions(receipt.order).get(key, "")
        at_version = {"VersionId": version} if version else {}
        whole = self.get("head_object", Key=key, **at_version)["ContentLength"] if beside else receipt.size
        return Ranges(whole, lambda at, size: self.get.read(key, version, at, size)).buffered()

    def where(self, receipt: Receipt) -> str:
        """Where the package lies, for people."""
        return f"{self.name}/{receipt.package}"

    def papers(self) -> list[str]:
        """The names of everything but packages and receipts."""
        self._papers = {key.rpartition("/")[2]: key for key in self._kept() if not key.endswith(".zip")}
        return sorted(self._papers)

    def lying(self) -> dict[str, int]:
        """The packages that lie there: key → bytes."""
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            rows = chain.from_iterable(pool.map(self._rows, self._tops()))
            return {row["Key"]: row["Size"] for row in rows if row["Key"].endswith(".zip")}

    def kept(self, prefixes: Collection[str]) -> list[str]:
        """The names of the papers that `keep` added and that begin in one of these ways; nothing else is listed."""
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            rows = chain.from_iterable(pool.map(self._rows, map(self.keys.evidence, prefixes)))
            found = sorted(row["Key"] for row in rows)
        self._papers |= {key.rpartition("/")[2]: key for key in found}
        return list(dict.fromkeys(key.rpartition("/")[2] for key in found))

    def read(self, name: str) -> bytes:
        """One paper. OSError where it is not there."""
        if name not in self._papers and name not in self.papers():
            raise FileNotFoundError(name)
        return b"".join(self.put.read(self._papers[name]))

    def keep(self, name: str, data: bytes) -> None:
        """Add a small file to what stands in the store, and read it back: a stamp, the manifest of a run.

        Nothing is overwritten: the same again is no work, and another under its name is NotWhole.
        """
        key = self.keys.evidence(name)
        with suppress(Missing):
            if b"".join(self.put.read(key)) != data:
                raise NotWhole(f"{name}: another file of that name is in the store already. Nothing was changed.")
            return
        self._put_back(key, data)
        self._papers[name] = key

    def probe(self) -> date | None:
        """The last day on which what the doctor found is believed. NotAllowed where that is nothing, or unfit."""
        return (datetime.fromisoformat(self.fitness.says["at"]) + FRESH).date()

    def verify(self, part: int = 1, parts: int = 1) -> Check:
        """Read a slice of all that was delivered, by version id, as the reader; its record is put into the store."""
        return _upkeep.verify(self, part, parts)

    def listed(self) -> Iterator[Receipt]:
        """Every receipt, in the order of their names: out of the index, and what it does not have one by one."""
        return _upkeep.listed(self)

    def staging(self) -> Staging:
        """Captures under way, in their own bucket."""
        return Staging(self.put.on(self.place.staging), self.place.authority)

    def reap(self) -> list[str]:
        """Abort uploads that nobody ended: the keys they were of."""
        return [*_upkeep.reap(self.put), *_upkeep.reap(self.put.on(self.place.staging))]

    def versions(self, order: str) -> dict[str, str]:
        """Key → version id, as the last delivery of an order that was read back has them."""
        pages = self.get.pages("list_objects_v2", Prefix=self.keys.deliveries(order))
        rows = [row for page in pages for row in page.get("Contents", ())]
        if not rows:
            return {}
        last = max(rows, key=lambda row: (row["LastModified"], row["Key"]))  # what was lost may have been sent again
        found: dict[str, str] = json.loads(b"".join(self.get.read(last["Key"])))["versions"]
        return found

    # -- one delivery ------------------------------------------------------------------------------------------

    def _files(self, package: Package, order: Order, done: Receipt | None) -> dict[str, File]:
        """key → (path, size, SHA-256), the package first."""
        top = self.keys.package(order)
        found: dict[str, File] = {f"{top}{order.id}.zip": (Path(package.path), package.size, package.sha256)}
        for source in _receipts.sidecars(package, order):
            with source.open("rb") as file:
                digest = file_digest(file, "sha256").hexdigest()
            if done and done.beside.get(source.name, digest) != digest:
                raise _receipts.another(source.name)
            found[f"{top}{source.name}"] = (source, source.stat().st_size, digest)
        return found

    def _all_there(self, files: Mapping[str, File], order: Order) -> bool:
        pages = self.put.pages("list_objects_v2", Prefix=self.keys.package(order))
        sizes = {row["Key"]: row["Size"] for page in pages for row in page.get("Contents", ())}
        return all(sizes.get(key) == size for key, (_, size, _) in files.items())

    def _stored(self, key: str, path: Path, size: int, digest: str) -> str:
        """The version id of an object that has been read back. NotWhole where what comes back is not what was sent."""
        if path.stat().st_size != size:
            raise NotWhole(f"{path.name}: {path.stat().st_size} of {size} bytes, not what was packed. Nothing sent.")
        version = self._there(key, size, digest)
        if version is not None and self._reads_back(key, version, size, digest):
            return version
        version = self._sent(key, path, size, digest)
        if not self._reads_back(key, version, size, digest):
            raise NotWhole(
                f"{self.name}/{key}: what the store gives back is not what was packed (version {version}). No receipt "
                "was written, and the package is kept. Run `arsring store doctor`, and run again."
            )
        return version

    def _there(self, key: str, size: int, digest: str) -> str | None:
        """The version of an object that says it is the one; None where there is none. It is read back all the same."""
        try:
            head = self.put("head_object", Key=key)
        except Missing:
            return None
        same = (head["ContentLength"], head.get("Metadata", {}).get("sha256")) == (size, digest)
        return str(head.get("VersionId") or "") if same else None

    def _sent(self, key: str, path: Path, size: int, digest: str) -> str:
        if size <= PART:
            return self.put.put(key, path.read_bytes()) or self._there(key, size, digest) or ""
        for go_on in (True, True, False):  # where another run ends an upload under our hands, what it left is looked at
            version = Upload(self.put, key, path, digest).run(go_on=go_on)
            if (found := self._there(key, size, digest)) is not None:
                return version or found
        raise NotWhole(f"{self.name}/{key}: was sent, and is not there. Run again.")

    def _reads_back(self, key: str, version: str, size: int, digest: str) -> bool:
        """Whether the reader gets by version id what was packed."""
        found, length = sha256(), 0
        for piece in self.get.read(key, version):
            found.update(piece)
            length += len(piece)
        return (length, found.hexdigest()) == (size, digest)

    def _tell(self, order: str, files: Mapping[str, File], versions: Mapping[str, str]) -> None:
        """Put down which versions were read back: a receipt is the same whoever writes it, and has none."""
        rows = [{"key": key, "size": size, "sha256": digest} for key, (_, size, digest) in files.items()]
        says = {"order": order, "files": rows, "versions": dict(versions), "server": self.fitness.record}
        text = json.dumps(says, sort_keys=True, ensure_ascii=False).encode() + b"\n"
        self._put_back(f"{self.keys.deliveries(order)}{sha256(text).hexdigest()}.json", text)

    def _commit(self, receipt: Receipt) -> Receipt:
        """Write the receipt, and look whether it is the only one."""
        name, text = _receipts.written(receipt)
        self._put_back(self.keys.receipt(name), text)
        found = self.receipt(receipt.order)
        if found != receipt:
            raise NotWhole(f"{receipt.order}: the receipt that was written is not the one that is there. Look at both.")
        return receipt

    def _put_back(self, key: str, data: bytes) -> None:
        """Put a small object, and have it read back."""
        version = self.put.put(key, data)
        if not self._reads_back(key, version, len(data), sha256(data).hexdigest()):
            raise NotWhole(f"{self.name}/{key}: what the store gives back is not what was sent. Run again.")

    # -- listings ----------------------------------------------------------------------------------------------

    def named(self, order: str = "") -> Iterator[Name]:
        """(order, hash) of every receipt, or of an order's."""
        for page in self.put.pages("list_objects_v2", Prefix=self.keys.receipts(order)):
            yield from filter(None, (self.keys.named(row["Key"]) for row in page.get("Contents", ())))

    def _rows(self, prefix: str) -> list[dict[str, Any]]:
        """What is listed below a prefix."""
        pages = self.put.pages("list_objects_v2", Prefix=prefix)
        return [row for page in pages for row in page.get("Contents", ())]

    def _text(self, name: Name) -> bytes:
        return b"".join(self.put.read(self.keys.receipt(name)))

    def _kept(self) -> Iterator[str]:
        """The keys of what was delivered, and of the evidence."""
        for top in (*self._tops(), self.keys.evidence("")):
            for found in self.put.pages("list_objects_v2", Prefix=top):
                yield from (row["Key"] for row in found.get("Contents", ()))

    def _tops(self) -> list[str]:
        """The folders of the platforms, in which the packages lie."""
        page = self.put("list_objects_v2", Prefix=self.keys.root, Delimiter="/")
        tops = [str(row["Prefix"]) for row in page.get("CommonPrefixes", ())]
        return [top for top in tops if top.split("/")[-2] not in OURS]


def _plain(order: str) -> bool:
    """Whether an order's name can be one here: names come from outside."""
    return bool(re.fullmatch(r"[A-Za-z0-9@._-]{1,200}", order))


def calls(place: Bucket, who: str, key: Callable[[str], str | None]) -> Calls:
    """The calls of an identity. NotAllowed where its key is nowhere, BadInput where it is none."""
    if not place.endpoint.startswith("https://"):
        raise BadInput(f"{place.endpoint}: an object store is reached by https:// alone.")
    secret = _opened(key(place.keys[who]) or "", place.keys[who])
    plain = botocore.session.Session(session_vars={"profile": (None, None, None, None)})
    plain.set_config_variable("config_file", os.devnull)  # nobody's own ~/.aws changes where an archive goes
    plain.set_config_variable("credentials_file", os.devnull)
    session = Session(*secret, region_name=place.region, botocore_session=plain)
    config = botocore.config.Config(
        signature_version="s3v4",
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        retries={"total_max_attempts": 1},
        connect_timeout=8,
        read_timeout=15,
        max_pool_connections=32,
        s3={"addressing_style": "path", "payload_signing_enabled": False},
    )
    stamina.instrumentation.set_on_retry_hooks([])  # else each wait is printed, in the midst of what is asked for
    client = session.client("s3", endpoint_url=place.endpoint, verify=place.trusted or True, config=config)
    return Calls(client, place, who)


def strangers(place: Bucket, key: Callable[[str], str | None]) -> dict[str, Calls]:
    """Calls that a server must refuse: with ingest's access key and another's secret, and with a key nobody gave."""
    access, _ = _opened(key(place.keys["ingest"]) or "", place.keys["ingest"])
    pairs = {"wrong secret": access, "unknown key": "arsringunknownkey000"}
    return {
        name: calls(place, "ingest", lambda _, id=id: json.dumps({"access_key": id, "secret_key": "x" * 40}))  # type: ignore[misc]
        for name, id in pairs.items()
    }


def _opened(secret: str, name: str) -> tuple[str, str]:
    """(access key, secret key) out of a key: JSON with both, or a connection's login and password."""
    with suppress(ValueError, AttributeError, TypeError):
        found = json.loads(secret)
        pair = found.get("access_key"), found.get("secret_key") or found.get("token")
        if all(isinstance(one, str) and one for one in pair):
            return pair
    raise NotAllowed(
        f'The key {name!r} is none of an object store. It is {{"access_key": "…", "secret_key": "…"}}, or an Airflow '
        "connection with these two as login and password."
    )


def _helps(error: Exception) -> bool:
    """Whether asking again at once can help."""
    return isinstance(error, TryLater)


def _next(page: Mapping[str, Any]) -> dict[str, Any]:
    """What asks for the page after this one, whichever listing it is."""
    words = {
        "ContinuationToken": "NextContinuationToken", "KeyMarker": "NextKeyMarker",
        "VersionIdMarker": "NextVersionIdMarker", "UploadIdMarker": "NextUploadIdMarker",
        "PartNumberMarker": "NextPartNumberMarker",
    }  # fmt: skip
    return {word: page[there] for word, there in words.items() if page.get(there)}
