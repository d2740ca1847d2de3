"""A mailbox on loopback: every mail that was sent, as it came."""

from __future__ import annotations

import email
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller

from tests import secrets_scan
from tests.servers.process import free_port


@dataclass
class Mailbox:
    port: int
    mails: list[EmailMessage] = field(default_factory=list)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        secrets_scan.look("a mail", envelope.content)
        made = email.message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(made, EmailMessage)
        self.mails.append(made)
        return "250 OK"

    @property
    def connection(self) -> str:
        """As Airflow's connection smtp_default."""
        extra = {"disable_ssl": True, "disable_tls": True, "from_email": "arkiv@exempelvik.example"}
        return json.dumps({"conn_type": "smtp", "host": "127.0.0.1", "port": self.port, "extra": extra})

    def to(self, mailbox: str) -> list[tuple[str, str]]:
        """(subject, text) of each mail to a mailbox."""
        return [(str(mail["Subject"]), _text(mail)) for mail in self.mails if mailbox in str(mail["To"])]


def _text(mail: EmailMessage) -> str:
    body = mail.get_body(("html", "plain"))
    return str(body.get_content()) if body else ""


@contextmanager
def mailbox() -> Iterator[Mailbox]:
    box = Mailbox(free_port())
    controller = Controller(box, hostname="127.0.0.1", port=box.port)
    controller.start()
    try:
        yield box
    finally:
        controller.stop()
