-- Everything intake may do with a case that exists: by receipt tag, and by nothing else.

-- name: mailbox_case(tag bytea) returns TABLE(id uuid, week text, state text, severity smallint, rung smallint, due timestamptz, death_week text, epoch smallint, box bytea)
    SELECT c.id, c.week::text, c.state::text, c.severity, c.rung, c.due, c.death_week::text, c.epoch, r.box
      FROM public.complaints_receipt r JOIN public.complaints_case c ON c.id = r.case_id
     WHERE r.tag = mailbox_case.tag

-- name: mailbox_steps(tag bytea) returns TABLE(rung smallint, outcome text, office uuid, week text)
    SELECT s.rung, s.outcome::text, s.office_id, s.week::text
      FROM public.complaints_receipt r JOIN public.complaints_step s ON s.case_id = r.case_id
     WHERE r.tag = mailbox_steps.tag ORDER BY s.rung

-- name: mailbox_messages(tag bytea) returns TABLE(id uuid, direction text, week text, epoch smallint, box bytea)
    SELECT m.id, m.direction::text, m.week::text, m.epoch, m.box
      FROM public.complaints_receipt r JOIN public.complaints_message m ON m.case_id = r.case_id
     WHERE r.tag = mailbox_messages.tag

-- name: mailbox_append(tag bytea, message uuid, week text, epoch smallint, box bytea) returns boolean
    INSERT INTO public.complaints_message (id, case_id, direction, week, epoch, box)
    SELECT mailbox_append.message, c.id, 'from', mailbox_append.week, mailbox_append.epoch, mailbox_append.box
      FROM public.complaints_receipt r JOIN public.complaints_case c ON c.id = r.case_id
     WHERE r.tag = mailbox_append.tag AND c.state <> 'withdrawn' AND c.epoch = mailbox_append.epoch
       FOR SHARE OF c
    ON CONFLICT DO NOTHING
    RETURNING true

-- name: firewall_veto_voice() returns trigger
BEGIN
    -- Only the receipt's door writes in the complainant's name: what the agency may be told is such a message. The desk
    -- may add messages, and has no right to that door. (Inside this function the current user is the owner.)
    IF NEW.direction = 'to' OR has_function_privilege(
        coalesce(nullif(current_setting('role'), 'none'), session_user::text),
        'public.mailbox_append(bytea, uuid, text, smallint, bytea)', 'EXECUTE') THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'nobody writes in the complainant''s name but by the receipt'
        USING ERRCODE = '23514', CONSTRAINT = 'firewall_veto_voice';
END

-- name: mailbox_answered(tag bytea, due timestamptz, sooner timestamptz) returns boolean
    -- An answer to the office's question: its clock goes on, and stands as coarsely as any. `sooner` is for an office for
    -- which the case is more urgent than its complainant is told: intake brings it always, and learns of nothing.
    WITH mine AS (
        UPDATE public.complaints_case c SET state = 'in_work', due = mailbox_answered.due
          FROM public.complaints_receipt r
         WHERE r.tag = mailbox_answered.tag AND c.id = r.case_id AND c.state = 'asked'
           AND date_trunc('hour', mailbox_answered.due) = mailbox_answered.due
           AND date_trunc('hour', mailbox_answered.sooner) = mailbox_answered.sooner
        RETURNING c.id, c.severity),
    held AS (
        UPDATE public.complaints_holding h
           SET due = CASE WHEN h.severity < mine.severity THEN least(mailbox_answered.due, mailbox_answered.sooner)
                     ELSE mailbox_answered.due END
          FROM mine WHERE h.case_id = mine.id)
    SELECT EXISTS (SELECT FROM mine)

-- name: mailbox_body(tag bytea) returns TABLE(box bytea)
    SELECT t.box
      FROM public.complaints_receipt r JOIN public.complaints_content t ON t.case_id = r.case_id
     WHERE r.tag = mailbox_body.tag AND t.kind = 'body' AND t.epoch = 0

