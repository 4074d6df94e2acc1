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

RECIPES = pathlib.Path(__file__).resolve().parents[3] / "recipes"
VOLUMES = {"mixer": 60, "heated": 160, "cooled": 30, "cell": 30}  # µL: a short tube, so that experiments are short
DENSITY = 0.79  # g/mL, of the plant
BALANCE = """
[[line]]
name = "balance"
kind = "virtual"
baud = 9600
[[instrument]]
name = "scale"
driver = "mettler"
line = "balance"
"""


def write_files(folder):
    """Bench and plant with a short tube, and a recipe that is quick about it."""
    plant = (RECIPES / "plants/cspbbr3.toml").read_text()
    bench = (RECIPES / "benches/virtual.toml").read_text()
    recipe = (RECIPES / "cspbbr3_green_510.toml").read_text()
    for zone, volume in VOLUMES.items():
        plant = re.sub(rf'(name = "{zone}"\nvolume = {{ value = )\d+', rf"\g<1>{volume}", plant)
        bench = re.sub(rf'({zone}_volume = )"\d+ µL"', rf'\1"{volume} µL"', bench)
    bench = bench.replace("../plants/cspbbr3.toml", "plant.toml")
    bench = bench.replace('heating_rate = "1 K/s"', 'heating_rate = "2.7 K/s"')  # as the plant below
    bench = bench.replace('cooling_time = "400 s"', 'cooling_time = "60 s"')
    bench = re.sub(r"\[yield_reference\].*?(?=\n\[limits\])", "", bench, flags=re.S)
    for name, value in {"scans": "3", "reads": "4", "max_reads": "20"}.items():
        recipe = re.sub(rf"(?m)^{name} = \S+", f"{name} = {value}", recipe)
    plant = plant.replace("low = 40\nhigh = 240", "low = 12\nhigh = 15")
    plant = re.sub(r"(full_power = { value = )1.1", r"\g<1>3", plant)  # and quick to heat and to cool
    plant = re.sub(r"(loss_time = { value = )400", r"\g<1>60", plant)
    recipe = recipe.replace('low = "40 s"\nhigh = "240 s"', 'low = "12 s"\nhigh = "15 s"')
    recipe = recipe.replace("high = 12\n", "high = 4.5\n")
    recipe = recipe.replace('low = "70 °C"\nhigh = "180 °C"', 'low = "98 °C"\nhigh = "100 °C"')
    recipe = recipe.replace('led_exposure = "300 ms"', 'led_exposure = "100 ms"')
    (folder / "plant.toml").write_text(plant)
    served = bench.replace('spectrometer = "flow_cell"\n', 'spectrometer = "flow_cell"\nbalance = "scale"\n', 1)
    (folder / "served.toml").write_text(served.replace("port = 5601", "port = 5641") + BALANCE)
    (folder / "recipe.toml").write_text(recipe)
    return bench


def bench_at(bench, endpoints):
    """The same bench where the lines lead to the process that serves the instruments."""
    for line, endpoint in endpoints.items():
        if endpoint.startswith("tcp://"):
            host, port = endpoint[6:].split(":")
            there = f'kind = "tcp"\nhost = "{host}"\nport = {port}'
            bench = re.sub(rf'(name = "{line}"\n)kind = "virtual"\nport = \d+', rf"\1{there}", bench)
        else:
            there = f'kind = "serial"\ndevice = "{endpoint}"'
            bench = re.sub(rf'(name = "{line}"\n)kind = "virtual"', rf"\1{there}", bench)
    return re.sub(r'(?m)^plant = .*\n', "", bench)


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
        bench = write_files(folder)
        instruments = subprocess.Popen([wishes.program, "devices", "serve", folder / "served.toml"],
                                       stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        try:
            return conduct(wishes, chance, folder, bench, instruments)
        finally:
            instruments.send_signal(signal.SIGTERM)
            instruments.wait()


def conduct(wishes, chance, folder, bench, instruments):
    lines = {"pump_cs_pb": "pumps", "oven": "heating", "flow_cell": "optics", "scale": "balance"}
    offered = {lines[offer["name"]]: offer["endpoint"]
               for offer in json.loads(instruments.stdout.readline())["instruments"] if offer["name"] in lines}
    balance = Balance(offered.pop("balance"))
    (folder / "bench.toml").write_text(bench_at(bench, offered))
    log = folder / "night.db"
    start = [wishes.program, "run", folder / "recipe.toml", "--bench", folder / "bench.toml", "--target", "560",
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
