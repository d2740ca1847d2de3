#!/bin/sh
# Write .env from .env.example: what has a value keeps it, each secret that has none is made. Prints no secret.
set -eu
cd "$(dirname "$0")/.."
umask 077

hex() { od -An -N "$1" -tx1 /dev/urandom | tr -d ' \n'; }
pair() { printf "'{\"access_key\": \"%s\", \"secret_key\": \"%s\"}'" "$1$(hex 4)" "$(hex 20)"; }

made() {
    case $1 in
        FERNET_KEY) head -c 32 /dev/urandom | base64 | tr '+/' '-_' ;;
        JWT_SECRET) hex 64 ;;
        S3_*) pair "$(printf %s "${1#S3_}" | tr '[:upper:]' '[:lower:]')" ;;
        POSTGRES_PASSWORD | API_SECRET | REDIS_PASSWORD) hex 32 ;;
        *_PASSWORD) hex 12 ;; # somebody types it
    esac
}

have() { [ -f .env ] && grep -m 1 "^$1=." .env; }

: > .env.part
while IFS= read -r line || [ -n "$line" ]; do
    name=${line%%=*}
    case $line in
        '#'* | '') printf '%s\n' "$line" ;;
        *) if found=$(have "$name"); then
               printf '%s\n' "$found"
           else
               value=${line#*=}
               [ -n "$value" ] || value=$(made "$name")
               printf '%s=%s\n' "$name" "$value"
           fi ;;
    esac >> .env.part
done < .env.example
if [ -f .env ]; then
    # What is only in .env stays, at the end.
    grep '^[A-Z][A-Z0-9_]*=' .env | while IFS= read -r line; do
        grep -q "^${line%%=*}=" .env.example || printf '%s\n' "$line"
    done >> .env.part
fi
chmod 600 .env.part
mv .env.part .env
count=$(grep -c '^[A-Z][A-Z0-9_]*=.' .env)
echo ".env: $count values. Keep a copy of it where passwords are kept, apart from the back-ups."
