-- Views of the archive for DuckDB; each line is read once. See docs/archive.md.
--
--   duckdb -init examples/archive/archive.sql                                  in a folder with a copy of the bucket
--   duckdb -cmd "SET VARIABLE archive = 's3://selvedge-archive-prod'" -init examples/archive/archive.sql
--
-- For R2 itself make a secret first:
--   CREATE SECRET (TYPE r2, KEY_ID '…', SECRET '…', ACCOUNT_ID '…');         and say 'r2://selvedge-archive-prod'

SET VARIABLE archive = coalesce(getvariable('archive'), '.');

-- Every accepted event. The Queue delivers at least once, and a batch that comes again may be cut in another way: then a line
-- stands in two files. Copies have the same id and always stand in the same folder, so that a query for one hour or one
-- source reads the files of these alone.
CREATE OR REPLACE VIEW events AS
SELECT * EXCLUDE (v, filename)
FROM read_json(
  getvariable('archive') || '/archive/*/*/*.ndjson.gz',
  format = 'newline_delimited',
  compression = 'gzip',
  hive_partitioning = true,
  hive_types = {'source': VARCHAR, 'hour': VARCHAR},
  filename = true,
  maximum_object_size = 33554432,
  columns = {
    'id': 'VARCHAR',
    'v': 'UTINYINT',
    'profileId': 'VARCHAR',
    'messageId': 'VARCHAR',
    'type': 'VARCHAR',
    'timestamp': 'TIMESTAMP',
    'receivedAt': 'TIMESTAMP',
    'ids': 'STRUCT("namespace" VARCHAR, "value" VARCHAR, trust VARCHAR)[]',
    'previous': 'STRUCT("namespace" VARCHAR, "value" VARCHAR)',
    'account': 'STRUCT(id VARCHAR, trust VARCHAR)',
    'decision': 'JSON',
    'consent': 'STRUCT(analytics BOOLEAN, personalisation BOOLEAN, advertising BOOLEAN, sale_or_share BOOLEAN)',
    'notIdentifiers': 'STRUCT("namespace" VARCHAR, "value" VARCHAR, reason VARCHAR)[]',
    'body': 'JSON'
  }
)
QUALIFY row_number() OVER (PARTITION BY source, hour, id ORDER BY filename) = 1;

-- What no event says: admins' merges and unmerges, erasures, releases from quarantine.
SET VARIABLE words = (SELECT count(*) FROM glob(getvariable('archive') || '/words/*/*.ndjson.gz'));
CREATE OR REPLACE VIEW words AS
SELECT DISTINCT ON (id) *
FROM query(CASE WHEN getvariable('words') > 0 THEN $$
  SELECT id, "timestamp", said FROM read_json(
    getvariable('archive') || '/words/*/*.ndjson.gz',
    format = 'newline_delimited',
    compression = 'gzip',
    columns = {'id': 'VARCHAR', 'timestamp': 'TIMESTAMP', 'said': 'JSON'}
  )
$$ ELSE $$
  SELECT NULL::VARCHAR AS id, NULL::TIMESTAMP AS "timestamp", NULL::JSON AS said WHERE false
$$ END);

-- What bots sent, which nothing else counts.
SET VARIABLE bots = (SELECT count(*) FROM glob(getvariable('archive') || '/bots/*/*/*.ndjson.gz'));
CREATE OR REPLACE VIEW bots AS
SELECT DISTINCT ON (id) *
FROM query(CASE WHEN getvariable('bots') > 0 THEN $$
  SELECT id, bot, "userAgent", source, hour, "type", "timestamp", body FROM read_json(
    getvariable('archive') || '/bots/*/*/*.ndjson.gz',
    format = 'newline_delimited',
    compression = 'gzip',
    hive_partitioning = true,
    hive_types = {'source': VARCHAR, 'hour': VARCHAR},
    columns = {
      'id': 'VARCHAR', 'bot': 'VARCHAR', 'userAgent': 'VARCHAR', 'type': 'VARCHAR', 'timestamp': 'TIMESTAMP', 'body': 'JSON'
    }
  )
$$ ELSE $$
  SELECT NULL::VARCHAR AS id, NULL::VARCHAR AS bot, NULL::VARCHAR AS "userAgent", NULL::VARCHAR AS source, NULL::VARCHAR AS hour,
    NULL::VARCHAR AS "type", NULL::TIMESTAMP AS "timestamp", NULL::JSON AS body WHERE false
$$ END);

-- Who entered segments and left them.
SET VARIABLE segments = (SELECT count(*) FROM glob(getvariable('archive') || '/segments/*/*.ndjson.gz'));
CREATE OR REPLACE VIEW segments AS
SELECT DISTINCT ON (id) *
FROM query(CASE WHEN getvariable('segments') > 0 THEN $$
  SELECT id, event, "profileId", segment, "timestamp", how, "messageId", hour FROM read_json(
    getvariable('archive') || '/segments/*/*.ndjson.gz',
    format = 'newline_delimited',
    compression = 'gzip',
    hive_partitioning = true,
    hive_types = {'hour': VARCHAR},
    columns = {
      'id': 'VARCHAR', 'event': 'VARCHAR', 'profileId': 'VARCHAR', 'segment': 'VARCHAR', 'timestamp': 'TIMESTAMP', 'how': 'VARCHAR',
      'messageId': 'VARCHAR'
    }
  )
$$ ELSE $$
  SELECT NULL::VARCHAR AS id, NULL::VARCHAR AS event, NULL::VARCHAR AS "profileId", NULL::VARCHAR AS segment, NULL::TIMESTAMP AS "timestamp",
    NULL::VARCHAR AS how, NULL::VARCHAR AS "messageId", NULL::VARCHAR AS hour WHERE false
$$ END);

-- What is known of each file without reading it.
CREATE OR REPLACE VIEW files AS
SELECT * EXCLUDE (filename)
FROM read_json(
  getvariable('archive') || '/manifest/**/*.json',
  format = 'unstructured',
  hive_partitioning = false,
  filename = true,
  columns = {
    'file': 'VARCHAR',
    'format': 'VARCHAR',
    'lineVersion': 'UTINYINT',
    'lines': 'UBIGINT',
    'bytes': 'UBIGINT',
    'sha256': 'VARCHAR',
    'minReceivedAt': 'TIMESTAMP',
    'maxReceivedAt': 'TIMESTAMP'
  }
);
