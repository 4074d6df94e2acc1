#include "controller/log/log_schema.hpp"

namespace nocturne {

const std::vector<SchemaEntry>& log_tables() {
  static const std::vector<SchemaEntry> tables{
      {"header",
       "What the campaign was started with, one text a key: names, the texts of recipe, bench, plant and "
       "material, seed, targets, versions of libraries, SHA-256 of the library that models, start by the "
       "wall "
       "clock, and the digest with which the fingerprint begins.",
       R"sql(CREATE TABLE header (
  key   TEXT PRIMARY KEY,
  value TEXT NOT NULL
) WITHOUT ROWID;)sql"},
      {"events",
       "All that happened, in order: number without gaps, campaign time in ns, kind, experiment, JSON body, "
       "SHA-256 of the digest before and this event, and when it was written by the wall clock.",
       R"sql(CREATE TABLE events (
  seq        INTEGER PRIMARY KEY,
  time_ns    INTEGER NOT NULL,
  kind       TEXT NOT NULL,
  experiment INTEGER,
  body       TEXT NOT NULL CHECK (json_valid(body)),
  digest     BLOB NOT NULL,
  wall_clock TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
);
CREATE INDEX events_by_experiment ON events (experiment, kind) WHERE experiment IS NOT NULL;
CREATE INDEX events_but_readings ON events (seq) WHERE kind != 'reading';)sql"},
      {"frames",
       "The spectra of an event in their order: mean counts over the scans; without wavelengths they are on "
       "the pixels of the last detector event before. Encoding float64: the counts as float64, little "
       "endian. Encoding sums_zlib: the sums over the scans, as 32-bit integers whose lowest bytes come "
       "first, then all second bytes and so on, deflated by zlib; counts = sum / scans.",
       R"sql(CREATE TABLE frames (
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
  encoding        TEXT NOT NULL DEFAULT 'float64',
  pixels          INTEGER,
  PRIMARY KEY (seq, position)
);)sql"},
  };
  return tables;
}

