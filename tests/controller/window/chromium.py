"""Chromium without a window, driven over its own debugging pipe: nothing but Python and Chromium is needed."""

import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
import time


class Gone(Exception):
    """The browser did not answer in time, or has ended."""


class Tab:
    """One page of the browser, and everything that went wrong in it."""

    def __init__(self, browser, width, height, dark=True):
        self.browser = browser
        self.complaints = []
        context = browser.call("Target.createBrowserContext")["browserContextId"]
        self.target = browser.call("Target.createTarget", url="about:blank", browserContextId=context)["targetId"]
        self.session = browser.call("Target.attachToTarget", targetId=self.target, flatten=True)["sessionId"]
        browser.tabs[self.session] = self
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(domain + ".enable")
        self.size(width, height)
        self.prefer(dark)

    def call(self, method, **parameters):
        return self.browser.call(method, session=self.session, **parameters)

    def size(self, width, height):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600)

    def prefer(self, dark):
        scheme = "dark" if dark else "light"
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def open(self, address):
        self.call("Page.navigate", url=address)

    def value(self, expression):
        """What a JavaScript expression, which may be a promise, comes to."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise AssertionError(f"{expression}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def text(self):
        return self.value("document.body?.innerText ?? ''")

    def wait(self, expression, seconds=30.0):
        """Until the expression is true. Raises AssertionError with what the page shows instead."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.value(f"(() => {{ try {{ return Boolean({expression}) }} catch {{ return false }} }})()"):
                return
            self.browser.listen(0.05)
        raise AssertionError(f"not within {seconds:.0f} s: {expression}\nthe page shows:\n{self.text()}")

    def wait_for_element(self, parent, name, seconds=30.0):
        """The same for an element within another, in a page without JavaScript."""
        def within(node, inside):
            if inside and node["nodeName"] == name:
                return True
            return any(within(child, inside or node["nodeName"] == parent) for child in node.get("children", []))

        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if within(self.call("DOM.getDocument", depth=-1)["root"], False):
                return
            self.browser.listen(0.05)
        raise AssertionError(f"not within {seconds:.0f} s: {name} in {parent}")

    def picture(self, file, whole=True):
        shot = self.call("Page.captureScreenshot", captureBeyondViewport=whole)
        with open(file, "wb") as out:
            out.write(base64.b64decode(shot["data"]))

    def close(self):
        self.browser.call("Target.closeTarget", targetId=self.target)

    def heard(self, method, parameters):
        if method == "Runtime.exceptionThrown":
            details = parameters["exceptionDetails"]
            self.complaints.append(details.get("exception", {}).get("description", details["text"]))
        elif method == "Runtime.consoleAPICalled" and parameters["type"] in ("error", "warning", "assert"):
            self.complaints.append(" ".join(str(a.get("value", a.get("description"))) for a in parameters["args"]))
        elif method == "Log.entryAdded" and parameters["entry"]["level"] in ("error", "warning"):
            entry = parameters["entry"]
            self.complaints.append(f"{entry['text']} {entry.get('url', '')}")


class Chromium:
    """The browser with a profile of its own; to be used in a `with`."""

    def __init__(self, program="chromium", patience_s=60.0):
        self.profile = tempfile.mkdtemp(prefix="nocturne_chromium_")
        self.patience_s = patience_s
        self.tabs, self.answers, self.rest, self.number = {}, {}, b"", 0
        to_browser, self.write_end = os.pipe()
        self.read_end, from_browser = os.pipe()

        def pipes():  # Chromium reads on 3 and writes on 4
            high = os.dup(from_browser), os.dup(to_browser)
            os.dup2(high[1], 3)
            os.dup2(high[0], 4)
            for end in (3, 4):
                os.set_inheritable(end, True)

        self.process = subprocess.Popen(
            [program, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
             "--disable-background-networking", "--disable-component-update", "--remote-debugging-pipe",
             f"--user-data-dir={self.profile}", "about:blank"],
            close_fds=False, preexec_fn=pipes, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(to_browser)
        os.close(from_browser)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            self.call("Browser.close")
            self.process.wait(10)
        except (Gone, OSError, subprocess.TimeoutExpired):
            self.process.kill()
            self.process.wait()
        os.close(self.write_end)
        os.close(self.read_end)
        shutil.rmtree(self.profile, ignore_errors=True)

    def call(self, method, session=None, **parameters):
        self.number += 1
        number = self.number
        message = {"id": number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        os.write(self.write_end, json.dumps(message).encode() + b"\0")
        end = time.monotonic() + self.patience_s
        while number not in self.answers:
            if time.monotonic() > end:
                raise Gone(f"{method}: no answer")
            self.listen(0.5)
        answer = self.answers.pop(number)
        if "error" in answer:
            raise AssertionError(f"{method}: {answer['error']['message']}")
        return answer["result"]

    def listen(self, seconds):
        """Takes what the browser says within this time."""
        if not select.select([self.read_end], [], [], seconds)[0]:
            return
        piece = os.read(self.read_end, 1 << 20)
        if not piece:
            raise Gone("the browser has ended")
        *whole, self.rest = (self.rest + piece).split(b"\0")
        for text in whole:
            message = json.loads(text)
            if "id" in message:
                self.answers[message["id"]] = message
            elif message.get("sessionId") in self.tabs:
                self.tabs[message["sessionId"]].heard(message["method"], message["params"])
