"""`python -m dags.setup`: pools and roles, as often as one likes."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.airflows import ROOT

pytestmark = [pytest.mark.airflow, pytest.mark.filterwarnings("ignore")]
FAB = "airflow.providers.fab.auth_manager.fab_auth_manager.FabAuthManager"
PLATFORMS = {"bluesky", "facebook", "instagram", "mastodon"}


def python(home: Path, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    told = os.environ | {"AIRFLOW_HOME": str(home), "AIRFLOW__CORE__LOAD_EXAMPLES": "False"} | more
    return subprocess.run(
        [sys.executable, *words], env=told, cwd=ROOT, capture_output=True, text=True, timeout=180, check=False
    )


def asked(home: Path, what: str) -> set[tuple[str, ...]]:
    with closing(sqlite3.connect(home / "airflow.db")) as database:
        return set(database.execute(what))


RIGHTS = """
SELECT role.name, action.name, resource.name FROM ab_permission_view_role AS held
JOIN ab_role AS role ON role.id = held.role_id
JOIN ab_permission_view AS pair ON pair.id = held.permission_view_id
JOIN ab_permission AS action ON action.id = pair.permission_id
JOIN ab_view_menu AS resource ON resource.id = pair.view_menu_id
WHERE role.name IN ('Arkivarie', 'Strateg', 'Drift')
"""


def test_pools_and_roles_are_made_and_made_right_again(tmp_path: Path) -> None:
    fab = {"AIRFLOW__CORE__AUTH_MANAGER": FAB}
    assert python(tmp_path, "-m", "airflow", "db", "migrate", **fab).returncode == 0
    first = python(tmp_path, "-m", "dags.setup", **fab)
    assert first.returncode == 0, first.stderr[-2000:]
    rights = asked(tmp_path, RIGHTS)
    with closing(sqlite3.connect(tmp_path / "airflow.db")) as database:
        database.execute("UPDATE slot_pool SET slots = 4 WHERE pool = 'plattform_mastodon'")
        database.execute(
            "INSERT INTO ab_permission_view_role (permission_view_id, role_id) SELECT pair.id, role.id FROM "
            "ab_permission_view AS pair JOIN ab_permission AS action ON action.id = pair.permission_id "
            "JOIN ab_view_menu AS resource ON resource.id = pair.view_menu_id, ab_role AS role "
            "WHERE action.name = 'can_delete' AND resource.name = 'DAGs' AND role.name = 'Arkivarie'"
        )
        database.commit()
    assert asked(tmp_path, RIGHTS) - rights == {("Arkivarie", "can_delete", "DAGs")}

    second = python(tmp_path, "-m", "dags.setup", **fab)

    assert second.returncode == 0, second.stderr[-2000:]
    assert "Roller: Arkivarie, Strateg, Drift" in second.stdout
    assert asked(tmp_path, RIGHTS) == rights
    assert not [right for right in rights if right[1] == "can_delete"]
    starts = {(role, on) for role, action, on in rights if action == "can_edit" and on.startswith("DAG")}
    assert starts == {("Arkivarie", "DAG:arkiv_avslut"), ("Drift", "DAGs"), ("Drift", "DAG Runs")}
    assert ("Strateg", "can_create", "DAG Runs") not in rights
    slots = dict(asked(tmp_path, "SELECT pool, slots FROM slot_pool"))
    due: dict[str, object] = {f"plattform_{platform}": 1 for platform in PLATFORMS}
    due |= {"arkiv": 2, "slutrapport": 1}
    assert {name: slots[name] for name in due} == due | {"plattform_mastodon": 4}


def test_with_another_auth_manager_there_are_pools_alone(tmp_path: Path) -> None:
    assert python(tmp_path, "-m", "airflow", "db", "migrate").returncode == 0

    done = python(tmp_path, "-m", "dags.setup")

    assert done.returncode == 0, done.stderr[-2000:]
    assert "bara FAB har dem" in done.stdout
    assert {name for (name,) in asked(tmp_path, "SELECT pool FROM slot_pool")} > {"arkiv", "plattform_bluesky"}


def test_a_database_that_is_not_made_yet_is_told(tmp_path: Path) -> None:
    done = python(tmp_path, "-m", "dags.setup")

    assert done.returncode == 2
    assert "airflow db migrate" in done.stderr
    assert "Traceback" not in done.stderr
