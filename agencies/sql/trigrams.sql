-- Optional, for an operator whose PostgreSQL has the extension: nearest names by index. The search finds the
-- same without it, by scoring all names in memory.
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE INDEX IF NOT EXISTS agencies_agencyname_core_trgm ON agencies_agencyname USING gin (core gin_trgm_ops);
