"""Whether a service is well: `python healthy.py metadatabase|scheduler|dag_processor|triggerer|store`.

Airflow's by the body of the API server's health page: its status is 200 whatever stands in it. The store by S3's own
words for a stranger. Ends with 0 or 1, and says why.
"""

import json
import os
import ssl
import sys
from urllib.error import HTTPError
from urllib.request import urlopen

AIRFLOW = os.environ.get("HEALTH_PAGE", "http://api-server:8080/api/v2/monitor/health")
STORE, TRUSTED = "https://localhost:8333/", "/var/lib/arsring/certificate/store.pem"


def main(part: str) -> int:
    try:
        good, says = store() if part == "store" else airflow(part)
    except (OSError, ValueError) as error:
        good, says = False, str(error)
    print(f"{part}: {says}")
    return 0 if good else 1


def airflow(part: str) -> tuple[bool, str]:
    with urlopen(AIRFLOW, timeout=8) as answer:
        found = json.load(answer).get(part) or {}
    return found.get("status") == "healthy", json.dumps(found)


def store() -> tuple[bool, str]:
    try:
        with urlopen(STORE, timeout=8, context=ssl.create_default_context(cafile=TRUSTED)) as answer:
            says = answer.read(2000).decode(errors="replace")
    except HTTPError as refused:
        says = refused.read(2000).decode(errors="replace")
    return "<Code>AccessDenied</Code>" in says, says


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
