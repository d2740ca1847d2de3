"""The closure's form with its account filled in: what is changed of Airflow's answers, and what is not."""

from __future__ import annotations

import json
from typing import Any

import pytest

from dags.prefill import Prefilled

PAGE = "https://airflow.exempelvik.example/luft/dags/arkiv_avslut?konto=exempelvik-bad"
DETAILS = "/api/v2/dags/arkiv_avslut/details"
TOLD = {"dag_id": "arkiv_avslut", "params": {"konto": {"value": None, "schema": {"enum": ["exempelvik-bad", "å"]}}}}


def asked(referer: str, told: object = TOLD, path: str = DETAILS, status: int = 200, method: str = "GET") -> Any:
    """What the browser gets: the answer's body, its headers, and the request's headers that Airflow saw."""
    body, seen, sent = told if isinstance(told, bytes) else json.dumps(told).encode(), list[Any](), list[Any]()

    async def airflow(scope: Any, receive: Any, send: Any) -> None:
        seen.extend(scope["headers"])
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body[:10], "more_body": True})
        await send({"type": "http.response.body", "body": body[10:]})

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(b"referer", referer.encode()), (b"accept-encoding", b"gzip")]
    scope = {"type": "http", "method": method, "path": f"/luft{path}", "root_path": "/luft", "headers": headers}
    with pytest.raises(StopIteration):  # nothing in it waits
        Prefilled(airflow)(scope, None, send).send(None)
    whole = b"".join(one.get("body", b"") for one in sent)
    assert int(dict(sent[0]["headers"])[b"content-length"]) == len(whole)
    return whole, body, dict(seen)


def test_the_account_of_the_page_that_asks_stands_in_its_field() -> None:
    whole, _, seen = asked(PAGE)

    assert json.loads(whole) == {**TOLD, "params": {"konto": {**TOLD["params"]["konto"], "value": "exempelvik-bad"}}}
    assert b"accept-encoding" not in seen


@pytest.mark.parametrize("known", [
    {"referer": ""}, {"referer": PAGE.partition("?")[0]}, {"referer": PAGE.replace("bad", "annat")},
    {"referer": PAGE.replace("arkiv_avslut", "arkiv_arlig")}, {"referer": "https://[x?konto=exempelvik-bad"},
    {"referer": PAGE, "told": b"no json"}, {"referer": PAGE, "told": []}, {"referer": PAGE, "told": {"params": {}}},
    {"referer": PAGE, "told": {"params": {"konto": {"schema": {}}}}}, {"referer": PAGE, "status": 403},
    {"referer": PAGE, "path": "/api/v2/dags/arkiv_arlig/details"}, {"referer": PAGE, "method": "POST"},
])  # fmt: skip
def test_all_else_is_left_alone(known: dict[str, Any]) -> None:
    whole, before, _ = asked(**known)

    assert whole == before
