"""docker-compose.yml by what it says: services are bare, secrets required, settings as the runbook has them."""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.airflows import ROOT

TEXT = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
EXAMPLE = (ROOT / ".env.example").read_text(encoding="utf-8")
RUNBOOK = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")
FILE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = FILE["services"]
ONCE = {name for name, one in SERVICES.items() if one["restart"] == "no"}
AIRFLOW = {name for name, one in SERVICES.items() if one["image"].startswith("arsring:")}
REQUIRED = {*re.findall(r"\$\{([A-Z0-9_]+):\?", TEXT)}
NAMED = {*re.findall(r"\$\{([A-Z0-9_]+)", TEXT)}
SECRET = re.compile(r"PASSWORD|SECRET|FERNET|^S3_")
HOLDS = re.compile(r"PASSWORD|SECRET|FERNET|^S3_|_KEY_|ALCHEMY_CONN|BROKER_URL|RESULT_BACKEND$|REDISCLI_AUTH")
EACH = pytest.mark.parametrize("name", sorted(SERVICES))


@EACH
def test_a_service_has_no_right_that_it_does_not_need(name: str) -> None:
    one = SERVICES[name]

    assert re.fullmatch(r"[1-9]\d*:\d+", one["user"]), "a user by number, and not root"
    assert one["read_only"] is True
    assert one["cap_drop"] == ["ALL"]
    assert one["security_opt"] == ["no-new-privileges:true"]
    assert not {"privileged", "cap_add", "network_mode", "pid", "devices"} & {*one}
    assert not any("docker.sock" in str(volume) for volume in one.get("volumes", ()))


@EACH
def test_a_service_ends_in_its_time_and_its_log_does_not_grow_for_ever(name: str) -> None:
    one = SERVICES[name]

    assert one["stop_grace_period"]
    assert {*one["logging"]["options"]} == {"max-size", "max-file"}
    assert one["restart"] == ("no" if name in ONCE else "unless-stopped")
    assert {"init", "store-init"} == ONCE


@EACH
def test_a_service_tells_how_it_is_by_what_it_answers(name: str) -> None:
    health = SERVICES[name]["healthcheck"]

    if name in ONCE:
        assert health == {"disable": True}
    else:
        assert re.search(r"healthy\.py|grep -q", " ".join(health["test"])), "the body is read"
        assert {"interval", "timeout", "retries", "start_period"} <= {*health}


@EACH
def test_an_image_is_pinned_and_a_port_is_loopbacks(name: str) -> None:
    one = SERVICES[name]

    ours = one["image"].startswith(("arsring:${", "arsring-store:${"))
    assert ours or re.fullmatch(r"docker\.io/[a-z/-]+:v?\d+\.\d+(\.\d+)?(-bookworm)?", one["image"])
    assert all(re.match(r"127\.0\.0\.1:\$\{[A-Z_]+:-\d+\}:\d+$", port) for port in one.get("ports", ()))


@EACH
def test_what_a_service_is_mounted_from_the_tree_is_there_and_only_read(name: str) -> None:
    mounts = [volume.rsplit(":", 2) for volume in SERVICES[name].get("volumes", ()) if volume.startswith((".", "$"))]

    assert all(mode == "ro" for *_, mode in mounts)
    assert [where for where, *_ in mounts if where.startswith(".") and not (ROOT / where).exists()] == []


def test_database_redis_and_store_have_no_way_out_and_nobody_else_needs_one() -> None:
    shut = {name for name, one in SERVICES.items() if one["networks"] == ["inside"]}

    assert FILE["networks"]["inside"] == {"internal": True}
    assert {"postgres", "redis", "store"} <= shut
    assert {"init", "api-server", "scheduler", "dag-processor", "triggerer", "worker-1", "worker-2"} <= AIRFLOW - shut


def test_the_profiles_are_those_that_the_runbook_names() -> None:
    profiles = {one["profiles"][0] for one in SERVICES.values() if "profiles" in one}

    assert profiles == {"celery", "store", "monitoring", "mail"}
    assert {name for name, one in SERVICES.items() if "profiles" not in one} == {
        "postgres", "init", "api-server", "scheduler", "dag-processor", "triggerer",
    }  # fmt: skip
    assert all(f"--profile {name}" in RUNBOOK for name in profiles)


def test_every_secret_is_required_and_has_no_default() -> None:
    assert {name for name in NAMED if SECRET.search(name)} == REQUIRED
    told = {(name, key): value for name, one in SERVICES.items() for key, value in one.get("environment", {}).items()}
    held = {place: value for place, value in told.items() if HOLDS.search(place[1])}
    assert len(held) > 50
    assert [place for place, value in held.items() if ":?" not in value] == []


@pytest.mark.parametrize("name", sorted(NAMED))
def test_what_the_file_asks_for_is_explained_in_the_example(name: str) -> None:
    lines = EXAMPLE.splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith(f"{name}="))

    above = next(line for line in reversed(lines[:at]) if not re.match(r"[A-Z0-9_]+=", line))
    assert above.startswith("# "), "a comment stands over it, or over the group it is in"
    assert (lines[at] == f"{name}=") or name not in REQUIRED, "no secret stands in the example"


def test_the_example_names_nothing_that_the_file_does_not_ask_for() -> None:
    assert {*re.findall(r"(?m)^([A-Z0-9_]+)=", EXAMPLE)} == NAMED


