"""Mails: to functions, in Swedish, with nothing secret in them; one that cannot go harms no run."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.captures import settings_file
from tests.mailbox import Mailbox, mailbox
from tests.servers.mastodon import MastodonMock
from tests.test_dags import run, write_something

pytestmark = [pytest.mark.airflow, pytest.mark.filterwarnings("ignore")]
OPERATIONS, STRATEGIST = "drift@exempelvik.example", "kommunikationsstrateg@exempelvik.example"


@pytest.fixture
def box(airflow: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Mailbox]:
    with mailbox() as found:
        monkeypatch.setenv("AIRFLOW_CONN_SMTP_DEFAULT", found.connection)
        yield found


def plain(html: str) -> str:
    return unescape(re.sub("<[^>]*>", "", html.replace("<br>", "\n").replace("</p>", "\n")))


def test_a_mail_is_in_swedish_and_its_words_are_no_html(box: Mailbox) -> None:
    from dags.mail import send

    assert send("Får stängas: åäö", "Första.\n  Blåbär & <b>grädde</b>\n\nhttps://stranger.example/x", ["a@b.example"])

    [mail] = box.mails
    assert (mail["Subject"], mail["To"], mail["From"]) == (
        "Får stängas: åäö",
        "a@b.example",
        "arkiv@exempelvik.example",
    )
    [(_, html)] = box.to("a@b.example")
    assert "Blåbär &amp; &lt;b&gt;grädde&lt;/b&gt;" in html
    assert "<a " not in html, "what a platform wrote is no link"


def test_no_key_is_in_a_mail(box: Mailbox) -> None:
    from airflow.sdk.log import mask_secret

    from dags.mail import send

    mask_secret("en-hemlighet-som-har-lasts")

    send("Nyckel en-hemlighet-som-har-lasts", "GET https://graph.example/me?access_token=EAAB123456 refused", ["a@b.c"])

    [(subject, html)] = box.to("a@b.c")
    assert "hemlighet" not in subject
    assert "EAAB123456" not in html


@pytest.mark.parametrize(
    ("connection", "to"),
    [
        ("", ["a@b.example"]),
        ("smtp://127.0.0.1:1/?disable_ssl=true&disable_tls=true&from_email=a%40b.example", ["a@b.example"]),
        ("smtp://127.0.0.1:1/?timeout=nej&disable_ssl=true", ["a@b.example"]),
        ("smtp://127.0.0.1:1/", []),
    ],
)
def test_a_mail_that_cannot_go_is_one_warning_with_its_text(
    connection: str, to: list[str], airflow: dict[str, str], monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    from dags.mail import send

    if connection:
        monkeypatch.setenv("AIRFLOW_CONN_SMTP_DEFAULT", connection)

    log = logging.getLogger("dags.mail")
    log.addHandler(caplog.handler)  # Airflow takes the root logger's away
    try:
        assert not send("Ämnet", "Texten.", to)
    finally:
        log.removeHandler(caplog.handler)

    [said] = {record.getMessage() for record in caplog.records if record.name == "dags.mail"}
    assert "Ämnet" in said
    assert "Texten." in said


def test_a_server_that_refuses_the_recipient_harms_nobody(box: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    from dags.mail import send

    async def refuse(*_: object) -> str:
        return "550 no such mailbox"

    monkeypatch.setattr(box, "handle_RCPT", refuse, raising=False)

    assert not send("Ämnet", "Texten.", ["borta@exempelvik.example"])
    assert box.mails == []


def test_the_yearly_report_goes_to_operations_and_strategist_once(
    register: Callable[..., dict[str, str]], mastodon_server: MastodonMock, box: Mailbox
) -> None:
    one = write_something(mastodon_server)[0]
    register(
        f"forst;mastodon;{mastodon_server.url}/@{one};Chefen;",
        f"trasig;mastodon;{mastodon_server.url}/@ingen;Chefen;en-nyckel-som-inte-finns",
    )

    state, _, _ = run()

    assert state == "failed"
    [(subject, html)] = box.to(OPERATIONS)
    assert box.to(STRATEGIST) == [(subject, html)]
    assert len(box.mails) == 1
    assert subject == "Årlig arkivering 2026: 1 av 2 konton utan anmärkning"
    told = plain(html)
    assert "trasig: Nyckeln ”en-nyckel-som-inte-finns” finns inte." in told
    assert "måste förnyas" in told
    assert re.search(r"http://localhost:8080/dags/arkiv_arlig/runs/\S+/tasks/mastodon\.trasig\.hamta", told)
    assert "  forst   komplett" in told, "the table keeps its columns"


def test_a_green_year_is_told_too(
    register: Callable[..., dict[str, str]], mastodon_server: MastodonMock, box: Mailbox
) -> None:
    one = write_something(mastodon_server)[0]
    register(f"forst;mastodon;{mastodon_server.url}/@{one};Chefen;")

    assert run()[0] == "success"

    assert [subject for subject, _ in box.to(STRATEGIST)] == ["Årlig arkivering 2026: 1 av 1 konton utan anmärkning"]


def test_a_fault_of_the_whole_run_is_one_mail(register: Callable[..., dict[str, str]], box: Mailbox) -> None:
    register("forst;mastodon;https://mastodon.example/@forst;Chefen;")

    run(year=None)

    [(subject, html)] = box.to(OPERATIONS)
    assert subject == "Årlig arkivering: Slutrapport misslyckades"
    assert "Ange året i fältet ”År”" in plain(html)
    assert "Rätta uppgifterna ovan och kör om" in plain(html)
    assert "/tasks/slutrapport" in html
    assert len(box.mails) == 1


def test_a_broken_register_is_one_mail_with_every_fault(register: Callable[..., dict[str, str]], box: Mailbox) -> None:
    register("Exempelvik;friendster;inte en adress;;")

    run()

    [(subject, html)] = box.to(OPERATIONS)
    assert "Registret kan inte användas" in subject
    for column in ("id", "plattform", "adress"):
        assert f"Rad 2, kolumn ”{column}”" in plain(html)


def test_broken_settings_are_mailed_to_whom_they_name(
    register: Callable[..., dict[str, str]], box: Mailbox, tmp_path: Path
) -> None:
    register("forst;mastodon;https://mastodon.example/@forst;Chefen;")
    settings_file(tmp_path, profil='"fgs-9"')

    run()

    [(_, html)] = box.to(OPERATIONS)
    assert "profil: ska vara" in plain(html)


def test_a_mail_tells_of_a_fault_that_nobody_has_named(
    register: Callable[..., dict[str, str]], box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pipeline import line

    def broken(*_: object) -> None:
        raise KeyError("oväntat")

    register("forst;mastodon;https://mastodon.example/@forst;Chefen;en-nyckel-som-inte-finns")
    monkeypatch.setattr(line, "attest", broken)

    run(konton=["ingen"])
    run()

    first, report, second = (plain(html) for _, html in box.to(OPERATIONS))
    assert "inget aktivt konto med id ingen" in first
    assert "0 av 1 konton" in report, "the report goes all the same"
    assert "Ett fel som ingen har förutsett: KeyError: 'oväntat'." in second


def test_the_report_tells_of_locks_that_could_not_be_made_longer(
    register: Callable[..., dict[str, str]], box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pipeline import storing

    register("forst;mastodon;https://mastodon.example/@forst;Chefen;en-nyckel-som-inte-finns")
    monkeypatch.setattr(storing, "unlocked", lambda _: ["2025-a: there is no receipt, so nothing was delivered."])

    run()

    reports = [plain(html) for _, html in box.to(OPERATIONS) if "av 1 konton" in html]
    assert reports
    assert all("Lås som inte kunde förlängas" in one for one in reports)


def test_a_killed_task_s_callback_that_knows_little_is_mailed_all_the_same(
    register: Callable[..., dict[str, str]], box: Mailbox
) -> None:
    from dags.mail import failed

    register("forst;mastodon;https://mastodon.example/@forst;Chefen;")
    of = SimpleNamespace(task_display_name="Läs", dag=SimpleNamespace(dag_display_name="Kontroll"))
    ti = SimpleNamespace(task=of, run_id="x", task_id="las", log_url="http://a.example/x", xcom_pull=lambda **_: None)

    failed({"ti": ti})

    [(subject, html)] = box.to(OPERATIONS)
    assert subject == "Kontroll: Läs misslyckades"
    assert "Den blev avbruten." in plain(html)
