"""A headless Chromium, driven by the DevTools protocol over its pipe: a page, what it asks for, what
it says on its console, keys and screenshots."""

from __future__ import annotations

import base64
import contextlib
import fcntl
import itertools
import json
import os
import select
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any, Callable, Iterator

TIMEOUT = 60  # seconds
CODES = {"Enter": 13, "Tab": 9, " ": 32, "ArrowDown": 40}


def browser_path() -> str | None:
    return shutil.which("chromium") or shutil.which("chromium-browser")


class Browser:
    """One tab. Events are kept as they come; whatever is not of the page itself is a request."""

    def __init__(self, profile: Path):
        down, self.to = (fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 10) for fd in os.pipe())
        self.of, up = (fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 10) for fd in os.pipe())

        def pipes() -> None:
            os.dup2(down, 3)
            os.dup2(up, 4)

        self.process = subprocess.Popen(
            [browser_path() or "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
             "--disable-dev-shm-usage", "--remote-debugging-pipe", f"--user-data-dir={profile}", "about:blank"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, close_fds=False, preexec_fn=pipes,
        )
        os.close(down)
        os.close(up)
        self.numbers = itertools.count(1)
        self.read = b""
        self.events: list[dict[str, Any]] = []
        self.session: str | None = None
        [page] = [t for t in self.send("Target.getTargets")["targetInfos"] if t["type"] == "page"][:1]
        attached = self.send("Target.attachToTarget", targetId=page["targetId"], flatten=True)
        self.session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.send(domain + ".enable")

    def close(self) -> None:
        with contextlib.suppress(Exception):
            self.send("Browser.close")
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(5)
        self.process.kill()
        self.process.wait()
        os.close(self.to)
        os.close(self.of)

    def message(self, until: float) -> dict[str, Any]:
        while b"\0" not in self.read:
            if not select.select([self.of], [], [], max(0, until - time.monotonic()))[0]:
                raise TimeoutError("the browser is silent")
            more = os.read(self.of, 1 << 20)
            if not more:
                raise EOFError("the browser is gone")
            self.read += more
        one, self.read = self.read.split(b"\0", 1)
        return json.loads(one)

    def send(self, method: str, **params: Any) -> dict[str, Any]:
        number = next(self.numbers)
        request = {"id": number, "method": method, "params": params}
        if self.session:
            request["sessionId"] = self.session
        data = json.dumps(request).encode() + b"\0"
        while data:
            data = data[os.write(self.to, data):]
        until = time.monotonic() + TIMEOUT
        while True:
            message = self.message(until)
            if message.get("id") == number:
                assert "error" not in message, (method, message["error"])
                return message["result"]
            self.events.append(message)

    def wait(self, ready: Callable[[], bool]) -> None:
        until = time.monotonic() + TIMEOUT
        while not ready():
            assert time.monotonic() < until, "the page is not ready"
            time.sleep(0.01)

    def happened(self, method: str) -> list[dict[str, Any]]:
        return [e["params"] for e in self.events if e.get("method") == method]

    def open(self, page: Path, fragment: str = "") -> None:
        self.send("Page.navigate", url="about:blank")
        self.events.clear()
        self.send("Page.navigate", url=page.as_uri() + fragment)
        self.wait(lambda: self.run("location.href !== 'about:blank' && document.readyState") == "complete")

    def run(self, script: str) -> Any:
        """The value of an expression; of a promise, what it becomes."""
        done = self.send("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in done, done["exceptionDetails"]
        return done["result"].get("value")

    def complaints(self) -> list[str]:
        """What the console says of it, and every request but for the page itself."""
        out = [json.dumps(p["exceptionDetails"])[:2000] for p in self.happened("Runtime.exceptionThrown")]
        out += [p["entry"]["text"] for p in self.happened("Log.entryAdded")]
        out += [json.dumps(p["args"])[:2000] for p in self.happened("Runtime.consoleAPICalled")]
        asked = [p["request"]["url"] for p in self.happened("Network.requestWillBeSent")]
        return out + [url for url in asked[1:] if url != "data:,"]

    def look(self, width: int = 1280, dark: bool = False, media: str = "", height: int = 900, still: bool = True) -> None:
        self.send("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        self.send("Emulation.setEmulatedMedia", media=media, features=[
            {"name": "prefers-color-scheme", "value": "dark" if dark else "light"},
            {"name": "prefers-reduced-motion", "value": "reduce" if still else "no-preference"}])

    def key(self, key: str) -> None:
        about = {"key": key, "code": "Space" if key == " " else key, "windowsVirtualKeyCode": CODES[key]}
        text = {"Enter": "\r", " ": " "}.get(key)
        self.send("Input.dispatchKeyEvent", type="keyDown" if text else "rawKeyDown", **about, **({"text": text} if text else {}))
        self.send("Input.dispatchKeyEvent", type="keyUp", **about)

    def write(self, text: str) -> None:
        self.send("Input.insertText", text=text)

    def screenshot(self, file: Path, whole: bool = False) -> None:
        shot = self.send("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        file.write_bytes(base64.b64decode(shot["data"]))

    def paper(self) -> bytes:
        return base64.b64decode(self.send("Page.printToPDF", printBackground=True)["data"])


@contextlib.contextmanager
def browsing(profile: Path) -> Iterator[Browser]:
    browser = Browser(profile)
    try:
        yield browser
    finally:
        browser.close()
