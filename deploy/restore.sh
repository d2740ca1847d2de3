#!/bin/sh
# Restore a back-up into an empty stack: deploy/restore.sh FOLDER/TIME
#
# Needs the .env that the back-up was made with (FERNET_KEY). Changes nothing where there is a database or an archive
# already. Afterwards the stack is started by you: docker compose up -d
# COMPOSE: another command than `docker compose`.
set -eu
COMPOSE=${COMPOSE:-docker compose}
[ $# = 1 ] || { sed -n '2,3p' "$0"; exit 2; }
from=$(cd "$1" && pwd)
config=${ARSRING_CONFIG:-$(sed -n 's/^ARSRING_CONFIG=//p' .env 2> /dev/null || :)}
config=${config:-./config}
(cd "$from" && sha256sum --quiet --check SHA256SUMS)

inside() { $COMPOSE run --rm -T --no-deps init "$@"; }
ask() { $COMPOSE exec -T postgres psql -qtAX -U airflow -c "$1" < /dev/null; }

# The register and the settings are a folder of this machine's: what lies there stays.
mkdir -p "$config"
if [ -e "$config/register.csv" ]; then
    echo "$config has a register already; it stays. The back-up's is in $from/config.tar."
else
    tar -xf "$from/config.tar" -C "$config" --strip-components=1
fi

$COMPOSE up -d postgres
tries=0
until ask 'select 1' 2> /dev/null | grep -qx 1; do
    tries=$((tries + 1))
    [ $tries -lt 60 ] || { echo "The database does not answer." >&2; exit 1; }
    sleep 1
done
tables=$(ask "select count(*) from information_schema.tables where table_schema = 'public'")
[ "$tables" = 0 ] || { echo "The database is not empty ($tables tables): nothing was changed." >&2; exit 3; }
found=$(inside find /var/lib/arsring/archive /var/lib/arsring/work -mindepth 1 -print -quit < /dev/null)
[ -z "$found" ] || { echo "Archive or work area is not empty ($found): nothing was changed." >&2; exit 3; }

for name in archive work; do
    [ ! -e "$from/$name.tar" ] || inside tar -C /var/lib/arsring -xpf - < "$from/$name.tar"
done
$COMPOSE exec -T postgres pg_restore -U airflow -d airflow --exit-on-error --single-transaction < "$from/database.dump"
# The database to this image's version, pools, roles; then every package is read and weighed against its receipt.
inside python /opt/arsring/deploy/init.py < /dev/null
inside arsring store verify --archive /var/lib/arsring/archive < /dev/null
echo "Restored from $from. Start the stack: $COMPOSE up -d"
