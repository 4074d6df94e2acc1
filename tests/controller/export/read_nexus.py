"""Reads what `nocturne export --format hdf5` wrote of a night with h5py, and compares it with the log: nocturne."""
import sqlite3
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path

import h5py
import numpy as np

nocturne = str(Path(sys.argv[1]).resolve())


def command(*arguments):
    subprocess.run([nocturne, *arguments], cwd=folder, check=True, capture_output=True, timeout=600)


def check_groups(group):
    """Every group has its NeXus class; every NXdata a signal, and axes as long as the signal is."""
    assert group.attrs["NX_class"].startswith("NX"), group.name
    if group.attrs["NX_class"] == "NXdata":
        signal = group[group.attrs["signal"]]
        assert len(group.attrs["axes"]) == signal.ndim, group.name
        for dimension, axis in enumerate(group.attrs["axes"]):
            assert len(group[axis]) == signal.shape[dimension], (group.name, axis)
    for member in group.values():
        if isinstance(member, h5py.Group):
            check_groups(member)
        else:  # the same log, the same bytes: nothing tells when it was exported
            assert h5py.h5g.get_objinfo(member.id).mtime == 0, member.name


with tempfile.TemporaryDirectory() as name:
    folder = Path(name)
    subprocess.run([nocturne, "run", "cspbbr3_cyan_490", "--budget", "2", "--log", "night.db"], cwd=folder, capture_output=True, timeout=600)
    command("export", "night.db", "--to", "out", "--format", "hdf5")
    log = sqlite3.connect(folder / "night.db")
    with h5py.File(folder / "out/campaign.nxs") as file:
        check_groups(file)
        entry = file[file.attrs["default"]]
        assert entry.attrs["NX_class"] == "NXentry"
        experiments = entry[entry.attrs["default"]]
        for column in "peak_nm", "fwhm_meV", "plqy", "edge_length_low_nm":
            expected = [row[0] for row in log.execute(f"SELECT {column} FROM observations ORDER BY experiment")]
            expected = np.array(expected, dtype=float)
            assert np.array_equal(experiments[column][:], expected, equal_nan=True), column
        errors = [row[0] for row in log.execute("SELECT peak_nm_se FROM observations ORDER BY experiment")]
        assert list(experiments["peak_nm_errors"]) == errors
        assert experiments["peak_nm"].attrs["units"] == "nm"
        assert experiments["outcome"].asstr()[0] == "observed"
        rows = log.execute("SELECT encoding, counts, scans FROM spectra WHERE experiment = 1 AND role = 'emission' ORDER BY seq")
        counts = []
        for encoding, blob, scans in rows:
            assert encoding == "sums_zlib"
            planes = np.frombuffer(zlib.decompress(blob), np.uint8).reshape(4, -1)
            counts.append(planes.T.copy().view("<i4")[:, 0] / scans)
        counts = np.stack(counts)
        emission = entry["spectra/experiment_0001/emission"]
        assert np.array_equal(emission["counts"][:], counts)
        assert emission["wavelength_nm"].attrs["units"] == "nm"
        assert np.array_equal(emission["wavelength_nm"][:], entry["instrument/detector/wavelength_nm"][:])
        temperatures = log.execute("SELECT count(*) FROM temperatures").fetchone()[0]
        assert entry["temperatures/process_C"].shape == (temperatures,)
        assert entry["temperatures/process_C"].attrs["units"] == "°C"
        text = log.execute("SELECT value FROM header WHERE key = 'recipe_text'").fetchone()[0]
        assert entry["recipe/data"].asstr()[()] == text
    print(f"{len(counts)} spectra and {temperatures} temperatures are as in the log")