def test_airflow_is_set_as_the_runbook_says() -> None:
    told = dict(re.findall(r"`(AIRFLOW__SCHEDULER__\w+)=([^`]+)`", RUNBOOK))
    told |= dict(re.findall(r"^\| `(AIRFLOW__CELERY\w+)` \| `([^`]+)`", RUNBOOK, re.MULTILINE))
    told.pop("AIRFLOW__CELERY__RESULT_BACKEND")  # an address
    assert len(told) >= 7

    for name in AIRFLOW:
        has = SERVICES[name]["environment"]
        assert {one: has[one] for one in told} == told
        for one in ("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", "AIRFLOW__CELERY__RESULT_BACKEND"):
            assert "postgresql+psycopg://" in has[one]


def test_the_owners_key_is_the_stores_and_its_inits_alone() -> None:
    has = {name for name, one in SERVICES.items() if "${S3_OWNER" in json.dumps(one.get("environment", {}))}

    assert has == {"store", "store-init"}


def test_workers_share_no_work_area() -> None:
    works = [one.split(":")[0] for name in ("worker-1", "worker-2", "scheduler")
             for one in SERVICES[name]["volumes"] if ":/var/lib/arsring/work" in one]  # fmt: skip

    assert len({*works}) == 3
    assert {SERVICES[name]["hostname"] for name in ("worker-1", "worker-2")} == {"worker-1", "worker-2"}


def test_the_image_runs_as_nobodys_user_and_holds_no_secret() -> None:
    image = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()

    assert re.findall(r"(?m)^USER (.+)$", image) == ["50000:0"]
    assert image.rstrip().endswith("FROM arsring"), "what is built where no stage is named"
    assert "*" in ignored, "what goes in is named, and nothing else"
    assert "**/*.env" in ignored
    copied = {word for line in re.findall(r"(?m)^COPY (?!--from)(.+)$", image) for word in line.split()[:-1]}
    assert copied == {line[1:] for line in ignored if line.startswith("!")}
    assert image.count("--require-hashes") >= 4


# -- the secrets -----------------------------------------------------------------------------------------------


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """An empty folder in which deploy/secrets.sh has been run."""
    (tmp_path / "deploy").mkdir()
    for name in ("deploy/secrets.sh", ".env.example"):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    run_secrets(tmp_path)
    return tmp_path


def run_secrets(folder: Path) -> str:
    done = subprocess.run(["sh", "deploy/secrets.sh"], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout + done.stderr


def values(folder: Path) -> dict[str, str]:
    return dict(re.findall(r"(?m)^([A-Z0-9_]+)=(.*)$", (folder / ".env").read_text(encoding="utf-8")))


def test_every_secret_is_made_and_only_the_owner_may_read_it(made: Path) -> None:
    found = values(made)

    secrets = {name: found[name] for name in REQUIRED}
    assert len({*secrets.values()}) == len(secrets) >= 11
    assert min(map(len, secrets.values())) >= 24
    assert len(found["JWT_SECRET"]) == 128
    assert re.fullmatch(r"[\w-]{43}=", found["FERNET_KEY"])
    assert stat.S_IMODE((made / ".env").stat().st_mode) == 0o600
    for who in ("owner", "ingest", "reader", "custodian"):
        pair = json.loads(found[f"S3_{who.upper()}"].strip("'"))
        assert pair["access_key"].startswith(who)
        assert len(pair["secret_key"]) == 40


def test_what_has_a_value_keeps_it_and_no_secret_is_printed(made: Path) -> None:
    before = values(made)
    text = (made / ".env").read_text(encoding="utf-8")
    (made / ".env").write_text(re.sub("(?m)^API_SECRET=.*$", "API_SECRET=", text) + "MORE='one more'\n")

    said = run_secrets(made)

    after = values(made)
    assert after.pop("MORE") == "'one more'"
    assert after.pop("API_SECRET") not in ("", before.pop("API_SECRET"))
    assert after == before
    assert not [name for name in REQUIRED & {*after} if after[name] in said]


# -- podman-compose reads it -----------------------------------------------------------------------------------


def config(folder: Path) -> subprocess.CompletedProcess[str]:
    """What podman-compose makes of the file. It asks podman for its version alone, so another program may say it."""
    (stub := folder / "podman").write_text("#!/bin/sh\necho podman version 4.3.1\n")
    stub.chmod(0o755)
    plain = {name: value for name, value in os.environ.items() if name not in NAMED}
    return subprocess.run(
        [Path(sys.executable).with_name("podman-compose"), "--podman-path", stub, "--env-file", folder / ".env",
         "-f", ROOT / "docker-compose.yml", "config"],
        env=plain, cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_the_file_is_read_and_every_variable_has_its_value(made: Path) -> None:
    done = config(made)

    assert done.returncode == 0, done.stderr
    read = yaml.safe_load(done.stdout)["services"]
    assert {*read} >= {name for name, one in SERVICES.items() if "profiles" not in one}
    assert read["api-server"]["ports"] == ["127.0.0.1:8080:8080"]
    assert read["api-server"]["environment"]["AIRFLOW__API_AUTH__JWT_SECRET"] == values(made)["JWT_SECRET"]
    reader = json.loads(values(made)["S3_READER"].strip("'"))
    assert json.loads(read["scheduler"]["environment"]["ARSRING_KEY_S3_READER"]) == reader
    assert "${" not in done.stdout


@pytest.mark.parametrize("name", ["FERNET_KEY", "POSTGRES_PASSWORD", "S3_OWNER"])
def test_without_a_secret_nothing_starts(made: Path, name: str) -> None:
    text = (made / ".env").read_text(encoding="utf-8")
    (made / ".env").write_text(re.sub(f"(?m)^{name}=.*$", f"{name}=", text))

    done = config(made)

    assert done.returncode != 0
    assert f"{name} is missing a value: run deploy/secrets.sh" in done.stderr
