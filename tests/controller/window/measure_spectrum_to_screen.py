"""How long a spectrum takes from the log, where it is just committed, to the screen of real Chromium, while a campaign
runs in real time. Usage: measure_spectrum_to_screen.py PROGRAM [--seconds S]"""

import argparse
import pathlib
import re
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "campaign"))

from chromium import Chromium, Tab  # noqa: E402
from served_bench import ServedBench  # noqa: E402

# Notes when a frame that holds a drawn line has been painted.
NOTE_PAINTINGS = """(() => {
  window.painted = [];
  const stroke = CanvasRenderingContext2D.prototype.stroke;
  CanvasRenderingContext2D.prototype.stroke = function (...path) {
    stroke.apply(this, path);
    requestAnimationFrame(() => {
      const after = new MessageChannel();
      after.port1.onmessage = () => window.painted.push(performance.timeOrigin + performance.now());
      after.port2.postMessage(0);
    });
  };
})()"""
LIGHT = "SELECT max(seq) FROM frames JOIN events USING (seq) WHERE kind = 'frames' AND role IN ('emission', 'transmission')"


def newest_spectrum(database):
    return database.execute(LIGHT).fetchone()[0] or 0


def watch(address, log, seconds):
    """Milliseconds from each commit to the painting after it; None where there was none within two seconds."""
    with Chromium() as browser:
        tab = Tab(browser, 1440, 900)
        tab.call("Page.addScriptToEvaluateOnNewDocument", source=NOTE_PAINTINGS)
        tab.open(address + "#/spectra")
        tab.wait("document.querySelector('h1').textContent === 'Spectra'")
        database = sqlite3.connect(f"file:{log}?mode=ro", uri=True, isolation_level=None)
        committed_ms, known, end = [], newest_spectrum(database), time.monotonic() + seconds
        while time.monotonic() < end:
            newest = newest_spectrum(database)
            if newest != known:
                known = newest
                committed_ms.append(1e3 * time.time())
            time.sleep(0.002)
        time.sleep(2.0)
        painted_ms = tab.value("window.painted")
        database.close()
    delays = [min((p - c for p in painted_ms if p >= c), default=None) for c in committed_ms]
    return [delay if delay is not None and delay < 2e3 else None for delay in delays]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program")
    parser.add_argument("--seconds", type=float, default=600.0)
    wishes = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        log = folder / "night.db"
        with ServedBench(wishes.program, folder) as served:
            night = subprocess.Popen(
                [wishes.program, "run", served.recipe, "--bench", served.bench, "--target", "560", "--log", log, "--serve",
                 "127.0.0.1:0"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
            try:
                address = next(found.group() for line in night.stderr
                               if (found := re.search(r"http://127\.0\.0\.1:\d+/", line)))
                delays = watch(address, log, wishes.seconds)
            finally:
                night.terminate()
                night.communicate()
    seen = [delay for delay in delays if delay is not None]
    if not seen:
        print("no spectrum reached the screen")
        return 1
    print(f"{len(delays)} spectra, {len(delays) - len(seen)} not shown; from the log to the screen: "
          f"median {statistics.median(seen):.0f} ms, most {max(seen):.0f} ms")
    return 0


if __name__ == "__main__":
    sys.exit(main())
