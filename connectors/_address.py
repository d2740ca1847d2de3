"""Addresses that strangers write: read in one way, told without what may be secret in them, and known for private."""

import ipaddress
import re
import socket
import unicodedata
from collections.abc import Mapping
from typing import Any
from urllib.parse import SplitResult, parse_qsl, urlencode, urljoin, urlsplit

from connectors._scrub import NAMES

_UNSAFE = re.compile(r"[\x00-\x1f\x7f\\\ud800-\udfff]")  # no address has them, and not all libraries read them alike
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # holds an IPv4 address in its last 32 bits


def with_params(url: str, params: Mapping[str, str]) -> str:
    return f"{url}{'&' if '?' in url else '?'}{urlencode(params)}" if params else url


def without_keys(url: str) -> str:
    """A next link without the key that some platforms put into it: it is sent in a header, and nowhere else."""
    there = parts_of(url)
    held = parse_qsl(there.query, keep_blank_values=True)
    kept = [(name, value) for name, value in held if name not in NAMES]
    return there._replace(query=urlencode(kept)).geturl() if len(kept) < len(held) else url


def origin(url: Any) -> tuple[str, str]:
    return url.scheme, url.netloc.lower()


def parts_of(url: str) -> SplitResult:
    """The address in its parts; all of them empty where libraries might not agree on what they are."""
    try:
        there = urlsplit("" if _UNSAFE.search(url) else url)
        return there if there.port != 0 else urlsplit("")  # asking for the port checks it
    except ValueError:
        return urlsplit("")


def joined(base: str, link: str) -> str:
    """Where a link leads; the link itself where it cannot be read, so that it is refused under its own name."""
    try:
        return urljoin(base, link)
    except ValueError:
        return link


def short(url: str) -> str:
    """The address without its query: that may hold a key."""
    there = parts_of(url)
    where = f"{there.scheme}://{there.hostname}{f':{there.port}' if there.port else ''}{there.path}"
    return where if there.hostname else "an address that cannot be read"


def private(host: str) -> bool:
    """Whether a host is a private address in any way of writing it, or a name that only a private network knows."""
    host = unicodedata.normalize("NFKC", host).replace("\u3002", ".").lower().strip("[]").rstrip(".")
    if "." not in host and ":" not in host:  # localhost, intranet, 2130706433
        return True
    if host.endswith((".localhost", ".internal", ".local", ".home.arpa")):
        return True
    try:
        there = ipaddress.ip_address(host)
    except ValueError:
        try:
            there = ipaddress.IPv4Address(socket.inet_aton(host))  # 127.1, 0x7f.0.0.1: libraries take them
        except (OSError, ValueError):
            return False
    if isinstance(there, ipaddress.IPv6Address):
        nat64 = ipaddress.IPv4Address(int(there) & 0xFFFFFFFF) if there in _NAT64 else None
        there = there.ipv4_mapped or there.sixtofour or nat64 or there
    return there.is_multicast or not there.is_global
