"""Instruments of a virtual bench in a process of their own, in real time: campaigns come and go, they live on."""

import json
import pathlib
import re
import signal
import subprocess

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


class ServedBench:
    """`nocturne devices serve` for the bench of write_files(); to be used in a `with`."""

    def __init__(self, program, folder):
        bench = write_files(folder)
        self.process = subprocess.Popen([program, "devices", "serve", folder / "served.toml"], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        lines = {"pump_cs_pb": "pumps", "oven": "heating", "flow_cell": "optics", "scale": "balance"}
        offers = json.loads(self.process.stdout.readline())["instruments"]
        endpoints = {lines[offer["name"]]: offer["endpoint"] for offer in offers if offer["name"] in lines}
        self.balance = endpoints.pop("balance")  # a terminal, which the campaign's bench does not know
        self.recipe, self.bench = folder / "recipe.toml", folder / "bench.toml"
        self.bench.write_text(bench_at(bench, endpoints))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()
