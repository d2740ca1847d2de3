#!/bin/sh
# Back up a running stack: deploy/backup.sh FOLDER [--without-archive]
#
# Makes FOLDER/TIME/ with database.dump (pg_dump), config.tar (register, settings and what lies beside them), work.tar
# (captures under way), archive.tar (the packages, where the archive is a folder) and SHA256SUMS. It has its name only
# when all of it is there. The database comes first: what is delivered meanwhile is then in the archive and not yet known
# to Airflow, which finds it and delivers nothing twice. Not in it: .env and keys.env. Keep them elsewhere.
# COMPOSE: another command than `docker compose`.
set -eu
COMPOSE=${COMPOSE:-docker compose}
umask 077
[ $# -ge 1 ] || { sed -n '2,3p' "$0"; exit 2; }
folder=${1%/}/$(date -u +%Y-%m-%dT%H%M%SZ)
whole=${2:-}
part=$folder.part
mkdir -p "$part"

# What tar ends with 1 for is a file that changed or went while it was read: a capture under way.
packed() {
    status=0
    $COMPOSE run --rm -T --no-deps init tar -C "$1" -cf - "$2" < /dev/null > "$part/$3.tar" || status=$?
    [ "$status" -le 1 ] || { echo "$3: tar ended with $status" >&2; exit 1; }
    tar -tf "$part/$3.tar" > /dev/null
}

$COMPOSE exec -T postgres pg_dump -U airflow -Fc airflow < /dev/null > "$part/database.dump"
packed /etc arsring config
packed /var/lib/arsring work work
[ "$whole" = --without-archive ] || packed /var/lib/arsring archive archive
(cd "$part" && sha256sum -- *.dump *.tar > SHA256SUMS)
sync "$part" 2> /dev/null || sync
mv "$part" "$folder"
echo "$folder: $(du -sh "$folder" | cut -f1). Not in it: .env and keys.env."
