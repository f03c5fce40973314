-- What one person proposed for the directory of help stays as it was proposed, and is closed once, by one account.
-- Raised as a check violation, so that Django gives IntegrityError.

-- name: agencies_proposed_help_once() returns trigger
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.stage = 'PROPOSED' AND NEW.stage <> 'PROPOSED'
       AND (NEW.id, NEW.change, NEW.entry_id, NEW.facts, NEW.proposed_by, NEW.proposed_by_user_id, NEW.proposed_at)
           IS NOT DISTINCT FROM
           (OLD.id, OLD.change, OLD.entry_id, OLD.facts, OLD.proposed_by, OLD.proposed_by_user_id, OLD.proposed_at)
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'rows of % are closed once and never changed', TG_TABLE_NAME
        USING ERRCODE = '23514', CONSTRAINT = TG_TABLE_NAME || '_append_only';
END
