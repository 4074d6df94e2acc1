"""kill -9 in real time, while the instruments live on: `nocturne devices serve` in one process, campaigns that are
killed and resumed in others. A balance under the waste, which the campaign does not know, tells what really flowed.

Usage: kills_in_real_time.py PROGRAM [--kills N] [--longest S] [--seed N]       (20 kills take half an hour)
"""

import argparse
import json
import os
import pathlib
import random
import re
import select
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import tty

from served_bench import DENSITY, ServedBench


class Balance:
    def __init__(self, terminal):
        self.port = os.open(terminal, os.O_RDWR | os.O_NOCTTY)
        tty.setraw(self.port)

    def grams(self):
        os.write(self.port, b"SI\r\n")
        answer = b""
        while not answer.endswith(b"\n") and select.select([self.port], [], [], 2.0)[0]:
            answer += os.read(self.port, 100)
        return float(answer.split()[2])


def story(log):
    """Digests, and finished experiments, of a log at rest."""
    database = sqlite3.connect(f"file:{log}?mode=ro", uri=True)
    digests = [row for row in database.execute("SELECT seq, digest FROM events ORDER BY seq")]
    outcomes = [n for (n,) in database.execute("SELECT experiment FROM events WHERE kind = 'outcome'")]
    decisions = [n for (n,) in database.execute("SELECT experiment FROM events WHERE kind = 'decision'")]
    database.close()
    return digests, outcomes, decisions


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--longest", type=float, default=150.0)
    parser.add_argument("--seed", type=int, default=1)
    wishes = parser.parse_args()
    chance = random.Random(wishes.seed)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        with ServedBench(wishes.program, folder) as served:
            return conduct(wishes, chance, folder / "night.db", served)


def conduct(wishes, chance, log, served):
    balance = Balance(served.balance)
    start = [wishes.program, "run", served.recipe, "--bench", served.bench, "--target", "560",
             "--budget", "100", "--log", log, "--json"]
    resume = [wishes.program, "resume", log, "--json"]
    done, digests, faults, refused = [], [], [], 0
    for life in range(wishes.kills + 1):
        killed = life < wishes.kills
        seconds = chance.uniform(1.0, wishes.longest) if killed else 120.0
        process = subprocess.Popen(resume if digests else start, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   text=True)
        try:
            out, messages = process.communicate(timeout=seconds)
            refused += 1
            print(f"ended by itself: {out}{messages}", flush=True)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL if killed else signal.SIGINT)
            out, messages = process.communicate()
        said = [int(n) for n in re.findall(r"experiment (\d+) (?:done|failed)", messages)]
        if log.exists():
            now, outcomes, decisions = story(log)
            checks = {"lost": set(said + done) - set(outcomes), "repeated": set(said) & set(done),
                      "two outcomes": len(outcomes) != len(set(outcomes)),
                      "two decisions": len(decisions) != len(set(decisions)),
                      "rewritten": now[:len(digests)] != digests,
                      "gap": [seq for seq, _ in now] != list(range(1, len(now) + 1))}
            faults += [f"life {life}: {what}" for what, found in checks.items() if found]
            digests = now
        done += said
        print(f"life {life:2}: {seconds:5.1f} s, {len(digests):4} events, done: {done}", flush=True)
        if killed and chance.random() < 0.25:
            time.sleep(12.0)  # long enough for the pumps' watchdogs
    time.sleep(1.0)
    truth = balance.grams() / DENSITY
    verified = subprocess.run([wishes.program, "replay", log, "--verify"], capture_output=True, text=True)
    summary = json.loads(out)
    print(f"{wishes.kills} kills: {len(done)} experiments said to be done; {faults or 'no faults'}; "
          f"{refused} processes ended by themselves; last status {summary['status']}")
    print(f"reagent: {truth:.2f} mL on the balance, {summary['reagent_mL']:.2f} mL by the log "
          f"({100 * (summary['reagent_mL'] / truth - 1):+.2f} %)")
    print(verified.stdout.strip() or verified.stderr.strip())
    return 1 if faults or verified.returncode != 0 else 0


if __name__ == "__main__":
    sys.exit(main())
