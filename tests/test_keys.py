"""Keys: found by name alone, of one part or several."""

from __future__ import annotations

import json
from urllib.parse import urlencode

import pytest

from model.errors import NotAllowed
from pipeline import keys

EXTRA = {"app_id": "1234567890", "app_secret": "apphemlighet-91c7", "annat": "spelar ingen roll"}


def test_a_key_is_the_environments_variable_of_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARSRING_KEY_META_EXEMPELVIK", "hemlig-nyckel")

    assert keys.key("meta-exempelvik") == "hemlig-nyckel"
    assert keys.key(None) is None


@pytest.mark.parametrize("extra", [EXTRA, json.dumps(EXTRA)])
def test_a_connections_password_and_extra_are_one_key(monkeypatch: pytest.MonkeyPatch, extra: object) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_META_EXEMPELVIK", json.dumps({"password": "hemlig-nyckel", "extra": extra}))

    found = keys.key("meta-exempelvik")

    assert json.loads(str(found)) == {
        "token": "hemlig-nyckel",
        "app_id": "1234567890",
        "app_secret": "apphemlighet-91c7",
    }


@pytest.mark.parametrize("query", [urlencode(EXTRA), urlencode({"__extra__": json.dumps(EXTRA)})])
def test_a_connection_written_as_an_address_has_its_extra_in_the_query(
    monkeypatch: pytest.MonkeyPatch, query: str
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_META_EXEMPELVIK", f"generic://:hemlig%2Dnyckel@/?{query}")

    found = json.loads(str(keys.key("meta-exempelvik")))

    assert found == {"token": "hemlig-nyckel", "app_id": "1234567890", "app_secret": "apphemlighet-91c7"}


@pytest.mark.parametrize("extra", [None, "", "{", "[1]", {"annat": "x"}])
def test_an_extra_without_anything_of_ours_leaves_the_password_alone(extra: object) -> None:
    assert keys.composed("hemlig-nyckel", extra) == "hemlig-nyckel"


@pytest.mark.parametrize("connection", ["{", '"text"', "generic://:@host", "nonsense"])
def test_a_connection_without_a_key_says_where_to_put_it(monkeypatch: pytest.MonkeyPatch, connection: str) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_META_EXEMPELVIK", connection)

    with pytest.raises(NotAllowed, match="ARSRING_KEY_META_EXEMPELVIK"):
        keys.key("meta-exempelvik")


def test_everything_in_a_key_but_its_bare_numbers_is_kept_from_logs() -> None:
    cookies = {"sessionid": "42%3Ahemlig%3A7", "ds_user_id": "17841400000000001", "rur": "EAG"}
    key = json.dumps({"token": "hemlig-nyckel", "app_id": "1234567890", "session": {"cookies": cookies}})

    assert set(keys.leaves(keys.opened(key)[1])) == {"hemlig-nyckel", "42%3Ahemlig%3A7"}


def test_a_login_goes_with_an_object_store_s_key_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_LAGER", "generic://skriv:hemlig-nyckel@")

    assert keys.key("lager") == "hemlig-nyckel"
    assert json.loads(str(keys.pair("lager"))) == {"token": "hemlig-nyckel", "access_key": "skriv"}
