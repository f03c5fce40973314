-- Refuses every change of a row that is history. Raised as a check violation, so that Django gives IntegrityError.
-- Not on the register's copy: its refresh replaces rows.

-- name: agencies_append_only() returns trigger
BEGIN
    RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME
        USING ERRCODE = '23514', CONSTRAINT = TG_TABLE_NAME || '_append_only';
END
