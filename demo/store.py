"""The demo's archive in an object store, which runs for as long as a block or a command does.

    python -m demo.store arsring store list      a command with the store started, its settings and its keys

The store, its keys and the settings that name it lie in .demo/ and are there the next time. Keys go by environment
variables; the owner's goes to `arsring store init` alone.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from demo import seaweedfs
from demo.screen import AGAIN, DEMO, ROOT, DemoFailed, console, shown, step
from model.errors import ArsringError, NotAllowed
from model.settings import IDENTITIES, Bucket
from pipeline.line import Place, names
from register import authority
from stores import s3

FOLDER: Final = DEMO / "seaweedfs"
SETTINGS: Final = DEMO / "installningar.toml"
FETCHED: Final = DEMO / "fetched"
LOG: Final = DEMO / "store.log"
PATIENCE: Final = 60.0  # seconds until the store must take writes; four as a rule
LAGRING: Final = """
[lagring]                # för demot: lagret som make demo STORE=s3 startar
adress = "{address}"
bucket = "exempelvik-arkiv"
myndighet = "exempelvik"
certifikat = "seaweedfs/tls.pem"
lasta_dagar = 1
konto = "000000000000"
"""


def main(command: list[str]) -> int:
    """Run a command with the store there; its status."""
    if not command or not SETTINGS.exists():
        print("First make demo STORE=s3; then, for example, python -m demo.store arsring store list", file=sys.stderr)
        return 2
    beside = Path(sys.executable).with_name(command[0])
    try:
        with running() as place:
            where = {"ARSRING_SETTINGS": str(SETTINGS)} | environment(place)
            program = str(beside) if beside.exists() else command[0]
            return subprocess.run([program, *command[1:]], env=os.environ | where, check=False).returncode
    except DemoFailed as failure:
        print(failure, file=sys.stderr)
        return 1


@contextmanager
def archive(work: Path) -> Iterator[Place]:
    """The place whose packages go to the store: started, with its buckets, and looked at by the doctor."""
    if not seaweedfs.program():
        raise DemoFailed("The object store is not installed. Run it by make demo STORE=s3, which fetches it.")
    step(f"Starting an object store on loopback, over TLS (SeaweedFS; what it holds lies in {shown(FOLDER)})")
    with running(work) as place:
        LOG.unlink(missing_ok=True)
        settle(place)
        forget(place)
        yield place


@contextmanager
def running(work: Path = DEMO / "work") -> Iterator[Place]:
    """The demo's store, and the settings that name it."""
    with serving(FOLDER) as address:
        example = (ROOT / "docs" / "examples" / "installningar.toml").read_text(encoding="utf-8")
        SETTINGS.write_text(example + LAGRING.format(address=address), encoding="utf-8")
        settings = authority.read(SETTINGS, names("archive_formats"))
        yield Place(work=work, archive=work, settings=settings, key=key)


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """The address of a store that has all it holds in a folder, ready to take writes.

    Its stdin is closed with this block, and that ends it. DemoFailed where it does not start.
    """
    folder.mkdir(parents=True, exist_ok=True)
    process = subprocess.Popen(
        [sys.executable, "-m", "demo.seaweedfs", str(folder)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT,
    )  # fmt: skip
    assert process.stdin  # noqa: S101 - what the caller has seen to, for the type checker
    assert process.stdout  # noqa: S101 - what the caller has seen to, for the type checker
    try:
        if not (address := process.stdout.readline().strip()):
            raise DemoFailed(f"The object store did not start. {AGAIN}")
        await_writes(address, folder, process)
        yield address
    finally:
        process.stdin.close()
        process.wait()


def await_writes(address: str, folder: Path, process: subprocess.Popen[str]) -> None:
    """Ready is when a bucket can be made and an object put: the port answers earlier."""
    where = Bucket(endpoint=address, bucket="arsring-demo", trusted=str(folder / "tls.pem"))
    owner = s3.calls(where, "owner", lambda name: key(name, folder))
    until, said = time.monotonic() + PATIENCE, ""
    while time.monotonic() < until and process.poll() is None:
        try:
            if owner.bucket not in {one["Name"] for one in owner.once("list_buckets")["Buckets"]}:
                owner.once("create_bucket")
            owner.once("put_object", Key="ready", Body=b"ready")
            return
        except ArsringError as error:
            said = str(error).splitlines()[0]
            time.sleep(0.1)
    raise DemoFailed(f"The object store does not take writes ({said}); see {shown(folder / 'log')}. {AGAIN}")


def settle(place: Place) -> None:
    """The buckets and everyone's rights, then what the store really does: unless that is known from the last time."""
    try:
        place.shelf.probe()
        step("Its buckets are those of the last demo, and the doctor has found it fit")
        return
    except NotAllowed:
        pass
    step("arsring store init: the buckets, their locks, each identity's rights")
    said = arsring(place, "store", "init", who=IDENTITIES)
    console.print("\n".join(f"          · {line.strip()}" for line in said.splitlines()), markup=False)
    step("arsring store doctor: finding out by trying what the store really does")
    said = arsring(place, "store", "doctor")
    *probes, verdict = said.splitlines()
    others = [line.strip() for line in probes if not line.strip().startswith("ok")]
    told = [f"{len(probes) - len(others)} of {len(probes)} probes good (all in {shown(LOG)})", *others, verdict]
    console.print("\n".join(f"          · {line}" for line in told), markup=False)
    place.__dict__.pop("shelf", None)  # it remembers that there was no record


def forget(place: Place) -> None:
    """Clear what an interrupted demo left in staging: the server it was taken from is gone, with everything on it."""
    assert isinstance(place.shelf, s3.Shelf)  # noqa: S101 - what the caller has seen to, for the type checker
    staging = place.shelf.staging()
    for order in staging.orders():
        staging.drop(order, staging.files(order))
    staging.drop("konton", staging.files("konton"))


def fetched(order: str, place: Place) -> Path:
    """The package, out of the store as the archivist gets it."""
    step("arsring store get: fetching the package out of the store again, with all that proves it")
    shutil.rmtree(FETCHED, ignore_errors=True)
    arsring(place, "store", "get", order, str(FETCHED))
    return FETCHED / f"{order}.zip"


def tell(order: str, place: Place) -> None:
    """What the store has, and how to get at it when the demo has ended."""
    here = f"{shown(Path(sys.executable))} -m demo.store arsring"
    listed = arsring(place, "store", "list")
    console.print("[bold]What the store has[/]  (arsring store list)")
    console.print(listed, markup=False, soft_wrap=True)
    console.print(
        f"[bold]How to fetch it[/]  (the store ends with the demo; demo.store starts it for one command)\n"
        f"  {here} store list\n"
        f"  {here} store get {order} ring-{order}\n"
        f"      the package, its receipt and all that proves it\n"
        f"  {here} store page {order} LASMIG.txt\n"
        f"      one file out of the package, without fetching the rest\n"
        f"  {here} store verify\n"
        f"      reads back all that was delivered\n",
        soft_wrap=True,
    )


def arsring(place: Place, *words: str, who: tuple[str, ...] = ("ingest", "reader", "custodian")) -> str:
    """What a command of ours says; its log has it too. DemoFailed where it does not end well."""
    surroundings = os.environ | environment(place, who) | {"PYTHONUTF8": "1", "ARSRING_SETTINGS": str(SETTINGS)}
    done = subprocess.run(
        [sys.executable, "-m", "pipeline.cli", "--english", *words],
        env=surroundings, capture_output=True, text=True, cwd=ROOT, check=False,
    )  # fmt: skip
    with LOG.open("a", encoding="utf-8") as log:
        log.write(f"arsring {' '.join(words)}\n{done.stdout}{done.stderr}\n")
    if done.returncode:
        raise DemoFailed(f"arsring {' '.join(words)}:\n{done.stdout}{done.stderr}\n{AGAIN}")
    return done.stdout.strip("\n")


def environment(place: Place, who: tuple[str, ...] = ("ingest", "reader", "custodian")) -> dict[str, str]:
    """The keys of these identities, as environment variables."""
    called = {one: bucket(place).keys[one] for one in who}
    return {f"ARSRING_KEY_{name.upper().replace('-', '_')}": key(name) for name in called.values()}


def key(name: str | None, folder: Path = FOLDER) -> str:
    """The key of that name, as the store in a folder was made with it."""
    pair = seaweedfs.keys(folder)[str(name).removeprefix("s3-")]
    return json.dumps(dict(zip(("access_key", "secret_key"), pair, strict=True)))


def bucket(place: Place) -> Bucket:
    assert place.settings.bucket  # noqa: S101 - what the caller has seen to, for the type checker
    return place.settings.bucket


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