// Units stand in the column names.
const std::vector<SchemaEntry>& log_views() {
  static const std::vector<SchemaEntry> views{
      {"spectra",
       "The frames with experiment and campaign time; wavelengths as float64, little endian, counts in their "
       "encoding.",
       R"sql(SELECT f.seq, f.position, e.experiment, e.time_ns / 1e9 AS time_s, f.role, f.exposure_s, f.scans, f.dark_subtracted,
       f.lamp_on, f.led_on, coalesce(f.pixels, length(f.counts) / 8) AS pixels,
       f.wavelength_nm AS wavelength_nm_float64_le, f.encoding, f.counts
FROM frames f JOIN events e USING (seq))sql"},
      {"decisions", "What the optimizer chose, why, and what peak it expected, with its 90 % interval.",
       R"sql(SELECT seq, experiment, time_ns / 1e9 AS time_s, json_extract(body, '$.asked') AS asked, json_extract(body, '$.conditions') AS conditions,
       json_extract(body, '$.predicted.peak_nm.mean') AS predicted_peak_nm,
       json_extract(body, '$.predicted.peak_nm.low') AS predicted_peak_low_nm,
       json_extract(body, '$.predicted.peak_nm.high') AS predicted_peak_high_nm,
       json_extract(body, '$.probability') AS probability, json_extract(body, '$.reason') AS reason
FROM events WHERE kind = 'decision')sql"},
      {"conditions", "The conditions of every experiment, one a row, with the unit in the name.",
       R"sql(SELECT e.experiment, c.key AS name, c.value AS value
FROM events e, json_each(e.body, '$.conditions') c WHERE e.kind = 'decision')sql"},
      {"observations",
       "What the spectra of a finished experiment say, with standard errors; the edge length with its 90 % "
       "interval.",
       R"sql(SELECT seq, experiment, time_ns / 1e9 AS time_s,
       json_extract(body, '$.observation.peak_nm') AS peak_nm, json_extract(body, '$.observation.peak_nm_se') AS peak_nm_se,
       json_extract(body, '$.observation.fwhm_meV') AS fwhm_meV, json_extract(body, '$.observation.fwhm_meV_se') AS fwhm_meV_se,
       json_extract(body, '$.observation.intensity') AS intensity_counts_nm_per_s,
       json_extract(body, '$.observation.intensity_se') AS intensity_counts_nm_per_s_se,
       json_extract(body, '$.observation.absorbance') AS absorbance, json_extract(body, '$.observation.absorbance_se') AS absorbance_se,
       json_extract(body, '$.observation.first_exciton_nm') AS first_exciton_nm,
       json_extract(body, '$.observation.first_exciton_nm_se') AS first_exciton_nm_se,
       json_extract(body, '$.observation.plqy') AS plqy, json_extract(body, '$.observation.plqy_se') AS plqy_se,
       json_extract(body, '$.observation.yield') AS yield, json_extract(body, '$.observation.yield_se') AS yield_se,
       json_extract(body, '$.observation.nanoplatelet_fraction') AS nanoplatelet_fraction,
       json_extract(body, '$.observation.nanoplatelet_fraction_se') AS nanoplatelet_fraction_se,
       json_extract(body, '$.observation.edge_length_nm.value') AS edge_length_nm,
       nullif(json_extract(body, '$.observation.edge_length_nm.low'),
              json_extract(body, '$.observation.edge_length_nm.value')) AS edge_length_low_nm,
       nullif(json_extract(body, '$.observation.edge_length_nm.high'),
              json_extract(body, '$.observation.edge_length_nm.value')) AS edge_length_high_nm,
       json_extract(body, '$.observation.flags') AS flags
FROM events WHERE kind = 'outcome' AND json_extract(body, '$.observation') IS NOT NULL)sql"},
      {"failures", "Experiments that gave nothing to measure, and why.",
       R"sql(SELECT seq, experiment, time_ns / 1e9 AS time_s, json_extract(body, '$.failure.kind') AS failure,
       json_extract(body, '$.failure.detail') AS detail
FROM events WHERE kind = 'outcome' AND json_extract(body, '$.failure') IS NOT NULL)sql"},
      {"experiments",
       "One row an experiment: when, at which conditions, with what outcome, and what was expected.",
       R"sql(SELECT d.experiment, d.time_s AS decided_s, coalesce(o.time_s, f.time_s) AS finished_s, d.conditions,
       CASE WHEN o.seq IS NOT NULL THEN 'observed' WHEN f.seq IS NOT NULL THEN f.failure ELSE 'unfinished' END AS outcome,
       o.peak_nm, o.peak_nm_se, o.fwhm_meV, o.fwhm_meV_se, o.edge_length_nm, d.predicted_peak_nm, d.probability, d.reason
FROM decisions d LEFT JOIN observations o USING (experiment) LEFT JOIN failures f USING (experiment))sql"},
      {"readings",
       "What the supervisor read, one number a row: which quantity, with its unit, of which instrument or "
       "stock.",
       R"sql(SELECT e.seq, e.time_ns / 1e9 AS time_s, g.key AS quantity, r.key AS name, r.value AS value
FROM events e, json_each(e.body) g, json_each(g.value) r WHERE e.kind = 'reading')sql"},
      {"temperatures",
       "The heated zone at every reading: temperature, heating power from 0 to 1, and the target of the "
       "experiment at hand, if there is one.",
       R"sql(SELECT e.seq, e.time_ns / 1e9 AS time_s, h.experiment, t.key AS zone, t.value AS process_C,
       json_extract(h.body, '$.temperature_C') AS target_C, o.value AS output
FROM events e JOIN json_each(e.body, '$.temperature_C') t LEFT JOIN json_each(e.body, '$.output') o ON o.key = t.key
LEFT JOIN events h ON h.kind = 'plan' AND h.seq = (
  SELECT seq FROM events WHERE seq < e.seq AND kind IN ('plan', 'outcome', 'recovering', 'trip', 'resumed', 'campaign_ended')
  ORDER BY seq DESC LIMIT 1)
WHERE e.kind = 'reading')sql"},
      {"faults",
       "What went wrong with the bench: warnings, what did not obey, trips of the supervisor, holds, and "
       "experiments that an instrument ended, with the experiment at hand.",
       R"sql(SELECT e.seq, e.time_ns / 1e9 AS time_s, coalesce(e.experiment, h.experiment) AS experiment,
       CASE e.kind WHEN 'state' THEN json_extract(e.body, '$.to') WHEN 'outcome' THEN json_extract(e.body, '$.failure.kind')
         WHEN 'warning' THEN iif(json_extract(e.body, '$.what') LIKE 'did not obey: %', 'disobeyed', 'warning')
         ELSE e.kind END AS fault,
       coalesce(json_extract(e.body, '$.what'), json_extract(e.body, '$.why'), json_extract(e.body, '$.failure.detail')) AS what
FROM events e LEFT JOIN events h ON h.kind = 'plan' AND h.seq = (
  SELECT seq FROM events WHERE seq < e.seq AND kind IN ('plan', 'outcome', 'recovering', 'trip', 'resumed', 'campaign_ended')
  ORDER BY seq DESC LIMIT 1)
WHERE e.kind IN ('warning', 'trip')
   OR e.kind = 'state' AND json_extract(e.body, '$.to') IN ('holding', 'faulted')
   OR e.kind = 'outcome' AND json_extract(e.body, '$.failure.kind') IN
      ('stalled', 'over_temperature', 'over_pressure', 'leak', 'interlock', 'instrument_lost'))sql"},
  };
  return views;
}

const std::vector<LogMigration>& log_migrations() {
  static const std::vector<LogMigration> migrations{
      {1,
       R"sql(ALTER TABLE frames ADD COLUMN encoding TEXT NOT NULL DEFAULT 'float64';
ALTER TABLE frames ADD COLUMN pixels INTEGER;
CREATE INDEX events_but_readings ON events (seq) WHERE kind != 'reading';)sql",
       R"sql(CREATE TEMPORARY VIEW frames AS
SELECT seq, position, role, exposure_s, scans, dark_subtracted, lamp_on, led_on, wavelength_nm, counts,
       'float64' AS encoding, NULL AS pixels
FROM main.frames;)sql"},
  };
  return migrations;
}

}  // namespace nocturne
