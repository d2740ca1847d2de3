"""Install the servers ahead of the tests, and say where: python -m tests.servers"""

from __future__ import annotations

import sys

from tests.servers.install import ensure_axe, ensure_pds
from tests.servers.policy import Missing

if __name__ == "__main__":
    try:
        print(ensure_axe())
        print(ensure_pds())
    except Missing as missing:
        sys.exit(str(missing))
