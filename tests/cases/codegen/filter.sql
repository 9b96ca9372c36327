CREATE STREAM rides (id STRING KEY, zone INT, fare DOUBLE, tags ARRAY<STRING>) WITH (KAFKA_TOPIC='rides', VALUE_FORMAT='JSON');
CREATE STREAM dear AS SELECT id, zone + 1 AS next, fare FROM rides WHERE fare > 40 AND zone <> 3;
