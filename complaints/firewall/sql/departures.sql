-- An office leaves a case: by its mandate's end, by its own word, or by the complainant's. Its keys there are deleted, and
-- the next writer needs a new body key (FIREWALL section 2). Where nobody is left who works
-- on it, the next tick asks the next rung.

-- name: firewall_departed() returns trigger
BEGIN
    -- Its step of the ladder opens what its holding did, and more: the contact, which nobody had released to it.
    PERFORM public.used_rungs_blank(NEW.case_id, ARRAY(
        SELECT h.rung FROM public.complaints_holding h WHERE h.case_id = NEW.case_id AND h.office_id = NEW.office_id
        UNION SELECT s.rung FROM public.complaints_step s JOIN public.complaints_case c ON c.id = s.case_id
         WHERE s.case_id = NEW.case_id AND s.office_id = NEW.office_id AND s.rung <= c.rung));
    DELETE FROM public.complaints_identityholding WHERE case_id = NEW.case_id AND office_id = NEW.office_id;
    DELETE FROM public.complaints_epochbox WHERE case_id = NEW.case_id AND office_id = NEW.office_id;
    DELETE FROM public.complaints_casegrant g WHERE g.content_object_id = NEW.case_id
        AND (g.office_id = NEW.office_id OR EXISTS (SELECT FROM public.complaints_membership m
             WHERE m.inspector_id = g.user_id AND m.office_id = NEW.office_id
               AND (m.until IS NULL OR m.until > public.firewall_today())));
    DELETE FROM public.complaints_patternmark p USING public.complaints_holding h
        WHERE p.holding_id = h.id AND h.case_id = NEW.case_id AND h.office_id = NEW.office_id;
    DELETE FROM public.complaints_holding WHERE case_id = NEW.case_id AND office_id = NEW.office_id;
    UPDATE public.complaints_case SET epoch = epoch + 1 WHERE id = NEW.case_id;
    PERFORM 1 FROM public.complaints_holding WHERE case_id = NEW.case_id AND state <> 'closed';
    IF NOT FOUND THEN
        UPDATE public.complaints_case SET state = 'released', due = date_trunc('hour', clock_timestamp())
            WHERE id = NEW.case_id AND state IN ('released', 'acknowledged', 'in_work', 'asked', 'decided');
    END IF;
    RETURN NULL;
END

-- name: firewall_may_depart() returns trigger
BEGIN
    -- Only who has a case can leave it; the case's row is locked, so that a writer sees the new epoch or comes before.
    PERFORM 1 FROM public.complaints_case WHERE id = NEW.case_id FOR UPDATE;
    PERFORM 1 FROM public.complaints_holding WHERE case_id = NEW.case_id AND office_id = NEW.office_id;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'an office that does not have the case cannot leave it'
            USING ERRCODE = '23514', CONSTRAINT = 'firewall_may_depart';
    END IF;
    RETURN NEW;
END

-- name: firewall_veto_return() returns trigger
BEGIN
    PERFORM 1 FROM public.complaints_departure WHERE case_id = NEW.case_id AND office_id = NEW.office_id;
    IF FOUND THEN
        RAISE EXCEPTION 'an office that has left a case does not get it again'
            USING ERRCODE = '23514', CONSTRAINT = 'firewall_veto_return';
    END IF;
    RETURN NEW;
END

-- name: mailbox_epochs(tag bytea) returns TABLE(id uuid, epoch smallint, kind text, office_id uuid, inspector_id uuid, rung smallint, box bytea)
    SELECT e.id, e.epoch, e.kind::text, e.office_id, e.inspector_id, e.rung, e.box
      FROM public.complaints_receipt r JOIN public.complaints_epochbox e ON e.case_id = r.case_id
     WHERE r.tag = mailbox_epochs.tag AND e.kind = 'complainant' ORDER BY e.epoch

-- name: mailbox_departures(tag bytea) returns TABLE(id uuid, office_id uuid, week text)
    SELECT d.id, d.office_id, d.week::text
      FROM public.complaints_receipt r JOIN public.complaints_departure d ON d.case_id = r.case_id
     WHERE r.tag = mailbox_departures.tag ORDER BY d.week, d.id

-- name: mailbox_readers(tag bytea) returns TABLE(kind text, id uuid, number smallint, public_key bytea)
    SELECT 'complainant', NULL::uuid, NULL::smallint, r.public_key
      FROM public.complaints_receipt r WHERE r.tag = mailbox_readers.tag
    UNION ALL
    SELECT 'office', h.office_id, NULL, NULL
      FROM public.complaints_receipt r JOIN public.complaints_holding h ON h.case_id = r.case_id
     WHERE r.tag = mailbox_readers.tag
    UNION ALL
    SELECT 'rung', NULL, u.number, u.public_key
      FROM public.complaints_receipt r JOIN public.complaints_rung u ON u.case_id = r.case_id
     WHERE r.tag = mailbox_readers.tag
    UNION ALL
    SELECT 'cover', NULL, NULL, t.box
      FROM public.complaints_receipt r JOIN public.complaints_content t ON t.case_id = r.case_id
     WHERE r.tag = mailbox_readers.tag AND t.kind = 'cover'

-- name: mailbox_new_epoch(tag bytea, epoch smallint, death_week text, boxes jsonb) returns boolean
DECLARE
    mine record;
    wrong integer;
BEGIN
    -- `boxes`: [{id, kind, office, inspector, rung, box in hexadecimal}]. Its readers must be exactly those who go on
    -- reading: nobody is left out by mistake, and nobody added. They lie under the file of `death_week`.
    SELECT c.id, c.rung, c.epoch, c.death_week INTO mine
      FROM public.complaints_receipt r JOIN public.complaints_case c ON c.id = r.case_id
     WHERE r.tag = mailbox_new_epoch.tag AND c.state <> 'withdrawn' FOR UPDATE OF c;
    IF NOT FOUND OR mine.epoch <> mailbox_new_epoch.epoch OR mine.death_week <> mailbox_new_epoch.death_week OR EXISTS (SELECT FROM public.complaints_epochbox e
        WHERE e.case_id = mine.id AND e.epoch = mine.epoch AND e.kind <> 'guest') THEN
        RETURN false;
    END IF;
    SELECT count(*) INTO wrong FROM (
        SELECT b ->> 'kind' AS kind, coalesce(b ->> 'office', b ->> 'inspector', b ->> 'rung', '') AS who
          FROM jsonb_array_elements(boxes) b) given
      FULL JOIN (
        SELECT r.kind, coalesce(r.id::text, r.number::text, '') AS who FROM public.mailbox_readers(tag) r
         WHERE r.kind <> 'cover' AND (r.kind <> 'rung' OR r.number > mine.rung)) wanted
      ON wanted.kind = given.kind AND wanted.who = given.who
     WHERE given.kind IS NULL OR (wanted.kind IS NULL AND NOT (given.kind = 'guest'
           AND EXISTS (SELECT FROM public.mailbox_guests(tag) g WHERE g.id::text = given.who)));
    IF wrong > 0 THEN
        RETURN false;
    END IF;
    INSERT INTO public.complaints_epochbox (id, case_id, epoch, kind, office_id, inspector_id, rung, box)
    SELECT (b ->> 'id')::uuid, mine.id, mine.epoch, b ->> 'kind', (b ->> 'office')::uuid, (b ->> 'inspector')::uuid,
           (b ->> 'rung')::smallint, decode(b ->> 'box', 'hex')
      FROM jsonb_array_elements(boxes) b;
    RETURN true;
END
