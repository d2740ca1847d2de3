"""Chromium without a window, driven over a pipe (the DevTools protocol): what a page asked for, said and looks like."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.servers.policy import needed

_ARGUMENTS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-extensions", "--disable-dev-shm-usage",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", "--hide-scrollbars",
    "--allow-file-access-from-files=false",
    "--force-color-profile=srgb", "--remote-debugging-pipe", "about:blank",
)  # fmt: skip


@dataclass
class Seen:
    """A page that has been opened: the addresses it asked for, and what its console said."""

    browser: Browser
    asked: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def value(self, script: str) -> Any:
        """What a script gives that is run in the page from outside."""
        answer = self.browser.ask("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise AssertionError(json.dumps(answer["exceptionDetails"]))
        return answer["result"].get("value")

    def wait(self, script: str, seconds: float = 30) -> Any:
        """What an expression gives once that is truthy (True for an element): a page may build itself slowly."""
        until = time.monotonic() + seconds
        looked = f"(() => {{try {{const it = {script}; return it instanceof Node || it}} catch {{return null}}}})()"
        while not (found := self.value(looked)):
            if time.monotonic() > until:
                raise AssertionError(f"not within {seconds:.0f} s: {script}\n{self.value('document.body.innerText')}")
            time.sleep(0.1)
        return found

    def type(self, text: str) -> None:
        """Text into whatever has the focus."""
        self.browser.ask("Input.insertText", text=text)

    def press(self, key: str) -> None:
        """A key of the keyboard: Tab or Enter."""
        code = {"Tab": 9, "Enter": 13}[key]
        known: dict[str, Any] = {"key": key, "code": key, "windowsVirtualKeyCode": code}
        if key == "Enter":
            known["text"] = "\r"
        self.browser.ask("Input.dispatchKeyEvent", type="keyDown", **known)
        self.browser.ask("Input.dispatchKeyEvent", type="keyUp", **known)

    def picture(self, path: Path, whole: bool = False) -> None:
        shot = self.browser.ask("Page.captureScreenshot", captureBeyondViewport=whole)
        path.write_bytes(base64.b64decode(shot["data"]))


class Browser:
    """One Chromium with one page, used over and over."""

    def __init__(self, to: int, back: int) -> None:
        self._to, self._back, self._left, self._number, self._page = to, back, b"", 0, ""
        self._hear: Callable[[dict[str, Any]], None] = lambda event: None
        target = next(one for one in self.ask("Target.getTargets")["targetInfos"] if one["type"] == "page")
        self._page = self.ask("Target.attachToTarget", targetId=target["targetId"], flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Runtime", "Log"):
            self.ask(f"{domain}.enable")

    def open(self, file: Path, width: int = 1100, dark: bool = False, on_paper: bool = False) -> Seen:
        """Open a file from the disk and wait until it is there whole."""
        return self.visit(file.as_uri(), width, dark, on_paper)

    def visit(self, address: str, width: int = 1100, dark: bool = False, on_paper: bool = False) -> Seen:
        """Open an address of this machine and wait until it is there whole."""
        self.ask("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
        scheme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self.ask("Emulation.setEmulatedMedia", media="print" if on_paper else "screen", features=scheme)
        seen, done = Seen(self), list[bool]()

        def hear(event: dict[str, Any]) -> None:
            known = event["params"]
            if event["method"] == "Network.requestWillBeSent":
                seen.asked.append(known["request"]["url"])
            elif event["method"] == "Log.entryAdded":
                seen.said.append(f"{known['entry']['text']} {known['entry'].get('url', '')}")
            elif event["method"] in ("Runtime.consoleAPICalled", "Runtime.exceptionThrown"):
                seen.said.append(json.dumps(known))
            elif event["method"] == "Page.javascriptDialogOpening":
                seen.said.append(f"dialog: {known['message']}")
            elif event["method"] == "Page.loadEventFired":
                done.append(True)

        self.ask("Log.clear")
        self._hear = hear
        self.ask("Page.navigate", url=address)
        while not done:
            self._receive()
        return seen

    def ask(self, method: str, **known: Any) -> Any:
        self._number += 1
        message = {"id": self._number, "method": method, "params": known}
        if self._page:
            message["sessionId"] = self._page
        os.write(self._to, json.dumps(message).encode() + b"\0")
        while (answer := self._receive()).get("id") != self._number:
            pass
        if "error" in answer:
            raise AssertionError(f"{method}: {answer['error']}")
        return answer["result"]

    def _receive(self) -> dict[str, Any]:
        while b"\0" not in self._left:
            block = os.read(self._back, 2**16)
            if not block:
                raise AssertionError("Chromium has gone away")
            self._left += block
        one, _, self._left = self._left.partition(b"\0")
        message: dict[str, Any] = json.loads(one)
        if "method" in message:
            self._hear(message)
        return message


@contextmanager
def chromium(folder: Path) -> Iterator[Browser]:
    """A Chromium of Debian's; its profile in `folder`."""
    if (program := shutil.which("chromium")) is None:
        needed("Debian's package chromium is not installed")
    hers, ours = os.pipe()
    back, theirs = os.pipe()
    command = ["bash", "-c", f'exec "$0" "$@" 3<&{hers} 4>&{theirs}', program, f"--user-data-dir={folder}", *_ARGUMENTS]
    with subprocess.Popen(
        command, pass_fds=(hers, theirs), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        os.close(hers)
        os.close(theirs)
        try:
            yield Browser(ours, back)
        finally:
            process.terminate()
            process.wait(20)
            os.close(ours)
            os.close(back)
