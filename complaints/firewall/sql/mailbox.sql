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
