"""Runs the example of README.md that reads a log with pandas, as it stands there: README, nocturne."""
import re
import subprocess
import sys
import tempfile
from pathlib import Path

readme, nocturne = Path(sys.argv[1]).read_text(), str(Path(sys.argv[2]).resolve())
section = readme.split("## The log")[1].split("\n## ")[0]
example = re.search(r"```python\n(.*?)```", section, re.S).group(1)
with tempfile.TemporaryDirectory() as folder:
    subprocess.run([nocturne, "run", "cspbbr3_green_510", "--budget", "2"], cwd=folder, capture_output=True, timeout=600)
    checks = """
assert len(experiments) == 2 and list(experiments.outcome) == ["observed", "observed"]
assert abs(emission.idxmax() - experiments.peak_nm.iloc[-1]) < 5.0, (emission.idxmax(), experiments.peak_nm)
assert temperatures.process_C.max() > 100.0
assert "br_pb" in conditions.columns
"""
    run = subprocess.run([sys.executable, "-c", example + checks], cwd=folder, capture_output=True, text=True, timeout=600)
    assert run.returncode == 0, run.stderr
    print(run.stdout)
