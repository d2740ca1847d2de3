"""Läsesalen: the reading room's pages in Airflow's menu. An app of its own under /lasesal, behind Airflow's login.

Every route asks for a user who may read DAGs, since the whole app does. What the pages show is gathered by
pipeline/room.py and drawn by reading/room.py. dags/plugin.py puts it into Airflow.
"""

from __future__ import annotations

import os
import re
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity, DagDetails
from airflow.api_fastapi.core_api.security import GetUserDep, requires_access_dag
from airflow.models.hitl import HITLDetail
from airflow.models.taskinstance import TaskInstance
from airflow.utils.session import create_session
from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse
from sqlalchemy import select

from dags.plugin import PREFIX
from dags.settings import place, register, registered
from model.errors import ArsringError, TryLater
from model.nouns import Receipt
from pipeline import opened, register_view, registering
from pipeline.line import Place, names
from pipeline.room import Room, remembered
from pipeline.swedish import swedish
from reading import room
from reading.room import Frame, Said, Todo
from reading.texts import HERE
from register.lifecycle import Kept

_CLOSURE: Final = "arkiv_avslut"
_COOKIE: Final = "lasesal_lang"
_SAFE: Final = {
    "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
}  # fmt: skip
_RANGE: Final = re.compile(r"bytes=(\d+)-(\d*)")

known = Room(
    place_of=place,
    accounts_of=remembered(registered, lambda: Path(os.environ.get("ARSRING_REGISTER", ""))),
    today=lambda: datetime.now(HERE).date(),
    behind=True,
)
app = FastAPI(
    title="Läsesalen",
    docs_url=None,
    redoc_url=None,
    openapi_url=None,
    dependencies=[Depends(requires_access_dag("GET"))],
)


@app.get("/")
def overview(request: Request, user: GetUserDep) -> Response:
    """All accounts. `q`: what is looked for; `brister`: only those where something is to be done."""
    frame = _frame(request)
    view, asked = known.known().view, _questions(user)
    return _page(request, room.overview(room.asked(view, asked), frame))


@app.get("/konto/{platform}/{account}")
def account(request: Request, platform: str, account: str, user: GetUserDep) -> Response:
    """One account and its packages."""
    frame = _frame(request, form=_may_close(user))
    found = known.account(account)
    if found is None or platform != (found[0].platform or "-"):
        return _page(request, room.notice("no-account", frame), 404)
    view = room.asked(known.known().view, _questions(user))
    return _page(request, room.account(*found, view.todos, frame))


@app.get("/register")
def register_page(request: Request) -> Response:
    """The register as it stands, with its history."""
    view = register_view.view(register(), names("connectors"), _kept(), known.today())
    return _page(request, room.register(view, _frame(request)))


@app.get("/register/{name}")
def account_list(request: Request, name: str) -> Response:
    """The list that is reported upwards: konton.xlsx, konton.csv or konton.pdf."""
    ending = name.removeprefix("konton.")
    if ending not in registering.FORMS:
        raise HTTPException(404, "not-found")
    data = registering.listed(registered(), _kept(), place(), known.today(), _frame(request).lang, ending)
    return Response(data, headers=_SAFE | _saved_as(name), media_type=registering.TYPES[ending])


@app.get("/paket/{order}/{path:path}")
def member(request: Request, order: str, path: str) -> Response:
    """A file of a package's reading copy, or a piece of it."""
    receipt, at = _delivered(order)
    first, last = _asked(request)
    try:
        found = opened.member(receipt, path, at, first, last)
    except opened.NoSuch as error:
        raise HTTPException(416 if isinstance(error, opened.Beyond) else 404, "no-file") from error
    except opened.Damaged as error:
        raise HTTPException(500, "damaged") from error
    headers = {
        "Content-Length": str(found.length), "Accept-Ranges": "bytes", "Content-Security-Policy": room.COPY_POLICY,
        "Content-Type": found.type,
    }  # fmt: skip
    if found.attached:
        headers |= _saved_as(path.rpartition("/")[2])
    if found.length != found.size:
        headers["Content-Range"] = f"bytes {first}-{first + found.length - 1}/{found.size}"
    return StreamingResponse(found.data, 206 if found.length != found.size else 200, _SAFE | headers)


@app.get("/hamta/{order}")
def package(order: str) -> Response:
    """The package: from the store itself where it makes addresses that last for minutes, else through here."""
    receipt, at = _delivered(order)
    found = opened.whole(receipt, at)
    if isinstance(found, str):
        return RedirectResponse(found, 303, _SAFE)
    size = {"Content-Length": str(receipt.size), "Content-Type": "application/zip"}
    return StreamingResponse(found, headers=_SAFE | size | _saved_as(f"{order}.zip"))


@app.get("/bevis/{order}/{name}")
def paper(order: str, name: str) -> Response:
    """One of the files that prove a package."""
    receipt, at = _delivered(order)
    try:
        size, data = opened.paper(receipt, name, at)
    except opened.NoSuch as error:
        raise HTTPException(404, "not-found") from error
    headers = {"Content-Type": "application/octet-stream"} | ({} if size is None else {"Content-Length": str(size)})
    return StreamingResponse(data, headers=_SAFE | headers | _saved_as(name))