-- name: mailbox_attach(tag bytea, attachment uuid, week text, epoch smallint, box bytea) returns boolean
    -- In the same transaction as the message that says what it is; a message that is there twice brings no file twice.
    INSERT INTO public.complaints_attachment (id, case_id, week, epoch, box)
    SELECT mailbox_attach.attachment, c.id, mailbox_attach.week, mailbox_attach.epoch, mailbox_attach.box
      FROM public.complaints_receipt r JOIN public.complaints_case c ON c.id = r.case_id
     WHERE r.tag = mailbox_attach.tag AND c.state <> 'withdrawn' AND c.epoch = mailbox_attach.epoch
       FOR SHARE OF c
    ON CONFLICT DO NOTHING
    RETURNING true

-- name: mailbox_file(tag bytea, attachment uuid) returns TABLE(epoch smallint, box bytea)
    -- A file of this case and of no other. What it is stands in the message that it came with.
    SELECT a.epoch, a.box
      FROM public.complaints_receipt r JOIN public.complaints_attachment a ON a.case_id = r.case_id
     WHERE r.tag = mailbox_file.tag AND a.id = mailbox_file.attachment

-- name: mailbox_identity(tag bytea, box bytea, gives boolean) returns boolean
    -- How the person can be reached, taken back or (`gives`) said anew. Its key has no epochs: where an office that was
    -- given it has left the case, nothing new is put under it. All boxes have one length, so none tells which it is.
    UPDATE public.complaints_content t SET box = mailbox_identity.box
      FROM public.complaints_receipt r JOIN public.complaints_case c ON c.id = r.case_id
     WHERE r.tag = mailbox_identity.tag AND t.case_id = c.id AND t.kind = 'identity' AND c.state <> 'withdrawn'
       AND length(t.box) = length(mailbox_identity.box)
       AND NOT (mailbox_identity.gives AND EXISTS (SELECT FROM public.complaints_departure d
           JOIN public.complaints_disclosuredetail l ON l.case_id = d.case_id AND l.office_id = d.office_id
          WHERE d.case_id = c.id AND l.verb = 'identity_released'))
    RETURNING true

-- name: mailbox_helper(tag bytea, helper bytea) returns boolean
DECLARE
    mine uuid;
BEGIN
    -- A helper's receipt instead of the one before; without one, the one before is revoked.
    SELECT c.id INTO mine FROM public.complaints_receipt r JOIN public.complaints_case c ON c.id = r.case_id
     WHERE r.tag = mailbox_helper.tag AND c.state <> 'withdrawn' FOR UPDATE OF c;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    DELETE FROM public.complaints_helperreceipt WHERE case_id = mine;
    IF mailbox_helper.helper IS NOT NULL THEN
        INSERT INTO public.complaints_helperreceipt (case_id, tag) VALUES (mine, mailbox_helper.helper);
    END IF;
    RETURN true;
END

-- name: mailbox_has_helper(tag bytea) returns boolean
    SELECT EXISTS (SELECT FROM public.complaints_receipt r
      JOIN public.complaints_helperreceipt h ON h.case_id = r.case_id WHERE r.tag = mailbox_has_helper.tag)

-- name: helper_case(tag bytea) returns TABLE(week text, state text, severity smallint, due timestamptz)
    -- How far a case is, for whom the complainant gave a helper's receipt: no id, no box.
    SELECT c.week::text, c.state::text, c.severity, c.due
      FROM public.complaints_helperreceipt h JOIN public.complaints_case c ON c.id = h.case_id
     WHERE h.tag = helper_case.tag

-- name: helper_steps(tag bytea) returns TABLE(rung smallint, outcome text, office uuid, week text)
    SELECT s.rung, s.outcome::text, s.office_id, s.week::text
      FROM public.complaints_helperreceipt h JOIN public.complaints_step s ON s.case_id = h.case_id
     WHERE h.tag = helper_steps.tag ORDER BY s.rung
