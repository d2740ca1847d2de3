"""The truth that the fake Graph tells: one Facebook page and one Instagram account of Exempelvik. No HTTP here.

Everything is a `Node` with values and edges, made once from the numbers given; the same numbers give the same nodes
and bytes on any machine. Changes: `add_post`, `add_comment`, `edit`, `delete`.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from .pictures import picture
from .world import REPLIES, WHAT, WHEN, WHO, File, _place

NAME = "exempelvik"
PAGE, OTHER_PAGE, INSTAGRAM, STRANGER = "104512345678901", "109999999999999", "17841400000000001", "17841400000000099"
END = datetime(2026, 11, 20, 8, 15, tzinfo=UTC)  # the newest post
NOW = datetime(2026, 12, 1, 3, 0, tzinfo=UTC)  # what stories and events are past or future to
PARENTS = (None, 0, None, 0, 3, None, 5, None)  # a family of eight comments: who answers whom, three deep
KINDS = ("LIKE", "LIKE", "LOVE", "LIKE", "WOW", "HAHA", "SAD", "ANGRY", "CARE")
RENDITIONS = (("o", 2048, 1536), ("m", 720, 540), ("s", 130, 97))  # name, width, height; the largest first
FILM, PHOTO = ("AdVideo", "videos"), ("Photo", "photos")
NAMELESS = {"StoryAttachment", "Recommendation", "VideoCaption"}  # kinds that show no id

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Ref:
    """Another node, as a value."""

    id: str


@dataclass(frozen=True, slots=True)
class Link:
    """A link to a file, signed anew at every reading. `rendition` o is the original."""

    file: str
    rendition: str = "o"


@dataclass(slots=True)
class Node:
    """Anything with an id. A value may be plain, a Ref, a Link, or a function of no arguments.

    `raw` is an object as it was recorded: it is given as it is.
    """

    id: str
    kind: str  # a class of facebook-business, or one of graph_schema.FREE
    made: datetime
    values: Json = field(default_factory=dict)
    edges: dict[str, list[str]] = field(default_factory=dict)
    gone: bool = False
    raw: Json | None = None


@dataclass(kw_only=True)
class GraphWorld:
    """How much there is. `side` says whose ids `post_ids`, `thread_ids` and `comment_ids` give.

    `span_days`: the posts lie evenly in so many days before END. `longest`: comments in the first thread of a post.
    """

    side: Literal["facebook", "instagram"] = "facebook"
    posts: int = 100
    threads: int = 12
    comments: int = 70
    longest: int = 0
    photos: int = 30
    largest_album: int = 6
    videos: int = 3
    reels: int = 2
    stories: int = 4
    events: int = 5
    ratings: int = 3
    visitors: int = 4
    tagged: int = 3
    span_days: int = 7 * 365
    media_bytes: int = 2_000
    media: int = 40
    media_threads: int = 8
    media_comments: int = 50
    media_longest: int = 0
    flagged: bool = False  # whether one Instagram item is held back for copyright: no media_url
    seed: int = 1
    nodes: dict[str, Node] = field(default_factory=dict, repr=False)
    files: dict[str, File] = field(default_factory=dict, repr=False)
    talk: dict[str, list[str]] = field(default_factory=dict, repr=False)  # object: its comments, oldest first
    above: dict[str, str | None] = field(default_factory=dict, repr=False)  # comment: what it answers, if a comment
    below: dict[str, list[str]] = field(default_factory=dict, repr=False)  # comment: what answers it
    lists: dict[str, list[str]] = field(default_factory=dict, repr=False)  # what is what, oldest first
    paging: Json | None = None  # of what was recorded

    def __post_init__(self) -> None:
        self.lists = {name: [] for name in LISTS}
        self._people()
        self._posts()
        self._films()
        self._others()
        self._instagram()
        for ids in self.lists.values():
            ids.sort(key=self._time_of)
        self._talks()

    # What there is

    def node(self, id: str) -> Node:
        """The node of an id. KeyError if it is gone or never was."""
        node = self.nodes[id]
        if node.gone:
            raise KeyError(id)
        return node

    def has(self, id: str) -> bool:
        return id in self.nodes and not self.nodes[id].gone

    def living(self, ids: Iterable[str]) -> list[Node]:
        return [node for id in ids if not (node := self.nodes[id]).gone]

    def ids(self, name: str) -> list[str]:
        """Ids of one list of LISTS that are still there, oldest first."""
        return [node.id for node in self.living(self.lists[name])]

    def post_ids(self) -> Iterator[str]:
        """Everything that the account itself published (hidden and expired too), oldest first."""
        return iter(self.ids("posts" if self.side == "facebook" else "media"))

    def thread_ids(self) -> Iterator[str]:
        """Ids of posts (on Instagram: media) that have comments, oldest first."""
        return (id for id in self.post_ids() if self.comments_of(id))

    def comment_ids(self) -> Iterator[str]:
        """All comments and replies that can be reached, thread by thread, oldest first, each once."""
        kind = "Comment" if self.side == "facebook" else "IGComment"
        objects = (id for id in [*self.post_ids(), *self.nodes] if self.has(id))
        met = dict.fromkeys(id for object in objects for id in self.comments_of(object))
        return (id for id in met if self.nodes[id].kind == kind)

    def comments_of(self, object: str) -> list[str]:
        """Ids of all comments and replies of one object that can be reached, oldest first."""
        return [id for id in self.talk.get(object, ()) if self.reached(id)]

    def reached(self, comment: str | None) -> bool:
        """Whether a comment and all that it answers are there: replies to what was deleted go with it."""
        return comment is None or (self.has(comment) and self.reached(self.above[comment]))

    def photo_ids(self, album: str | None = None) -> list[str]:
        """Ids of the page's photos, or of those of one album, oldest first."""
        if album is None:
            return self.ids("photos")
        return [node.id for node in self.living(self.nodes[album].edges["photos"])]

    def media_sha256(self) -> dict[str, str]:
        """Id of a photo, film or Instagram item whose file can be had: SHA-256 of the original, in hex."""
        own = (
            ("photos", "videos", "reels", "story_media")
            if self.side == "facebook"
            else ("media", "children", "igstories")
        )
        return {
            id: hashlib.sha256(self.data(id, "o")).hexdigest()
            for name in own
            for id in self.ids(name)
            if id in self.files and (name != "igstories" or self.nodes[id].made > NOW - timedelta(hours=24))
        }

    def data(self, file: str, rendition: str) -> bytes:
        """The bytes of a file: its original (o), or a smaller one."""
        there = self.files[file]
        if there.extension == "srt":
            return b"1\n00:00:00,000 --> 00:00:02,000\nV\xc3\xa4lkommen till Exempelvik\n"
        size = self.media_bytes if rendition == "o" else max(100, self.media_bytes // 10)
        return picture(self.extension(file, rendition), f"{self.seed}/{file}/{rendition}", size)

    def extension(self, file: str, rendition: str) -> str:
        own = self.files[file].extension
        return own if rendition == "o" or own == "srt" else "jpg"

    # Changes

    def add_post(self, text: str, photos: int = 0) -> str:
        """One more post (on Instagram: an image) newest of all; its id."""
        if self.side == "instagram":
            last = self.nodes[self.lists["media"][-1]].made
            return self._media(len(self.lists["media"]), max(last, END) + timedelta(hours=1), text)
        last = self.nodes[self.lists["posts"][-1]].made
        self.lists["feed"].append(
            self._post(len(self.lists["posts"]), max(last, END) + timedelta(hours=1), photos, text)
        )
        return self.lists["feed"][-1]

    def add_comment(self, parent: str) -> str:
        """Let a stranger answer an object or a comment; the answer's id."""
        object = next((o for o, ids in self.talk.items() if parent in ids), parent)
        own = parent if parent in self.above else None
        return self._comment(object, len(self.talk.get(object, ())), own)

    def edit(self, id: str, text: str) -> None:
        """Change a text. Graph keeps no history: only updated_time tells."""
        node = self.node(id)
        name = next(name for name in ("message", "caption", "text", "name", "description") if name in node.values)
        node.values[name] = text
        if "updated_time" in node.values:
            node.values["updated_time"] = stamp(max(node.made, END) + timedelta(hours=2))

    def delete(self, id: str) -> None:
        """Take something away. Replies to it can no longer be reached."""
        self.node(id).gone = True

    def record(self, platform: str, kind: str, objects: list[Json], paging: Json | None = None) -> None:
        """Put recorded objects in the place of posts, comments or media; nothing else is left in this world.

        Posts become the page's, comments those of the oldest post or Instagram item, media the page's photos or films,
        or what is on Instagram. `paging` is what was recorded with them.
        """
        first = self.lists["posts" if platform == "facebook" else "media"][0]
        for node in list(self.nodes.values()):
            node.gone = node.kind not in ("Page", "IGUser", "User") and not (kind == "comments" and node.id == first)
        made, place = {
            ("facebook", "posts"): ("PagePost", "posts"),
            ("facebook", "comments"): ("Comment", ""),
            ("facebook", "media"): FILM if any("embed_html" in one or "length" in one for one in objects) else PHOTO,
            ("instagram", "comments"): ("IGComment", ""),
            ("instagram", "media"): ("IGMedia", "media"),
        }[platform, kind]
        ids = []
        for n, object in enumerate(objects):
            id = str(object.get("id", ""))
            if not id or id in ids:
                id = f"{id} ({n})"
            ids.append(id)
            self.nodes[id] = Node(id, made, END - timedelta(hours=n), raw=object)
            self.above[id], self.below[id] = None, []
        self.paging = paging
        if place:
            self.lists[place] = ids[::-1]
        else:
            self.talk = {first: ids}
        if place == "posts":
            self.lists["feed"] = ids[::-1]

    # How it is made

    def _add(self, id: str, kind: str, made: datetime, *lists: str, **values: Any) -> Node:
        shown = {} if kind in NAMELESS else {"id": id}
        node = self.nodes[id] = Node(id, kind, made, shown | values)
        for name in lists:
            self.lists[name].append(id)
        return node

    def _file(self, id: str, extension: str = "jpg", alt: str | None = None) -> str:
        self.files[id] = File(id=id, number=len(self.files), extension=extension, alt=alt)
        return id

    def _people(self) -> None:
        start = END - timedelta(days=self.span_days)
        for file in ("face", "cover", "iface"):
            self._file(file)
        website = {"website": "https://exempelvik.example/", "name": "Exempelviks stadsdelsförvaltning"}
        self._add(
            PAGE,
            "Page",
            start,
            **website,
            username=NAME,
            link=f"https://www.facebook.com/{NAME}",
            about="Stadsdelen vid ån. Påhittad.",
            description="Här svarar vi vardagar 8–16.",
            category="Government Organization",
            category_list=[{"id": "147714868971098", "name": "Public & Government Service"}],
            emails=["registrator@exempelvik.example"],
            phone="+46 31 000 00 00",
            location={"city": "Exempelvik", "country": "Sweden", "street": "Ågatan 1", "zip": "000 01"},
            fan_count=1234,
            followers_count=1301,
            rating_count=lambda: len(self.ids("ratings")),
            overall_star_rating=4.2,
            is_published=True,
            has_transitioned_to_new_page_experience=True,
            cover={"cover_id": "cover", "id": "cover", "offset_x": 50, "offset_y": 50, "source": Link("cover")},
            instagram_business_account=Ref(INSTAGRAM),
        )
        self._add(OTHER_PAGE, "Page", start, name="Grannvik", username="grannvik")
        for n in range(97):
            self._add(person(n), "User", start, name=f"Granne {n}")
        self._add(
            INSTAGRAM,
            "IGUser",
            start,
            **website,
            username=NAME,
            ig_id=45_000_001,
            biography="Stadsdelen vid ån.",
            followers_count=815,
            follows_count=12,
            media_count=lambda: len(self.ids("media")),
            profile_picture_url=Link("iface"),
        )
        self._add(STRANGER, "IGUser", start, name="Granne", username="granne1")

    def _posts(self) -> None:
        for name, type in (("Timeline photos", "wall"), ("Profile pictures", "profile"), ("Höstlov vid ån", "normal")):
            self._album(f"5{len(self.lists['albums']):02}0001", name, type)
        loose = min(3, self.photos // 5)
        singles = min(self.posts // 4, (self.photos - loose) // 2)
        rest = self.photos - loose - singles
        largest = min(self.largest_album, rest)
        sets = min(self.posts // 8, (rest - largest) // 2)
        step = timedelta(seconds=self.span_days * 86_400 // max(self.posts, 1))
        for i in range(self.posts):
            photos = 0
            if i % 4 == 0 and i // 4 < singles:
                photos = 1
            elif i == 3:
                photos = largest
            elif i % 8 == 6 and i // 8 < sets:
                photos = (rest - largest) // sets + (i // 8 < (rest - largest) % sets)
            self._post(i, END - step * (self.posts - 1 - i), photos)
        for n in range(loose):  # uploaded to an album, and never posted
            self._photo(f"90000{n:04}", END - timedelta(days=30 + n), self.lists["albums"][2], None)

    def _album(self, id: str, name: str, type: str) -> None:
        made = END - timedelta(days=self.span_days)
        node = self._add(id, "Album", made, "albums", name=name, type=type, created_time=stamp(made))
        node.edges["photos"] = []
        count = lambda: len(self.photo_ids(id))  # noqa: E731 - one count under two names
        node.values |= {
            "count": count,
            "photo_count": count,
            "video_count": 0,
            "from": Ref(PAGE),
            "privacy": "everyone",
            "link": f"https://www.facebook.com/media/set/?set=a.{id}",
            "updated_time": stamp(END),
        }
        if type == "normal":
            node.values["description"] = "Bilder från höstlovet"

    def _photo(self, id: str, made: datetime, album: str, post: str | None) -> Node:
        number = len(self.files)
        alt = None if number % 7 == 3 else f"Bild {number}: {WHO[number % len(WHO)]} Exempelvik, sedd från ån"
        self._file(id, alt=alt)
        node = self._add(
            id,
            "Photo",
            made,
            "photos",
            created_time=stamp(made),
            updated_time=stamp(made),
            album=Ref(album),
            images=[{"height": h, "source": Link(id, name), "width": w} for name, w, h in RENDITIONS],
            height=RENDITIONS[0][2],
            width=RENDITIONS[0][1],
            picture=Link(id, "s"),
            link=f"https://www.facebook.com/{NAME}/photos/a.{album}/{id}/?type=3",
        )
        node.values["from"] = Ref(PAGE)
        if alt:
            node.values |= {"alt_text": alt, "alt_text_custom": alt}
        if number % 3:
            node.values["name"] = f"Foto {number}"
        if post:
            node.values["page_story_id"] = post
        self.nodes[album].edges["photos"].append(id)
        return node

    def _post(self, i: int, made: datetime, photos: int, text: str | None = None) -> str:
        number = f"7{i:07}"
        id = f"{PAGE}_{number}"
        message = self._text(i) if text is None else text
        post = self._add(
            id,
            "PagePost",
            made,
            "posts",
            created_time=stamp(made),
            updated_time=stamp(made),
            message=message,
            permalink_url=f"https://www.facebook.com/{NAME}/posts/{number}",
            status_type="added_photos" if photos else "mobile_status_update",
            is_published=True,
            is_hidden=i % 33 == 5,
            is_expired=i % 49 == 7,
            timeline_visibility="hidden" if i % 33 == 5 else "normal",
            privacy={"allow": "", "deny": "", "description": "Public", "friends": "", "value": "EVERYONE"},
            actions=[{"name": "Comment", "link": f"https://www.facebook.com/{number}"}],
            shares=lambda: {"count": n} if (n := mix(id) % 5) else None,
        )
        post.values["from"] = Ref(PAGE)
        if text is None and i % 9 in (2, 4):
            tag = {"id": OTHER_PAGE, "length": 10, "name": WHO[0], "offset": 0, "type": "page"}
            post.values["message_tags"] = [tag] if i % 9 == 2 else {"0": [tag]}
        if i % 14 == 10:
            del post.values["message"]
            post.values["story"] = "Exempelviks stadsdelsförvaltning uppdaterade sin information."
        album = self.lists["albums"][0 if photos < 2 or i != 3 else 2]
        made_photos = [self._photo(f"8{i:06}{n:03}", made, album, id).id for n in range(photos)]
        if photos == 1:
            self.talk[made_photos[0]] = self.talk.setdefault(id, [])  # one picture: its thread is the post's
        post.edges["attachments"] = self._attachments(post, made_photos)
        if mix(id) % 5 and i % 6 == 1:
            self._shared(post, i)
        return id

    def _shared(self, post: Node, i: int) -> None:
        made = post.made + timedelta(hours=5)
        shared = self._add(
            f"{person(i % 97)}_6{i:07}", "Post", made, created_time=stamp(made), message="Delar!", parent_id=post.id
        )
        shared.values["from"] = Ref(person(i % 97))
        post.edges["sharedposts"] = [shared.id]

    def _attachments(self, post: Node, photos: list[str]) -> list[str]:
        if photos:
            post.values["full_picture"] = Link(photos[0], "m")
        number = post.id.rpartition("_")[2]
        if len(photos) > 1:
            inner = [self._attachment(f"{number}/{n}", post.made, photo).id for n, photo in enumerate(photos)]
            place = f"https://www.facebook.com/media/set/?set=pcb.{number}"
            whole = self._attachment(number, post.made, photos[0], type="album", target={"id": number, "url": place})
            whole.values |= {"url": place, "title": "Photos from Exempelvik's post"}
            whole.edges["subattachments"] = inner
            return [whole.id]
        if photos:
            return [self._attachment(number, post.made, photos[0]).id]
        if int(number) % 8 == 2:
            url = f"https://exempelvik.example/nyheter/{number}?a=1&b=2"
            self._add(
                number, "StoryAttachment", post.made, type="share", title="Nyhet", description="Läs mer", url=url
            ).values |= {"target": {"url": url}, "unshimmed_url": url}
            return [number]
        return []

    def _attachment(self, id: str, made: datetime, file: str, **more: Any) -> Node:
        url = f"https://www.facebook.com/{NAME}/photos/{file}"
        name, width, height = RENDITIONS[1]
        media = {"image": {"height": height, "src": Link(file, name), "width": width}}
        values = {"type": "photo", "media": media, "url": url, "target": {"id": file, "url": url}, "title": ""}
        node = self._add(id, "StoryAttachment", made, **values | more)
        if alt := self.files[file].alt:
            node.values["description"] = alt
        return node

    def _films(self) -> None:
        """Films with a post each, reels without, stories of both kinds."""
        plain = [id for id in self.lists["posts"] if not self.nodes[id].edges["attachments"]]
        for n in range(min(self.videos, len(plain))):
            post = self.nodes[plain[_place(n, len(plain), self.videos)]]
            film = self._film(f"6600{n:05}", post.made, "videos")
            film.values |= {"post_id": post.id.rpartition("_")[2]}
            number = f"{post.id.rpartition('_')[2]}/film"
            shown = self._attachment(number, post.made, film.id, type="video_inline")
            shown.values["media"] = shown.values["media"] | {"source": Link(film.id)}
            post.edges["attachments"] = [shown.id]
            post.values["status_type"] = "added_video"
            self.talk[film.id] = self.talk.setdefault(post.id, [])
        for n in range(self.reels):
            self._film(f"6700{n:05}", END - timedelta(days=20 * n + 1), "reels")
        for n in range(self.stories):
            living = n >= self.stories - 1
            made = NOW - timedelta(hours=3) if living else END - timedelta(days=9 * (self.stories - n))
            if n % 2:
                media, type = self._film(f"6800{n:05}", made, "story_media").id, "video"
            else:
                media, type = self._photo(f"6810{n:05}", made, self.lists["albums"][0], None).id, "photo"
                self.nodes[self.lists["albums"][0]].edges["photos"].remove(media)
                self.lists["photos"].remove(media)
                self.lists["story_media"].append(media)
            post = f"6900{n:05}"
            self._add(
                post,
                "Stories",
                made,
                "stories",
                post_id=post,
                status="PUBLISHED" if living else "ARCHIVED",
                creation_time=str(int(made.timestamp())),
                media_type=type,
                media_id=media,
                url=f"https://facebook.com/stories/{PAGE}/{post}",
            )

    def _film(self, id: str, made: datetime, *lists: str) -> Node:
        self._file(id, "mp4")
        film = self._add(
            id,
            "AdVideo",
            made,
            *lists,
            created_time=stamp(made),
            updated_time=stamp(made),
            title=f"Film {id}",
            description="Simhallen öppnar igen",
            length=61.5,
            source=Link(id),
            permalink_url=f"/{NAME}/videos/{id}/",
            picture=Link(id, "m"),
            published=True,
            status={"video_status": "ready"},
            privacy={"allow": "", "deny": "", "description": "Public", "friends": "", "value": "EVERYONE"},
            views=77,
            format=[
                {
                    "embed_html": "<iframe></iframe>",
                    "filter": "native",
                    "height": 720,
                    "picture": Link(id, "m"),
                    "width": 1280,
                }
            ],
        )
        film.values["from"] = Ref(PAGE)
        thumbs = [
            self._add(
                f"{id}{n}",
                "VideoThumbnail",
                made,
                height=720,
                width=1280,
                scale=1,
                is_preferred=n == 1,
                uri=Link(id, "ms"[n]),
            ).id
            for n in range(2)
        ]
        film.edges["thumbnails"] = thumbs
        caption = self._file(f"{id}-sv", "srt")
        self._add(
            caption, "VideoCaption", made, create_time=stamp(made), locale="sv_SE", is_default=True, uri=Link(caption)
        ).values |= {"is_auto_generated": False, "locale_name": "Swedish"}
        film.edges["captions"] = [caption]
        return film

    def _others(self) -> None:
        """Events, ratings, what visitors wrote, and where others tagged the page."""
        for n in range(self.events):
            start = NOW + timedelta(days=14) if n == self.events - 1 else NOW - timedelta(days=60 * (n + 1))
            local = (start + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%S+0100")
            event = self._add(
                f"3300{n:05}",
                "Event",
                start,
                "events",
                name=f"Öppet hus {n}",
                description="Fika och rundtur.",
                start_time=local,
                end_time=(start + timedelta(hours=4)).strftime("%Y-%m-%dT%H:%M:%S+0100"),
                place={"name": "Kulturhuset", "id": "3310", "location": {"city": "Exempelvik", "country": "Sweden"}},
                is_canceled=n == 1,
                is_draft=False,
                is_online=False,
                attending_count=12 + n,
                interested_count=40 + n,
                declined_count=1,
                maybe_count=40 + n,
                noreply_count=0,
                owner=Ref(PAGE),
                timezone="Europe/Stockholm",
                updated_time=stamp(END),
                cover={"id": "cover", "offset_x": 0, "offset_y": 50, "source": Link("cover")},
            )
            if n == 0 and self.lists["posts"]:
                self._share_event(event)
        for n in range(self.ratings):
            made = END - timedelta(days=40 * n)
            review = {"review_text": "Trevligt bemötande i receptionen."} if n != 1 else {}
            self._add(
                f"rating {n}",
                "Recommendation",
                made,
                "ratings",
                created_time=stamp(made),
                has_rating=False,
                has_review=bool(review),
                recommendation_type="negative" if n == 1 else "positive",
                reviewer=Ref(person(n)),
                open_graph_story=Ref(f"2200{n:05}"),
                **review,
            )
            self._add(f"2200{n:05}", "OpenGraphStory", made, start_time=stamp(made), type="sellers.rates")
        for name, count, first in (("visitor_posts", self.visitors, 5_000_000), ("tagged", self.tagged, 6_000_000)):
            for n in range(count):
                made = END - timedelta(days=17 * n + 2)
                whose = PAGE if name == "visitor_posts" else person(n)
                post = self._add(
                    f"{whose}_{first + count - n}",
                    "PagePost",
                    made,
                    name,
                    created_time=stamp(made),
                    updated_time=stamp(made),
                    message=f"Lampan vid gångbron är trasig ({n})",
                    permalink_url=f"https://www.facebook.com/{first + n}",
                    is_hidden=False,
                    is_expired=False,
                    is_published=True,
                )
                if n != 1:
                    post.values["from"] = Ref(person(n))
        self.lists["feed"] = [id for name in ("posts", "visitor_posts", "tagged") for id in self.lists[name]]

    def _share_event(self, event: Node) -> None:
        post = self.nodes[next(id for id in self.lists["posts"] if not self.nodes[id].edges["attachments"])]
        url = f"https://www.facebook.com/events/{event.id}/"
        number = f"{post.id.rpartition('_')[2]}/event"
        target = {"id": event.id, "url": url}
        self._add(
            number, "StoryAttachment", post.made, type="event", title=event.values["name"], url=url, target=target
        )
        post.edges["attachments"] = [number]
        post.values |= {"event": Ref(event.id), "status_type": "created_event"}

    def _time_of(self, id: str) -> datetime:
        return self.nodes[id].made

    def _instagram(self) -> None:
        step = timedelta(seconds=self.span_days * 86_400 // max(self.media, 1))
        for i in range(self.media):
            self._media(i, END - step * (self.media - 1 - i))
        for n in range(3):
            made = NOW - timedelta(hours=(40, 20, 3)[n])  # the first is no longer shown
            self._item(f"17950000000000{n:03}", made, "igstories", "IMAGE", "STORY", file=True)
        for n in range(2):
            made = END - timedelta(days=n + 1)
            node = self._item(f"17960000000000{n:03}", made, "igtags", "IMAGE", "FEED", file=True)
            node.values |= {"username": "granne1", "owner": Ref(STRANGER), "caption": f"Hos @{NAME} ({n})"}

    def _media(self, i: int, made: datetime, text: str | None = None) -> str:
        type, product = (("IMAGE", "FEED"), ("CAROUSEL_ALBUM", "FEED"), ("VIDEO", "REELS"))[
            0 if text else (0, 0, 1, 2, 0)[i % 5]
        ]
        id = f"1790000{i:010}"
        node = self._item(id, made, "media", type, product, file=type != "CAROUSEL_ALBUM")
        node.values["caption"] = self._text(i + 1000) if text is None else text
        if text is None and i % 11 == 6:
            del node.values["caption"]
        node.values |= {
            "comments_count": lambda: len(self.comments_of(id)),
            "total_comments_count": lambda: len(self.comments_of(id)),
            "like_count": mix(id) % 30,
            "is_comment_enabled": True,
        }
        if type == "CAROUSEL_ALBUM":
            children = [
                self._item(f"1791{i:010}{n:03}", made, "children", "VIDEO" if n == 2 else "IMAGE", "FEED", file=True).id
                for n in range(3)
            ]
            node.edges["children"] = children
            node.values["media_url"] = Link(children[0])
        if self.flagged and i == 5:
            del node.values["media_url"]
            del self.files[id]
        return id

    def _item(self, id: str, made: datetime, list: str, type: str, product: str, *, file: bool) -> Node:
        code = f"C{id[-10:]}"
        node = self._add(
            id,
            "IGMedia",
            made,
            list,
            timestamp=stamp(made),
            media_type=type,
            media_product_type=product,
            permalink=f"https://www.instagram.com/{'reel' if product == 'REELS' else 'p'}/{code}/",
            shortcode=code,
            ig_id=id[-9:],
            username=NAME,
            owner=Ref(INSTAGRAM),
        )
        if file:
            number = len(self.files)
            alt = f"Instagrambild {number}" if type == "IMAGE" and number % 3 else None
            self._file(id, "mp4" if type == "VIDEO" else "jpg", alt)
            node.values["media_url"] = Link(id)
            if alt:
                node.values["alt_text"] = alt
            if type == "VIDEO":
                node.values["thumbnail_url"] = Link(id, "m")
        return node

    def _talks(self) -> None:
        """Threads on posts; from eight on also on a photo in an album, an album, a reel, an event and a rating."""
        odd = []
        if self.threads >= 8:
            inside = [
                id for id in self.lists["photos"] if id not in self.talk and "page_story_id" in self.nodes[id].values
            ]
            odd = [*inside[1:2], *self.lists["albums"][2:3], *self.lists["reels"][:1], *self.lists["events"][:1]]
            odd += [self.nodes[id].values["open_graph_story"].id for id in self.lists["ratings"][:1]]
        on = min(self.threads - len(odd), self.posts, self.comments)
        objects = [self.lists["posts"][_place(t, self.posts, on)] for t in range(on)] + odd
        self._spread(objects, self.comments, self.longest)
        count = min(self.media_threads, self.media, self.media_comments)
        medias = [self.lists["media"][_place(t, self.media, count)] for t in range(count)]
        self._spread(medias, self.media_comments, self.media_longest)

    def _spread(self, objects: list[str], comments: int, longest: int) -> None:
        if not objects:
            return
        rest = comments - longest
        each, more = divmod(rest, len(objects) - bool(longest) or 1)
        for t, object in enumerate(objects):
            count = longest if longest and t == 0 else each + (t - bool(longest) < more)
            for k in range(count):
                up = PARENTS[k % 8]
                self._comment(object, k, None if up is None else self.talk[object][k // 8 * 8 + up])

    def _comment(self, object: str, k: int, parent: str | None) -> str:
        on = self.nodes[object]
        made = on.made + timedelta(minutes=k + 1)
        text = f"{REPLIES[(k + self.seed) % len(REPLIES)]} ({k + 1})"
        if on.kind == "IGMedia" and parent:
            parent = self.above[parent] or parent  # Instagram is two deep
        id = (
            self._ig_comment(on, k, parent, made, text)
            if on.kind == "IGMedia"
            else self._fb_comment(on, k, parent, made, text)
        )
        self.talk.setdefault(object, []).append(id)
        self.above[id] = parent
        self.below[id] = []
        if parent:
            self.below[parent].append(id)
        return id

    def _ig_comment(self, on: Node, k: int, parent: str | None, made: datetime, text: str) -> str:
        id = f"1799{on.id[-9:]}{k:05}"
        who = NAME if k % 8 == 3 else f"granne{k % 97}"
        own = INSTAGRAM if who == NAME else f"1790{k % 97:04}"
        node = self._add(
            id,
            "IGComment",
            made,
            text=text,
            timestamp=stamp(made),
            username=who,
            like_count=k % 4,
            hidden=k % 17 == 7,
            media=Ref(on.id),
            legacy_instagram_comment_id=id,
        )
        node.values["from"] = {"id": own, "username": who}
        if parent:
            node.values["parent_id"] = parent
        return id

    def _fb_comment(self, on: Node, k: int, parent: str | None, made: datetime, text: str) -> str:
        number = on.id.rpartition("_")[2]
        id = f"{number}_4{mix(on.id) % 10_000:04}{k:05}"
        comment = self._add(
            id,
            "Comment",
            made,
            created_time=stamp(made),
            message=text,
            like_count=k % 3,
            comment_count=lambda: len(self.living(self.below[id])),
            is_hidden=k % 17 == 7,
            is_private=False,
            can_hide=True,
            can_comment=True,
            can_like=True,
            can_remove=True,
            object=Ref(on.id),
            permalink_url=f"https://www.facebook.com/{NAME}/posts/{number}?comment_id={id.rpartition('_')[2]}",
        )
        if parent:
            comment.values["parent"] = Ref(parent)
        if k % 11 != 4:
            comment.values["from"] = Ref(PAGE if k % 8 == 3 else person((mix(on.id) + k) % 97))
        if k % 10 in (2, 6):
            tag = {"id": PAGE, "length": 10, "name": NAME, "offset": 0, "type": "page"}
            comment.values["message_tags"] = [tag] if k % 10 == 2 else {"0": [tag]}
        if k % 13 == 5:
            file = self._file(f"44{mix(id):010}")
            self.lists["pictures"].append(file)
            url = f"https://www.facebook.com/photo.php?fbid={file}"
            image = {"height": 540, "src": Link(file), "width": 720}
            comment.values["attachment"] = {
                "media": {"image": image},
                "target": {"id": file, "url": url},
                "type": "photo",
                "url": url,
            }
        return id

    def reactions(self, id: str) -> list[tuple[str, str]]:
        """Who reacted to something, and how."""
        start = mix(id)
        return [(person((start + n) % 97), KINDS[(start + n) % len(KINDS)]) for n in range(start % 9)]

    def _text(self, i: int) -> str:
        number = i * 2_654_435_761 + self.seed * 40_503
        words = (WHO[number % len(WHO)], "Exempelvik", WHAT[number // 7 % len(WHAT)], WHEN[number // 31 % len(WHEN)])
        return " ".join(words) + f" Ärende {i}."


LISTS = (
    *("posts", "feed", "visitor_posts", "tagged", "albums", "photos", "videos", "reels", "stories", "story_media"),
    *("events", "ratings", "pictures", "media", "children", "igstories", "igtags"),
)


def person(n: int) -> str:
    return f"20000{n:05}"


def mix(text: str) -> int:
    return zlib.crc32(text.encode())


def stamp(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S+0000")
