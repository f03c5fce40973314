-- How a case ends for an office: on the word of two of its members, and for everybody when the last office has closed it.
-- A holding's state repeats its case's, but for one: an office that has closed it keeps it closed while others work on.

-- name: firewall_is_quiet(quiet_case uuid) returns boolean
    -- Nobody has written anything about it for 26 weeks.
    SELECT to_char(public.firewall_today() - 7 * 26, 'IYYY"-W"IW') >= (SELECT max(w.week) FROM (
        SELECT c.week FROM public.complaints_case c WHERE c.id = quiet_case UNION ALL
        SELECT m.week FROM public.complaints_message m WHERE m.case_id = quiet_case UNION ALL
        SELECT r.week FROM public.complaints_caserecord r WHERE r.case_id = quiet_case) w)

-- name: firewall_by_owner() returns boolean
    -- Whether the databases' owner itself acts, to mend something: it could drop a trigger as well. Inside this function
    -- the current user is the owner; a zone's role signs in as itself and can take no other role.
    SELECT coalesce(nullif(current_setting('role'), 'none'), session_user::text) = current_user::text

-- name: firewall_veto_closing() returns trigger
DECLARE
    state_now text;
    approval uuid;
BEGIN
    IF NEW.state = OLD.state OR public.firewall_by_owner() THEN
        RETURN NEW;
    END IF;
    SELECT state INTO state_now FROM public.complaints_case WHERE id = NEW.case_id FOR NO KEY UPDATE;
    IF NEW.state = state_now THEN
        RETURN NEW;  -- it follows its case, whose own veto has spoken
    END IF;
    IF NEW.state = 'closed' THEN
        FOR approval IN SELECT id FROM public.complaints_approval
            WHERE case_id = NEW.case_id AND office_id = NEW.office_id AND purpose = 'closing'
        LOOP
            IF public.firewall_is_approved(approval, 'closing') THEN
                UPDATE public.complaints_approval SET spent_week = to_char(public.firewall_today(), 'IYYY"-W"IW')
                  WHERE id = approval;
                RETURN NEW;
            END IF;
        END LOOP;
    END IF;
    RAISE EXCEPTION 'an office closes a case on the word of two of its members'
        USING ERRCODE = '23514', CONSTRAINT = 'firewall_veto_closing';
END

-- name: firewall_veto_ended() returns trigger
BEGIN
    -- Decided while at most one office has it open; closed when all that have it have closed it, or when it is decided,
    -- its clock is over and nobody has written about it for half a year.
    IF NEW.state = OLD.state OR NEW.state NOT IN ('decided', 'closed') OR public.firewall_by_owner() THEN
        RETURN NEW;
    END IF;
    IF NEW.state = 'decided' AND 1 >= (SELECT count(*) FROM public.complaints_holding
        WHERE case_id = NEW.id AND state <> 'closed') THEN
        RETURN NEW;
    END IF;
    IF NEW.state = 'closed' AND (
        (OLD.state = 'decided' AND OLD.due <= clock_timestamp() AND public.firewall_is_quiet(NEW.id))
        OR (EXISTS (SELECT FROM public.complaints_holding WHERE case_id = NEW.id)
            AND NOT EXISTS (SELECT FROM public.complaints_holding WHERE case_id = NEW.id AND state <> 'closed'))) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'one office ends no case that another one has open'
        USING ERRCODE = '23514', CONSTRAINT = 'firewall_veto_ended';
END

-- name: mailbox_next_office(tag bytea, due timestamptz) returns boolean
DECLARE
    mine record;
BEGIN
    -- The complainant does not want to wait any longer, or to leave it at what an office made of it: the clock is over,
    -- and the next tick asks the next rung.
    SELECT c.id, c.state, c.due INTO mine
      FROM public.complaints_receipt r JOIN public.complaints_case c ON c.id = r.case_id
     WHERE r.tag = mailbox_next_office.tag FOR NO KEY UPDATE OF c;
    IF NOT FOUND OR date_trunc('hour', mailbox_next_office.due) <> mailbox_next_office.due
       OR mine.state NOT IN ('released', 'acknowledged', 'in_work', 'decided', 'closed')
       OR (mine.state NOT IN ('decided', 'closed') AND mine.due <= mailbox_next_office.due) THEN
        RETURN false;
    END IF;
    UPDATE public.complaints_case SET due = mailbox_next_office.due,
        state = CASE WHEN mine.state IN ('decided', 'closed') THEN 'released' ELSE mine.state END WHERE id = mine.id;
    UPDATE public.complaints_holding SET due = mailbox_next_office.due WHERE case_id = mine.id;
    RETURN true;
END

-- name: mailbox_remove_office(tag bytea, office uuid) returns boolean
DECLARE
    mine uuid;
BEGIN
    -- Also of a case that the office has closed: where no office has it any more, the next one is asked.
    INSERT INTO public.complaints_departure (id, case_id, office_id, week)
    SELECT gen_random_uuid(), h.case_id, h.office_id, to_char(public.firewall_today(), 'IYYY"-W"IW')
      FROM public.complaints_receipt r JOIN public.complaints_holding h ON h.case_id = r.case_id
     WHERE r.tag = mailbox_remove_office.tag AND h.office_id = mailbox_remove_office.office
    ON CONFLICT DO NOTHING
    RETURNING case_id INTO mine;
    IF mine IS NULL THEN
        RETURN false;
    END IF;
    UPDATE public.complaints_case SET state = 'released', due = date_trunc('hour', clock_timestamp())
     WHERE id = mine AND state = 'closed'
       AND NOT EXISTS (SELECT FROM public.complaints_holding WHERE case_id = mine);
    RETURN true;
END
