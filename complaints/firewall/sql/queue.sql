-- The queue reads holdings alone: what stands there again of the case follows the case, whoever moves it.

-- name: queue_follow() returns trigger
BEGIN
    -- An office that has closed it keeps it closed, until it takes it up again itself (sql/closing.sql).
    UPDATE public.complaints_holding SET state = NEW.state WHERE case_id = NEW.id AND state NOT IN (NEW.state, 'closed');
    RETURN NULL;
END
