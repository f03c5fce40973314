-- Steps of a ladder that are over: the worker's lock, the weekly file and that office's key would open them for as long
-- as the case lives. Where the office has left, or never was given the case, nobody needs them, and noise takes their place.

-- name: firewall_noise(size integer) returns bytea
DECLARE
    found bytea := '\x01';
BEGIN
    -- As long as a box, and beginning as every box does. A random UUID is the server's strong randomness; two fill a hash.
    WHILE length(found) < size LOOP
        found := found || sha512(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()));
    END LOOP;
    RETURN substring(found FOR size);
END

-- name: used_rungs_blank(done_case uuid, numbers integer[]) returns void
    UPDATE public.complaints_rung SET box = public.firewall_noise(octet_length(box)),
           identity_box = public.firewall_noise(octet_length(identity_box))
     WHERE case_id = used_rungs_blank.done_case AND number = ANY (used_rungs_blank.numbers)

-- name: firewall_passed_over() returns trigger
BEGIN
    -- The ladder went on. Who was given a step has a holding by now; whom the veto refused has none, and never will.
    PERFORM public.used_rungs_blank(NEW.id, ARRAY(SELECT taken FROM generate_series(OLD.rung + 1, NEW.rung) taken
        WHERE NOT EXISTS (SELECT FROM public.complaints_holding h WHERE h.case_id = NEW.id AND h.rung = taken)));
    RETURN NULL;
END
