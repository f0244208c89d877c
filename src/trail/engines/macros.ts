/**
 * Trino's names for DuckDB, so that one text runs on both: those that DuckDB lacks, and those that it has with another
 * meaning. What each means is in https://trino.io/docs/current/functions.html.
 */

/** DuckDB has no function of this name (or none over these arguments). */
const MISSING = `
CREATE MACRO approx_distinct(x) AS approx_count_distinct(x);
CREATE MACRO regexp_like(source, pattern) AS regexp_matches(source, pattern);
CREATE MACRO array_join(items, separator) AS array_to_string(items, separator);
CREATE MACRO cardinality(items) AS len(items);
CREATE MACRO from_iso8601_timestamp(source) AS CAST(source AS TIMESTAMPTZ);
CREATE MACRO from_iso8601_date(source) AS CAST(source AS DATE);
CREATE MACRO to_unixtime(moment) AS epoch(moment);
CREATE MACRO from_unixtime(seconds) AS to_timestamp(seconds);
CREATE MACRO day_of_week(moment) AS isodow(moment);
CREATE MACRO to_iso8601(moment) AS strftime(moment, '%Y-%m-%dT%H:%M:%S.%g');
CREATE MACRO date_format(moment, pattern) AS
  strftime(moment, replace(replace(pattern, '%i', '%M'), '%s', '%S'));
CREATE MACRO sequence(first, last) AS generate_series(first, last);
CREATE MACRO arrays_overlap(a, b) AS list_has_any(a, b);
CREATE MACRO array_max(items) AS list_max(items);
CREATE MACRO array_min(items) AS list_min(items);
CREATE MACRO date_add(unit, n, moment) AS moment + n * CASE unit
  WHEN 'millisecond' THEN INTERVAL 1 MILLISECOND
  WHEN 'second' THEN INTERVAL 1 SECOND WHEN 'minute' THEN INTERVAL 1 MINUTE
  WHEN 'hour' THEN INTERVAL 1 HOUR WHEN 'day' THEN INTERVAL 1 DAY WHEN 'week' THEN INTERVAL 7 DAY
  WHEN 'month' THEN INTERVAL 1 MONTH WHEN 'year' THEN INTERVAL 1 YEAR END;
`

/** Both have it, and DuckDB's means something else: give it Trino's meaning. */
const REDEFINED = `
-- whole units between two moments, where DuckDB counts the boundaries crossed
CREATE MACRO date_diff(unit, a, b) AS date_sub(unit, a, b);
-- NULL past the last part, where DuckDB says ''
CREATE MACRO split_part(source, separator, n) AS
  CASE WHEN n <= len(string_split(source, separator)) THEN string_split(source, separator)[n] END;
-- NULL without a match, where DuckDB says ''
CREATE MACRO regexp_extract(source, pattern, part := 0) AS
  CASE WHEN regexp_matches(source, pattern) THEN system.main.regexp_extract(source, pattern, part) END;
-- every match, where DuckDB replaces the first
CREATE MACRO regexp_replace(source, pattern, replacement) AS
  system.main.regexp_replace(source, pattern, replacement, 'g');
-- NULL when one is, where DuckDB passes over it
CREATE MACRO greatest(a, b) AS CASE WHEN a IS NOT NULL AND b IS NOT NULL THEN system.main.greatest(a, b) END;
CREATE MACRO least(a, b) AS CASE WHEN a IS NOT NULL AND b IS NOT NULL THEN system.main.least(a, b) END;
CREATE MACRO concat(a, b) AS a || b;
`

export const MACROS = MISSING + REDEFINED
