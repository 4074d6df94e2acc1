#include "controller/log/log_schema.hpp"

namespace nocturne {

// Views carry the units in their column names and are for people; the program reads tables only.
const char* const kLogSchema = R"sql(
CREATE TABLE header (
  key   TEXT PRIMARY KEY,
  value TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE events (
  seq        INTEGER PRIMARY KEY,
  time_ns    INTEGER NOT NULL,
  kind       TEXT NOT NULL,
  experiment INTEGER,
  body       TEXT NOT NULL CHECK (json_valid(body)),
  digest     BLOB NOT NULL,
  wall_clock TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
);
CREATE INDEX events_by_experiment ON events (experiment, kind) WHERE experiment IS NOT NULL;

CREATE TABLE frames (
  seq             INTEGER NOT NULL REFERENCES events (seq),
  position        INTEGER NOT NULL,
  role            TEXT NOT NULL,
  exposure_s      REAL NOT NULL,
  scans           INTEGER NOT NULL,
  dark_subtracted INTEGER NOT NULL,
  lamp_on         INTEGER NOT NULL,
  led_on          INTEGER NOT NULL,
  wavelength_nm   BLOB,
  counts          BLOB NOT NULL,
  PRIMARY KEY (seq, position)
);

CREATE VIEW spectra AS
SELECT f.seq, f.position, e.experiment, e.time_ns / 1e9 AS time_s, f.role, f.exposure_s, f.scans, f.dark_subtracted,
       f.lamp_on, f.led_on, length(f.counts) / 8 AS pixels,
       f.wavelength_nm AS wavelength_nm_float64_le, f.counts AS counts_float64_le
FROM frames f JOIN events e USING (seq);

CREATE VIEW decisions AS
SELECT seq, experiment, time_ns / 1e9 AS time_s, json_extract(body, '$.asked') AS asked, json_extract(body, '$.conditions') AS conditions,
       json_extract(body, '$.predicted.peak_nm.mean') AS predicted_peak_nm,
       json_extract(body, '$.predicted.peak_nm.low') AS predicted_peak_low_nm,
       json_extract(body, '$.predicted.peak_nm.high') AS predicted_peak_high_nm,
       json_extract(body, '$.probability') AS probability, json_extract(body, '$.reason') AS reason
FROM events WHERE kind = 'decision';

CREATE VIEW conditions AS
SELECT e.experiment, c.key AS name, c.value AS value
FROM events e, json_each(e.body, '$.conditions') c WHERE e.kind = 'decision';

CREATE VIEW observations AS
SELECT seq, experiment, time_ns / 1e9 AS time_s,
       json_extract(body, '$.observation.peak_nm') AS peak_nm, json_extract(body, '$.observation.peak_nm_se') AS peak_nm_se,
       json_extract(body, '$.observation.fwhm_meV') AS fwhm_meV, json_extract(body, '$.observation.fwhm_meV_se') AS fwhm_meV_se,
       json_extract(body, '$.observation.intensity') AS intensity_photons_per_s,
       json_extract(body, '$.observation.intensity_se') AS intensity_photons_per_s_se,
       json_extract(body, '$.observation.absorbance') AS absorbance, json_extract(body, '$.observation.absorbance_se') AS absorbance_se,
       json_extract(body, '$.observation.first_exciton_nm') AS first_exciton_nm,
       json_extract(body, '$.observation.first_exciton_nm_se') AS first_exciton_nm_se,
       json_extract(body, '$.observation.plqy') AS plqy, json_extract(body, '$.observation.plqy_se') AS plqy_se,
       json_extract(body, '$.observation.yield') AS yield, json_extract(body, '$.observation.yield_se') AS yield_se,
       json_extract(body, '$.observation.nanoplatelet_fraction') AS nanoplatelet_fraction,
       json_extract(body, '$.observation.nanoplatelet_fraction_se') AS nanoplatelet_fraction_se,
       json_extract(body, '$.observation.edge_length_nm.value') AS edge_length_nm,
       json_extract(body, '$.observation.edge_length_nm.low') AS edge_length_low_nm,
       json_extract(body, '$.observation.edge_length_nm.high') AS edge_length_high_nm,
       json_extract(body, '$.observation.flags') AS flags
FROM events WHERE kind = 'outcome' AND json_extract(body, '$.observation') IS NOT NULL;

CREATE VIEW failures AS
SELECT seq, experiment, time_ns / 1e9 AS time_s, json_extract(body, '$.failure.kind') AS failure,
       json_extract(body, '$.failure.detail') AS detail
FROM events WHERE kind = 'outcome' AND json_extract(body, '$.failure') IS NOT NULL;

CREATE VIEW experiments AS
SELECT d.experiment, d.time_s AS decided_s, coalesce(o.time_s, f.time_s) AS finished_s, d.conditions,
       CASE WHEN o.seq IS NOT NULL THEN 'observed' WHEN f.seq IS NOT NULL THEN f.failure ELSE 'unfinished' END AS outcome,
       o.peak_nm, o.peak_nm_se, o.fwhm_meV, o.fwhm_meV_se, o.edge_length_nm, d.predicted_peak_nm, d.probability, d.reason
FROM decisions d LEFT JOIN observations o USING (experiment) LEFT JOIN failures f USING (experiment);

CREATE VIEW readings AS
SELECT e.seq, e.time_ns / 1e9 AS time_s, g.key AS quantity, r.key AS name, r.value AS value
FROM events e, json_each(e.body) g, json_each(g.value) r WHERE e.kind = 'reading';
)sql";

}  // namespace nocturne
