"""Looks at every page of the window in real Chromium as its users do: while a night runs, when it is over, and in a
replay, on a telephone and on a desk. browse_pages.py NOCTURNE [FOLDER for pictures]"""

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from contextlib import ExitStack, closing
from pathlib import Path

from chromium import Chromium, Tab

TOKEN = "a-token-for-the-browser-test"
PAGES = ["tonight", "spectra", "map", "bench", "experiments", "design", "replay"]
SIZES = {"telephone": (390, 844), "desk": (1440, 900)}
LATER_THAN = 8  # experiments, when the running night is looked at


def check(truth, what):
    if not truth:
        raise AssertionError(what)


class Served:
    """`nocturne serve` for a log, in a process of its own."""

    def __init__(self, program, log, token_file):
        self.process = subprocess.Popen(
            [program, "serve", "--log", str(log), "--library", str(log.parent), "--listen", "127.0.0.1:0", "--token-file",
             str(token_file)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        said = []
        for line in self.process.stderr:
            said.append(line)
            if found := re.search(r"http://127\.0\.0\.1:\d+/", line):
                self.address = found.group()
                return
        raise AssertionError("serve did not say where it is:\n" + "".join(said))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.process.stderr.close()

    def ask(self, path, **parameters):
        query = urllib.parse.urlencode(parameters)
        with urllib.request.urlopen(f"{self.address}api/v1{path}?{query}", timeout=60) as reply:
            return json.load(reply)


class RunningNight:
    """A campaign in virtual time that is held in the middle: a night of hours runs in seconds, so it has to wait for us."""

    def __init__(self, program, log):
        self.process = subprocess.Popen([program, "run", "night_of_requests", "--seed", "3", "--log", str(log)],
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for line in self.process.stdout:
            if f"experiment {LATER_THAN} done" in line:
                self.hold(log)
                return
        raise AssertionError("the night ended before it could be looked at")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def hold(self, log):
        """Not within a write: a disk that does not answer for 10 s ends a campaign."""
        for _ in range(200):
            os.kill(self.process.pid, signal.SIGSTOP)
            try:
                with closing(sqlite3.connect(log, timeout=0, isolation_level=None)) as database:
                    database.execute("BEGIN IMMEDIATE")
                    database.execute("ROLLBACK")
                return
            except sqlite3.OperationalError:  # it is writing
                self.go_on()
                time.sleep(0.005)
        raise AssertionError("the night could not be held between two writes")

    def go_on(self):
        os.kill(self.process.pid, signal.SIGCONT)


class Visit:
    """A tab that goes from page to page of one night, and what has to be seen there."""

    def __init__(self, browser, served, state, size, pictures, **scene):
        self.served, self.state, self.size, self.pictures, self.scene = served, state, size, pictures, scene
        self.tab = Tab(browser, *SIZES[size])

    def browse(self):
        for page in PAGES:
            self.go(page)
            getattr(self, page)()
            self.check_page(page)
        self.tab.close()

    def go(self, page):
        query = urllib.parse.urlencode(self.scene)
        self.tab.open(f"{self.served.address}#/{page}" + (f"?{query}" if query else ""))
        self.tab.wait(f"document.querySelector('h1').textContent.toLowerCase() === '{page}'")

    def shows(self, text):
        # Blanks and line breaks are alike on a page.
        self.tab.wait(f"document.querySelector('main').innerText.replace(/\\s+/g, ' ').includes({json.dumps(text)})")

    def draws(self, count):
        """That many drawings, none of them empty."""
        self.tab.wait(
            "[...document.querySelectorAll('main canvas')].filter(c => c.width > 0 && c.offsetParent && "
            "new Set(new Uint32Array(c.getContext('2d').getImageData(0, 0, c.width, c.height).data.buffer)).size > 2)"
            f".length >= {count}")

    def check_page(self, page):
        name = f"{page}, {self.state}, {self.size}"
        check(not self.tab.complaints, f"{name}: the console says {self.tab.complaints}")
        check(not self.tab.value("Boolean(document.querySelector('.broken, .old, .lost'))"), f"{name}: a bar says that something is wrong")
        wide = self.tab.value("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        check(wide <= 0, f"{name}: {wide} pixels wider than the screen")
        is_replay = "log" in self.scene
        check(self.tab.value("document.body.innerText.includes('This is not what happens now')") == is_replay, f"{name}: says wrongly whether it is a replay")
        unnamed = self.tab.value("[...document.querySelectorAll('button, a, input, select')].filter(e => e.offsetParent && "
                                 "!e.textContent.trim() && !e.labels?.length && !e.ariaLabel).length")
        check(unnamed == 0, f"{name}: {unnamed} controls have no name")
        dumb = self.tab.value("[...document.querySelectorAll('.drawing, .map canvas')].filter(e => e.offsetParent && !e.ariaLabel).length")
        check(dumb == 0, f"{name}: {dumb} charts do not say in words what they show")
        if self.pictures:
            self.tab.picture(self.pictures / f"{page}_{self.state}_{self.size}.png")

    def tonight(self):
        campaign = self.served.ask("/campaign", **self.scene)
        if self.state == "running":  # fine, or nothing heard of for a while, as it is held
            self.tab.wait("['fine', 'look'].includes(document.querySelector('.verdict').dataset.verdict)")
        else:
            self.shows(campaign["verdict_text"])
        self.shows(f"{campaign['finished']} of {campaign['budget']} experiment")
        self.shows(campaign["feeds"][0]["stock"])
        steers = self.tab.value("document.body.innerText.includes('Abort safely')")
        check(steers == (self.state == "running"), f"steering is offered: {steers}, in the state {self.state}")
        self.draws(1)

    def spectra(self):
        count = len(self.served.ask("/spectra", **self.scene)["spectra"])
        self.shows(f"Spectrum {count} of {count}")
        self.shows("counts/s at")
        self.draws(1)

    def map(self):
        self.shows("Highest:")
        self.draws(3)

    def bench(self):
        instruments = self.served.ask("/bench", **self.scene)["instruments"]
        for instrument in instruments:
            self.shows(instrument["name"])
        self.shows("°C")
        self.draws(1)

    def experiments(self):
        rows = self.served.ask("/experiments", **self.scene)["experiments"]
        self.shows(f"{len(rows)} of {len(rows)} experiment")
        self.tab.wait(f"document.querySelectorAll('tbody tr').length === {len(rows)}")
        self.shows(f"{rows[0]['observed']['peak_nm']['value']:.3f} ±")
        if self.size == "telephone":
            cards = self.tab.value("document.querySelector('tbody').offsetHeight")
            check(cards < 200 * len(rows), f"{len(rows)} folded cards are {cards} pixels high")
            self.tab.value("document.querySelector('tbody tr button').click()")
            self.tab.wait(f"document.querySelector('tbody').offsetHeight > {cards} + 100")
            self.tab.value("document.querySelector('tbody tr button').click()")

    def design(self):
        self.tab.wait("document.querySelector('#design-target').value !== ''")
        self.tab.value("document.querySelector('main form button').click()")
        self.shows("Recipe 1")
        self.shows("% probable")

    def replay(self):
        for log in self.served.ask("/logs")["logs"]:
            self.shows(log["name"])
        self.shows("Play from the start")


def type_into(tab, field, text):
    tab.value(f"(() => {{ const f = document.querySelector('{field}'); f.value = {json.dumps(text)}; }})()")


def press(tab, words):
    tab.wait(f"[...document.querySelectorAll('dialog button, button')].some(b => b.offsetParent && b.textContent === {json.dumps(words)})")
    tab.value(f"[...document.querySelectorAll('dialog[open] button, button')].filter(b => b.offsetParent && b.textContent === {json.dumps(words)}).pop().click()")


def steer_the_night(browser, served, night):
    """The budget is changed with a reason and a token, after a wrong token, and the page shows it without being reloaded."""
    tab = Tab(browser, *SIZES["telephone"])
    tab.open(served.address)
    press(tab, "Change budget…")
    tab.wait("document.querySelector('dialog #why')")
    type_into(tab, "#number", "57")
    type_into(tab, "#who", "Ada")
    press(tab, "Change budget")
    check(tab.value("document.querySelector('dialog') !== null"), "nothing is asked without a reason")
    type_into(tab, "#why", "there is more time")
    press(tab, "Change budget")
    tab.wait("document.querySelector('#token')")
    type_into(tab, "#token", "not this one")
    press(tab, "Use this token")
    tab.wait("document.body.innerText.includes('That token was refused')")
    type_into(tab, "#token", TOKEN)
    press(tab, "Use this token")
    tab.wait("document.body.innerText.includes('Asked: change budget')")
    night.go_on()
    tab.wait("/of 57 experiments/.test(document.body.innerText)", 120)
    tab.wait("document.body.innerText.includes('there is more time')")
    tab.wait("['done', 'ended'].includes(document.querySelector('.verdict').dataset.verdict)", 300)
    check(not tab.value("document.body.innerText.includes('Abort safely')"), "a night that is over cannot be steered")
    tab.close()


def play_a_replay(browser, served, log):
    tab = Tab(browser, *SIZES["telephone"])
    tab.open(f"{served.address}#/tonight?log={log}&at_s=0")
    press(tab, "▶ Play")
    tab.wait("document.querySelector('.transport input').valueAsNumber > 60")
    press(tab, "❚❚ Pause")
    tab.value("(() => { const s = document.querySelector('.transport input'); s.value = s.max; s.dispatchEvent(new Event('input')); })()")
    tab.wait("['done', 'ended'].includes(document.querySelector('.verdict').dataset.verdict)")
    check(not tab.complaints, f"replay: the console says {tab.complaints}")
    tab.close()


def take_the_table(browser, served):
    tab = Tab(browser, *SIZES["desk"])
    tab.open(served.address + "#/experiments")
    tab.wait("document.querySelectorAll('tbody tr').length > 1")
    tab.value("(() => { const real = URL.createObjectURL; window.saved = new Promise(done => { "
              "URL.createObjectURL = blob => { blob.text().then(done); return real(blob); }; }); })()")
    press(tab, "CSV file")
    check(tab.value("window.saved").startswith("experiment,"), "the CSV file begins with its headings")
    tab.value("document.querySelector('#skip').click()")
    check(tab.value("document.activeElement.id === 'content' && location.hash === '#/experiments'"), "the content is reached on the same page")
    tab.value("[...document.querySelectorAll('tbody input')].slice(0, 2).forEach(box => box.click())")
    tab.value("[...document.querySelectorAll('tbody input')].filter(b => !b.checked)[0].click()")
    tab.wait("document.body.innerText.includes('side by side')")
    check(not tab.complaints, f"experiments: the console says {tab.complaints}")
    tab.close()


def meet_trouble(browser, served):
    tab = Tab(browser, *SIZES["telephone"])
    tab.open(served.address + "#/map?log=nobody_knows_it.db")
    tab.wait("document.body.innerText.includes('This log is not known here')")
    tab.open(served.address + "#/no_such_page")
    tab.wait("document.querySelector('.verdict .word')")
    tab.close()

    old = Tab(browser, *SIZES["telephone"])
    old.call("Page.addScriptToEvaluateOnNewDocument", source="""
        const real = fetch;
        window.fetch = async (...asked) => {
          const reply = await real(...asked), headers = new Headers(reply.headers);
          headers.set("X-Nocturne-Build", "another");
          return new Response(reply.body, { status: reply.status, headers });
        };""")
    old.open(served.address)
    old.wait("document.body.innerText.includes('of another version than this page')")
    old.close()

    plain = Tab(browser, *SIZES["telephone"])
    plain.call("Emulation.setScriptExecutionDisabled", value=True)
    plain.open(served.address)
    plain.wait_for_element("NOSCRIPT", "P")  # with JavaScript a browser keeps it as mere text
    plain.close()


def lose_the_connection(browser, log, token_file, verdicts, words):
    with Served(sys.argv[1], log, token_file) as served:
        tab = Tab(browser, *SIZES["telephone"])
        tab.open(served.address)
        tab.wait("document.querySelector('.verdict .word')")
        served.process.kill()
        tab.wait("document.body.innerText.includes('Connection lost since')", 60)
        verdict = tab.value("document.querySelector('.verdict').dataset.verdict")
        check(verdict in verdicts, f"the connection is lost, and the night is called {verdict}")
        check(tab.value(f"document.body.innerText.includes({json.dumps(words)})"), f"the page does not say '{words}'")
        tab.close()


def lose_the_log(browser, served, log):
    """The log is taken away from a page that looks on, and comes back."""
    tab = Tab(browser, *SIZES["telephone"])
    tab.open(served.address)
    tab.wait("document.querySelector('.verdict .word') && !document.querySelector('.lost')")
    away = log.with_suffix(".away")
    log.rename(away)
    tab.wait("document.querySelector('.verdict').dataset.verdict === 'unknown'")
    tab.wait("document.body.innerText.includes('is not there any more')")
    away.rename(log)
    tab.wait("document.querySelector('.verdict').dataset.verdict !== 'unknown'")
    tab.close()


def main():
    program, pictures = sys.argv[1], Path(sys.argv[2]) if len(sys.argv) > 2 else None
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="nocturne_pages_")))
        token_file = folder / "token.txt"
        token_file.write_text(TOKEN + "\n")
        logs = folder / "nights"
        logs.mkdir()
        subprocess.run([program, "run", "night_of_requests", "--seed", "3", "--log", str(logs / "over.db")], check=True, stdout=subprocess.DEVNULL)
        night = stack.enter_context(RunningNight(program, logs / "running.db"))
        running = stack.enter_context(Served(program, logs / "running.db", token_file))
        over = stack.enter_context(Served(program, logs / "over.db", token_file))
        browser = stack.enter_context(Chromium())
        middle_s = over.ask("/campaign")["length_s"] / 2
        log = next(entry["id"] for entry in over.ask("/logs")["logs"] if not entry["live"])
        for size in SIZES:
            Visit(browser, running, "running", size, pictures).browse()
            Visit(browser, over, "over", size, pictures).browse()
            Visit(browser, over, "replayed", size, pictures, log=log, at_s=round(middle_s)).browse()
        take_the_table(browser, over)
        play_a_replay(browser, over, log)
        meet_trouble(browser, over)
        lose_the_log(browser, running, logs / "running.db")
        lose_the_connection(browser, logs / "running.db", token_file, ["unknown"], "Then it was")
        lose_the_connection(browser, logs / "over.db", token_file, ["done", "ended"], "The night is over, and stays as it is shown")
        steer_the_night(browser, running, night)
    print("every page was seen, in three states and at two sizes")


if __name__ == "__main__":
    main()
