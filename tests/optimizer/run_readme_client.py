"""Runs the client of README.md as it stands there: README, nocturne. It must come to its target."""
import ast
import re
import subprocess
import sys
import tempfile
from pathlib import Path

readme, nocturne = Path(sys.argv[1]).read_text(), Path(sys.argv[2]).resolve()
section = readme.split("## Any other experiment")[1].split("\n## ")[0]
space = re.search(r"```toml\n(.*?)```", section, re.S).group(1)
client = re.search(r"```python\n(.*?)```", section, re.S).group(1)
with tempfile.TemporaryDirectory() as name:
    folder = Path(name)
    (folder / "space.toml").write_text(space)
    (folder / "nocturne").symlink_to(nocturne)
    for session in 1, 2:  # the second goes on from the checkpoint of the first
        run = subprocess.run([sys.executable, "-c", client], cwd=folder, capture_output=True, text=True, timeout=600)
        assert run.returncode == 0, run.stderr
        lines = run.stdout.splitlines()
        assert len(lines) == 12, run.stdout
        peaks = [float(line.rsplit(" ", 1)[1]) for line in lines]
        assert session == 1 or "continued after 12 tells, 0 experiments running" in run.stderr, run.stderr
        assert all(ast.literal_eval(line.rsplit(" ", 1)[0])["br_pb"] >= 3.2 for line in lines)
        best = min(abs(peak - 500.0) for peak in peaks)
        assert best < 1.0, f"the best of 12 is {best} nm from the target"
        print(f"session {session}: the best of 12 is {best:.3f} nm from the target")
