-- A case's end: when its week comes, or when the complainant says so (FIREWALL rule 16). Weeks are ISO weeks, "2028-W47".

-- name: retention_is_held(held_case uuid) returns boolean
    -- By two members of an office that still has the case: one that lost it can neither see the hold nor lift it.
    SELECT EXISTS (SELECT FROM public.complaints_approval a
        JOIN public.complaints_holding h ON h.case_id = a.case_id AND h.office_id = a.office_id
        WHERE a.case_id = held_case AND a.purpose = 'hold' AND a.approved_week <> '' AND a.spent_week = '')

-- name: retention_week() returns trigger
BEGIN
    -- A case's week of death moves half a year on, when it has come, while an office works on it or it is held.
    IF NEW.death_week = OLD.death_week THEN
        RETURN NEW;
    END IF;
    IF OLD.death_week > to_char(public.firewall_today(), 'IYYY"-W"IW')
       OR NEW.death_week <> to_char(to_date(OLD.death_week, 'IYYY"-W"IW') + 7 * 26, 'IYYY"-W"IW')
       OR (OLD.state IN ('closed', 'withdrawn') AND NOT public.retention_is_held(OLD.id)) THEN
        RAISE EXCEPTION 'a case is kept for half a year more in its week, while it is open or held'
            USING ERRCODE = '23514', CONSTRAINT = 'retention_week';
    END IF;
    RETURN NEW;
END

-- name: retention_close_quiet() returns uuid[]
DECLARE
    decided uuid[];
    closed uuid[];
BEGIN
    -- Decided cases about which nobody has written anything for 26 weeks, and whose clock is over: nobody has to
    -- remember to close them. Locked first, then looked at, so that what is written meanwhile is seen.
    decided := ARRAY(SELECT id FROM public.complaints_case WHERE state = 'decided' AND due <= clock_timestamp()
        ORDER BY id FOR NO KEY UPDATE SKIP LOCKED);
    WITH quiet AS (
        UPDATE public.complaints_case c SET state = 'closed'
         WHERE c.id = ANY (decided) AND public.firewall_is_quiet(c.id)
        RETURNING c.id)
    SELECT coalesce(array_agg(id), '{}') INTO closed FROM quiet;
    RETURN closed;
END

-- name: retention_forget(gone uuid[]) returns void
BEGIN
    -- All that hangs on these cases, the salts of what the log says of them included. The log's links stay.
    DELETE FROM public.complaints_protectivedisclosure p USING public.complaints_approval a
        WHERE p.approval_id = a.id AND a.case_id = ANY (gone);
    DELETE FROM public.complaints_approval WHERE case_id = ANY (gone);
    DELETE FROM public.complaints_casegrant WHERE content_object_id = ANY (gone);
    DELETE FROM public.complaints_identityholding WHERE case_id = ANY (gone);
    DELETE FROM public.complaints_patternmark p USING public.complaints_holding h
        WHERE p.holding_id = h.id AND h.case_id = ANY (gone);
    DELETE FROM public.complaints_holding WHERE case_id = ANY (gone);
    DELETE FROM public.complaints_epochbox WHERE case_id = ANY (gone);
    DELETE FROM public.complaints_rung WHERE case_id = ANY (gone);
    DELETE FROM public.complaints_step WHERE case_id = ANY (gone);
    DELETE FROM public.complaints_attachment WHERE case_id = ANY (gone);
    DELETE FROM public.complaints_helperreceipt WHERE case_id = ANY (gone);
    DELETE FROM public.complaints_message WHERE case_id = ANY (gone);
    DELETE FROM public.complaints_caserecord WHERE case_id = ANY (gone);
    DELETE FROM public.complaints_content WHERE case_id = ANY (gone);
    DELETE FROM public.complaints_recusal WHERE case_id = ANY (gone);
    DELETE FROM public.complaints_departure WHERE case_id = ANY (gone);
    DELETE FROM public.complaints_parcel WHERE case_id = ANY (gone);
    DELETE FROM public.complaints_stuckcase WHERE case_id = ANY (gone);
    DELETE FROM public.complaints_disclosuredetail WHERE case_id = ANY (gone);
END

-- name: retention_withdrawn() returns trigger
DECLARE
    state_now text;
BEGIN
    -- What the log says of a case is gone for good once the case is withdrawn. The row is locked as a foreign key would
    -- at the commit, but now: a writer comes before the withdrawal, which then deletes this too, or is refused after it.
    IF NEW.case_id IS NULL THEN
        RETURN NEW;
    END IF;
    SELECT state INTO state_now FROM public.complaints_case WHERE id = NEW.case_id FOR KEY SHARE;
    IF NOT FOUND OR state_now = 'withdrawn' THEN
        RAISE EXCEPTION 'nothing more is written down about a case that was withdrawn'
            USING ERRCODE = '23514', CONSTRAINT = 'retention_withdrawn';
    END IF;
    RETURN NEW;
END

-- name: retention_bury(week text) returns integer
DECLARE
    gone uuid[];
BEGIN
    -- The rows of the cases whose week is over by the database's own clock, or has come to its last day.
    IF retention_bury.week > to_char(public.firewall_today(), 'IYYY"-W"IW')
       OR (retention_bury.week = to_char(public.firewall_today(), 'IYYY"-W"IW') AND extract(isodow FROM public.firewall_today()) < 7) THEN
        RAISE EXCEPTION 'this week is not over' USING ERRCODE = '23514', CONSTRAINT = 'retention_bury';
    END IF;
    gone := ARRAY(SELECT id FROM public.complaints_case WHERE death_week = retention_bury.week FOR UPDATE);
    PERFORM public.retention_forget(gone);
    DELETE FROM public.complaints_receipt WHERE case_id = ANY (gone);
    DELETE FROM public.complaints_case WHERE id = ANY (gone);
    RETURN cardinality(gone);
END

-- name: mailbox_withdraw(tag bytea) returns boolean
DECLARE
    mine uuid;
BEGIN
    -- At once, and whatever holds the case. The receipt's row stays, empty, so that the receipt can say what happened.
    SELECT c.id INTO mine FROM public.complaints_receipt r JOIN public.complaints_case c ON c.id = r.case_id
      WHERE r.tag = mailbox_withdraw.tag FOR UPDATE OF c;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    PERFORM public.retention_forget(ARRAY[mine]);
    UPDATE public.complaints_receipt SET box = '' WHERE case_id = mine;
    UPDATE public.complaints_case SET state = 'withdrawn' WHERE id = mine;
    RETURN true;
END
