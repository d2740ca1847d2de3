"""Fills the server through its own API, as the district and its residents would have."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import requests

from demo.content import ACCOUNT, FIELDS, NEXT_YEAR, PEOPLE, POSTS, PROFILE, Post, Reply
from demo.pictures import draw
from demo.server import FOUNDED, TOKEN

FIRST_YEAR: Final = 2026
HERE: Final = ZoneInfo("Europe/Stockholm")
WEEK: Final = 7 * 24 * 3600  # seconds


@dataclass(slots=True)
class Server:
    """The API, used by several people."""

    base: str
    tokens: dict[str, str] = field(default_factory=lambda: {ACCOUNT: TOKEN})
    session: requests.Session = field(default_factory=requests.Session)

    def ask(self, verb: str, path: str, who: str, at: datetime, **how: Any) -> dict[str, Any]:
        """One request of one person at one time. Raises requests.HTTPError when it is refused."""
        headers = {"Authorization": f"Bearer {self.tokens[who]}", "X-Demo-Time": at.isoformat()}
        answer = self.session.request(verb, f"{self.base}/api{path}", headers=headers, timeout=20, **how)
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found

    def join(self, username: str, name: str) -> None:
        who = {"username": username, "display_name": name}
        made = self.ask("POST", "/v1/_mock/dev_user", ACCOUNT, FOUNDED, json=who)
        self.tokens[username] = made["access_token"]


Deed = tuple[datetime, Callable[[], object]]


def fill(base: str, year: int, step: Callable[[int, int], None]) -> None:
    """Everything that happened up to that year, in the order it happened; step hears how many of how many are done."""
    server = Server(base)
    for username, name in PEOPLE.items():
        server.join(username, name)
    furnish(server)
    deeds = [deed for post in POSTS for deed in deeds_of(server, post, FIRST_YEAR)]
    if year > FIRST_YEAR:
        deeds += [deed for post in NEXT_YEAR for deed in deeds_of(server, post, FIRST_YEAR + 1)]
    deeds.sort(key=lambda deed: deed[0])  # the server numbers posts as they come
    for count, (_, do) in enumerate(deeds, start=1):
        do()
        step(count, len(deeds))


def furnish(server: Server) -> None:
    """The district's profile: name, text, rows, pictures."""
    rows = {}
    for place, (name, value) in enumerate(FIELDS.items()):
        rows |= {f"fields_attributes[{place}][name]": name, f"fields_attributes[{place}][value]": value}
    files = {"avatar": draw("avatar"), "header": draw("banner")}
    server.ask("PATCH", "/v1/accounts/update_credentials", ACCOUNT, FOUNDED, data=PROFILE | rows, files=files)


def deeds_of(server: Server, post: Post, year: int) -> Iterator[Deed]:
    """What happens to one post, each deed with its time. The post must be made before the rest is done."""
    at = datetime.strptime(f"{year}-{post.when}", "%Y-%m-%d %H:%M").replace(tzinfo=HERE).astimezone(UTC)
    author, made = post.by or ACCOUNT, {}

    def path(rest: str = "") -> str:
        return f"/v1/statuses/{made['id']}{rest}"

    yield at, lambda: made.update(publish(server, post, author, at))
    for place, who in enumerate(list(PEOPLE)[: post.likes]):
        yield at + timedelta(minutes=3 + place), later(server, path, "/favourite", who, at)
    for place, choice in enumerate(post.votes):
        yield at + timedelta(minutes=90 + place), vote(server, made, list(PEOPLE)[place], choice, at)
    if post.by:
        yield at + timedelta(hours=1), later(server, path, "/reblog", ACCOUNT, at + timedelta(hours=1))
    if post.pinned:
        yield at + timedelta(minutes=1), later(server, path, "/pin", ACCOUNT, at)
    yield from answers_of(server, post.answers, made, at)
    if post.edited:
        then = at + timedelta(hours=4)
        yield then, lambda: server.ask("PUT", path(), author, then, json={"status": post.edited})
    if post.deleted:
        yield at + timedelta(hours=2), lambda: server.ask("DELETE", path(), author, at)


def answers_of(server: Server, answers: tuple[Reply, ...], to: dict[str, Any], asked: datetime) -> Iterator[Deed]:
    for answer in answers:
        at, made = asked + timedelta(minutes=answer.after), {}
        yield at, reply(server, answer, to, made, at)
        yield from answers_of(server, answer.answers, made, at)


def publish(server: Server, post: Post, author: str, at: datetime) -> dict[str, Any]:
    body: dict[str, Any] = {"status": post.text, "language": "sv", "spoiler_text": post.warning}
    pictures = [
        server.ask("POST", "/v2/media", author, at, files={"file": draw(motif)}, data={"description": alt})
        for motif, alt in post.pictures
    ]
    if pictures:
        body["media_ids"] = [picture["id"] for picture in pictures]
    if post.poll:
        body["poll"] = {"options": list(post.poll), "expires_in": WEEK}
    return server.ask("POST", "/v1/statuses", author, at, json=body)


def reply(
    server: Server, answer: Reply, to: dict[str, Any], made: dict[str, Any], at: datetime
) -> Callable[[], object]:
    def do() -> None:
        body = {"status": f"@{to['account']['acct']} {answer.text}", "in_reply_to_id": to["id"], "language": "sv"}
        made.update(server.ask("POST", "/v1/statuses", answer.who or ACCOUNT, at, json=body))

    return do


def later(server: Server, path: Callable[[str], str], what: str, who: str, at: datetime) -> Callable[[], object]:
    return lambda: server.ask("POST", path(what), who, at)


def vote(server: Server, made: dict[str, Any], who: str, choice: int, at: datetime) -> Callable[[], object]:
    return lambda: server.ask("POST", f"/v1/polls/{made['poll']['id']}/votes", who, at, json={"choices": [choice]})