@app.get("/stil.css")
def style() -> Response:
    return Response(room.style(), headers=_SAFE, media_type="text/css")


@app.get("/ikon-{theme}.svg")
def icon(theme: str) -> Response:
    return Response(room.icon(theme == "mork"), headers=_SAFE, media_type="image/svg+xml")


@app.get("/{path:path}")
def nothing(path: str) -> Response:
    """Whatever else is asked for: it is not there, which is told to those who may come in and to nobody else."""
    raise HTTPException(404, "not-found")


@app.exception_handler(HTTPException)
def refused(request: Request, error: HTTPException) -> Response:
    """What was refused or is not there, in plain words."""
    frame = _frame(request)
    if error.status_code == 401:
        there = f"{frame.airflow}/api/v2/auth/login?next={quote(request.url.path, safe='')}"
        return _page(request, room.notice("login-needed", frame, link=(there, "login")), 401)
    heading = "not-allowed" if error.status_code == 403 else str(error.detail)
    text = "damaged-text" if heading == "damaged" else ""
    return _page(request, room.notice(heading, frame, room.words(text) if text else None), error.status_code)


@app.exception_handler(ArsringError)
def failed(request: Request, error: ArsringError) -> Response:
    """Settings, store or package that cannot be used: the sentence says what to do."""
    heading = {3: "unreadable", 5: "waits"}.get(error.status, "unset")
    text: Said = {"sv": swedish(str(error)), "en": str(error)}
    status = 503 if isinstance(error, TryLater) else 500
    return _page(request, room.notice(heading, _frame(request), text), status)


@app.exception_handler(OSError)
def closed(request: Request, error: OSError) -> Response:
    """A folder or file that the API server cannot read, of which nobody has told in a sentence of ours."""
    says = f"{error.filename or ''}: {error.strerror or type(error).__name__}"
    return _page(request, room.notice("no-disk", _frame(request), {"sv": says, "en": says}), 500)


def _delivered(order: str) -> tuple[Receipt, Place]:
    found = known.receipt(order)
    if found is None:
        raise HTTPException(404, "no-order")
    return found


def _kept() -> dict[str, Kept]:
    """What the archive has of each account."""
    packages = known.known().packages.values()
    return registering.kept(one.receipt for some in packages for one in some)


def _frame(request: Request, *, form: str = "") -> Frame:
    asked = request.query_params.get("lang") or request.cookies.get(_COOKIE)
    root = str(request.scope.get("root_path", "")).rstrip("/")
    return Frame(
        lang="en" if asked == "en" else "sv",
        root=root,
        airflow=root.removesuffix(PREFIX),
        form=form,
        query=request.query_params.get("q", "")[:100],
        needs=bool(request.query_params.get("brister")),
    )


def _page(request: Request, text: str, status: int = 200) -> Response:
    answer = HTMLResponse(text, status, _SAFE | {"Content-Security-Policy": room.POLICY})
    if (lang := request.query_params.get("lang")) in ("sv", "en"):
        path = str(request.scope.get("root_path", "")) or PREFIX
        answer.set_cookie(_COOKIE, str(lang), max_age=31_536_000, path=path, httponly=True, samesite="lax")
    return answer


def _asked(request: Request) -> tuple[int, int | None]:
    """The piece of a file that is asked for: one range from a byte on; anything else is the whole file."""
    found = _RANGE.fullmatch(request.headers.get("range", ""))
    return (int(found[1]), int(found[2]) if found[2] else None) if found else (0, None)


def _saved_as(name: str) -> dict[str, str]:
    return {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}"}


def _may_close(user: Any) -> str:
    """The page with the closure's form, for those who may start it: Airflow 3.3.2 fills in no form by its address."""
    may = get_auth_manager().is_authorized_dag(
        method="POST", access_entity=DagAccessEntity.RUN, details=DagDetails(id=_CLOSURE), user=user
    )
    return f"/dags/{_CLOSURE}" if may else ""


def _questions(user: Any) -> tuple[Todo, ...]:
    """What Airflow's own tasks ask of a person, of the DAGs that the reader may read."""
    dags = get_auth_manager().get_authorized_dag_ids(user=user, method="GET")
    waiting = (
        select(TaskInstance.dag_id, TaskInstance.run_id, TaskInstance.task_id, HITLDetail.subject)
        .join(HITLDetail, HITLDetail.ti_id == TaskInstance.id)
        .where(TaskInstance.state == "awaiting_input", HITLDetail.responded_at.is_(None))
        .where(TaskInstance.dag_id.in_(dags))
        .order_by(HITLDetail.created_at)
    )
    with create_session() as session:
        rows = session.execute(waiting).all()
    return tuple(
        Todo(
            kind="answer",
            what={"sv": subject, "en": subject},
            link=f"/dags/{quote(dag)}/runs/{quote(run, safe='')}/tasks/{quote(task)}/required_actions",
        )
        for dag, run, task, subject in rows
    )
