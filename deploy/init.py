"""What the services need before they start, as often as you like: the database, pools, roles, the first administrator.

It changes only what is not as it should be. An administrator who is there keeps the password that he has by now.
"""

import os
import subprocess
import sys
from pathlib import Path

FILES = {"ARSRING_REGISTER": "the register of accounts", "ARSRING_SETTINGS": "the authority's settings"}


def main() -> int:
    if missing := [f"{os.environ[name]}: {what}" for name, what in FILES.items() if not _is_file(name)]:
        print("Not there:", *missing, "Put them into the folder ARSRING_CONFIG (docs/examples has both).", sep="\n  ")
        return 2
    subprocess.run([sys.executable, "-m", "airflow", "db", "migrate"], check=True)

    from dags import setup  # only now: it opens the database

    return setup.main() or _administrator(os.environ["ADMIN_NAME"], os.environ["ADMIN_PASSWORD"])


def _is_file(name: str) -> bool:
    return Path(os.environ[name]).is_file()


def _administrator(name: str, password: str) -> int:
    from airflow.providers.fab.auth_manager.cli_commands.utils import get_application_builder

    with get_application_builder() as builder:
        manager = builder.sm
        if manager.find_user(name):
            print(f"Administrator: {name}, as before.")
            return 0
        role = manager.find_role("Admin")
        made = manager.add_user(name, name, "administrator", f"{name}@localhost", role, password)
    print(f"Administrator: {name}, made." if made else f"The administrator {name} could not be made.")
    return 0 if made else 2


if __name__ == "__main__":
    sys.exit(main())
