"""The four errors, named for what their reader has to do, and one for input that cannot be used at all.

What is missing from an archive is data (`Gap`), not an error.
"""

from collections.abc import Sequence


class ArsringError(Exception):
    """One sentence that says what, where and how much, and what to do. `status` is the command's exit status.

    `code`: what the store itself called it, where it was a store's answer.
    """

    status = 3
    code = ""


class TryLater(ArsringError):
    """Wait `after` seconds and run again: nothing taken is lost, and only the rest is asked for."""

    status = 5

    def __init__(self, message: str, after: float) -> None:
        super().__init__(message)
        self.after = after

    def __reduce__(self) -> tuple[type["TryLater"], tuple[str, float]]:
        return type(self), (str(self), self.after)


class NotAllowed(ArsringError):
    """A person must renew a key, a role or a permission; the message says which."""

    status = 4


class NotThere(NotAllowed):
    """The platform says that the account itself is not there: closed, renamed or suspended."""


class NotUnderstood(ArsringError):
    """The platform answered in a way the connector does not know: the connector must be mended."""


class TooMuch(NotUnderstood):
    """The platform asks for less at once: a smaller page, fewer fields."""


class NotWhole(ArsringError):
    """What was taken is not what there is. Never deliver it unsigned."""


class BadInput(ArsringError):
    """What a person gave cannot be used. `faults` has every fault, one sentence each."""

    status = 2

    def __init__(self, message: str, faults: Sequence[str] = ()) -> None:
        super().__init__("\n".join([message, *(f"  - {fault}" for fault in faults)]))
        self.message, self.faults = message, tuple(faults)

    def __reduce__(self) -> tuple[type["BadInput"], tuple[str, tuple[str, ...]]]:
        return type(self), (self.message, self.faults)
