-- The queue reads holdings alone: what stands there again of the case follows the case, whoever moves it.

-- name: queue_follow() returns trigger
BEGIN
    UPDATE public.complaints_holding SET state = NEW.state WHERE case_id = NEW.id AND state <> NEW.state;
    RETURN NULL;
END
