"""A tree of hashes over many things (RFC 6962, section 2.1): one root for all, and a short proof for each.

    leaf    SHA-256(byte 0 + the thing)
    node    SHA-256(byte 1 + left + right); the left side holds the largest power of two that is less than all of it
    root    the topmost node; of nothing, SHA-256 of nothing
"""

from collections.abc import Iterable, Sequence
from hashlib import sha256


def leaf(data: bytes) -> bytes:
    """The hash of one thing: 32 bytes."""
    return sha256(b"\0" + data).digest()


def root(leaves: Iterable[bytes]) -> bytes:
    """The root over leaves' hashes that come one by one: 32 bytes. As many are held as the number of them has bits."""
    stack: list[tuple[int, bytes]] = []  # how many leaves, and their hash: sizes fall, so it stays short
    for each in leaves:
        stack.append((1, each))
        while len(stack) > 1 and stack[-1][0] == stack[-2][0]:
            _join(stack)
    while len(stack) > 1:
        _join(stack)
    return stack[0][1] if stack else sha256(b"").digest()


def proof(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """The hashes that lead from one leaf to the root, from below. IndexError where there is no such leaf."""
    if not 0 <= index < len(leaves):
        raise IndexError(f"there are {len(leaves)} leaves, and none is number {index} from 0")
    if len(leaves) == 1:
        return []
    half = 1 << (len(leaves) - 1).bit_length() - 1
    if index < half:
        return [*proof(leaves[:half], index), root(leaves[half:])]
    return [*proof(leaves[half:], index - half), root(leaves[:half])]


def verify(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether the leaf is number `index` of `size` under the root. Source: RFC 9162, section 2.1.3.2."""
    if not 0 <= index < size:
        return False
    at, last, found = index, size - 1, leaf
    for other in proof:
        if last == 0:
            return False
        if at % 2 or at == last:
            found = _node(other, found)
            while at % 2 == 0 and at:
                at, last = at >> 1, last >> 1
        else:
            found = _node(found, other)
        at, last = at >> 1, last >> 1
    return last == 0 and found == root


def _join(stack: list[tuple[int, bytes]]) -> None:
    (more, right), (some, left) = stack.pop(), stack.pop()
    stack.append((some + more, _node(left, right)))


def _node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\1" + left + right).digest()
