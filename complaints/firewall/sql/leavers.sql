-- Who leaves an office keeps in their head, or on a stick, what they could open: its key of that time, and the body keys of
-- its cases. So each case that the office has needs a new one, as when an office leaves a case (FIREWALL section 2).

-- name: leavers_new_keys(office uuid) returns void
BEGIN
    -- Locked in the order in which all who lock many do. The second statement looks anew: what came meanwhile is in it.
    PERFORM 1 FROM public.complaints_case WHERE id IN (SELECT h.case_id FROM public.complaints_holding h
        WHERE h.office_id = leavers_new_keys.office) ORDER BY id FOR NO KEY UPDATE;
    UPDATE public.complaints_case SET epoch = epoch + 1 WHERE id IN (SELECT h.case_id FROM public.complaints_holding h
        WHERE h.office_id = leavers_new_keys.office);
END

-- name: firewall_leaver() returns trigger
BEGIN
    IF NEW.until <= public.firewall_today() OR NEW.office_id <> OLD.office_id OR NEW.inspector_id <> OLD.inspector_id THEN
        PERFORM public.leavers_new_keys(OLD.office_id);
    END IF;
    RETURN NULL;
END

-- name: firewall_resealed() returns trigger
BEGIN
    -- A body key that was made while registrars had not certified the office's new key yet, or that came with a step of
    -- the ladder sealed before, lay under the old one, which a leaver has. Nothing more is written under it.
    IF NEW.generation IS DISTINCT FROM OLD.generation AND NEW.box <> OLD.box THEN
        UPDATE public.complaints_case SET epoch = epoch + 1 WHERE id = NEW.case_id;
    END IF;
    RETURN NULL;
END
