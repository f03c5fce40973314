-- Guests: somebody invited to one case, for a time (FIREWALL section 2). What they were given goes with the invitation.

-- name: firewall_works_inside(person uuid) returns boolean
DECLARE
    membership record;
    inside boolean := false;
BEGIN
    -- Works in an office inside rule 1, and today in none outside it.
    PERFORM 1 FROM public.complaints_inspector WHERE id = person AND is_active;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    FOR membership IN
        SELECT office_id FROM public.complaints_membership
          WHERE inspector_id = person AND (until IS NULL OR until > public.firewall_today()) ORDER BY office_id
          FOR SHARE
    LOOP
        IF NOT public.firewall_office_may_hold(membership.office_id) THEN
            RETURN false;
        END IF;
        inside := true;
    END LOOP;
    RETURN inside;
END

-- name: firewall_uninvited() returns trigger
BEGIN
    PERFORM 1 FROM public.complaints_casegrant
      WHERE content_object_id = OLD.content_object_id AND user_id = OLD.user_id;
    IF FOUND THEN
        RETURN NULL;
    END IF;
    DELETE FROM public.complaints_epochbox
      WHERE case_id = OLD.content_object_id AND kind = 'guest' AND inspector_id = OLD.user_id;
    IF OLD.voucher <> '' THEN  -- a reader goes: the next writer makes a new key
        UPDATE public.complaints_case SET epoch = epoch + 1 WHERE id = OLD.content_object_id;
    END IF;
    RETURN NULL;
END

-- name: firewall_membership_ended() returns trigger
BEGIN
    -- Who leaves an office leaves behind every case they were invited to as one of its members.
    IF NEW.until <= public.firewall_today() OR NEW.office_id <> OLD.office_id OR NEW.inspector_id <> OLD.inspector_id THEN
        DELETE FROM public.complaints_casegrant WHERE user_id = OLD.inspector_id;
    END IF;
    RETURN NULL;
END

-- name: guests_of_office_end(office uuid) returns void
BEGIN
    -- An office's mandate has ended: whoever works there is nobody's guest.
    DELETE FROM public.complaints_casegrant g USING public.complaints_membership m
     WHERE m.inspector_id = g.user_id AND m.office_id = guests_of_office_end.office
       AND (m.until IS NULL OR m.until > public.firewall_today());
END

-- name: guests_end_over() returns integer
DECLARE
    ended integer;
BEGIN
    -- The reading ended by itself with the last day; this takes the boxes away as well.
    DELETE FROM public.complaints_casegrant WHERE until < public.firewall_today();
    GET DIAGNOSTICS ended = ROW_COUNT;
    RETURN ended;
END

-- name: mailbox_guests(tag bytea) returns TABLE(id uuid, public_key bytea, voucher bytea, office_id uuid)
    SELECT g.user_id, k.public_key, g.voucher, g.office_id
      FROM public.complaints_receipt r JOIN public.complaints_casegrant g ON g.content_object_id = r.case_id
      JOIN public.complaints_memberkey k ON k.inspector_id = g.user_id
     WHERE r.tag = mailbox_guests.tag AND g.voucher <> '' AND g.until >= public.firewall_today()
       AND NOT EXISTS (SELECT FROM public.complaints_recusal n WHERE n.case_id = r.case_id AND n.inspector_id = g.user_id)
       AND public.firewall_works_inside(g.user_id) AND public.firewall_office_may_hold(g.office_id)
