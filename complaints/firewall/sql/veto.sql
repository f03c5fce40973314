-- Who may be given a case: FIREWALL rules 1 and 2. Every function runs as its owner with a pinned search path;
-- the office row and its attestation are locked FOR SHARE, so that a mandate cannot end between look and grant.
-- 23514 with a constraint name reaches Django as an IntegrityError that says which guard spoke.

-- name: firewall_today() returns date
    -- The day of this moment in UTC, not of the transaction's beginning as current_date is (nor of the statement's): who
    -- begins before an attestation ends, and waits, is told no all the same.
    SELECT (clock_timestamp() AT TIME ZONE 'UTC')::date

-- name: firewall_office_may_hold(office uuid) returns boolean
DECLARE
    mandate_now text;
BEGIN
    SELECT mandate INTO mandate_now FROM public.complaints_office WHERE id = office FOR SHARE;
    IF mandate_now IS DISTINCT FROM 'labour_only' THEN
        RETURN false;
    END IF;
    PERFORM 1 FROM public.complaints_attestation
      WHERE office_id = office AND NOT withdrawn AND signed_on <= public.firewall_today() AND expires_on > public.firewall_today()
      FOR SHARE;
    RETURN FOUND;
END

-- name: firewall_veto_holding() returns trigger
BEGIN
    IF NOT public.firewall_office_may_hold(NEW.office_id) THEN
        RAISE EXCEPTION 'an office outside rule 1 cannot hold a case'
            USING ERRCODE = '23514', CONSTRAINT = 'firewall_veto_holding';
    END IF;
    IF NEW.assignee_id IS NOT NULL THEN
        PERFORM 1 FROM public.complaints_membership
          WHERE inspector_id = NEW.assignee_id AND office_id = NEW.office_id
            AND (until IS NULL OR until > public.firewall_today())
          FOR SHARE;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'only a member of the office can be given its case'
                USING ERRCODE = '23514', CONSTRAINT = 'firewall_veto_assignee';
        END IF;
    END IF;
    RETURN NEW;
END

-- name: firewall_veto_membership() returns trigger
BEGIN
    -- Leaving is always possible; joining needs an office inside rule 1.
    IF NEW.until IS NOT NULL AND TG_OP = 'UPDATE' AND NEW.office_id = OLD.office_id
       AND NEW.inspector_id = OLD.inspector_id THEN
        RETURN NEW;
    END IF;
    IF NOT public.firewall_office_may_hold(NEW.office_id) THEN
        RAISE EXCEPTION 'nobody can join an office outside rule 1'
            USING ERRCODE = '23514', CONSTRAINT = 'firewall_veto_membership';
    END IF;
    RETURN NEW;
END

-- name: firewall_veto_person() returns trigger
BEGIN
    -- A permission on a case is given by an office that has it, for 90 days at most, to somebody who works inside rule 1
    -- and in no office that has left the case. The case's row is locked: no office leaves between look and grant.
    IF NEW.until < public.firewall_today() OR NEW.until > public.firewall_today() + 90 THEN
        RAISE EXCEPTION 'an invitation is for 90 days at most'
            USING ERRCODE = '23514', CONSTRAINT = 'firewall_veto_person_until';
    END IF;
    IF NOT public.firewall_works_inside(NEW.user_id) OR NOT public.firewall_office_may_hold(NEW.office_id) THEN
        RAISE EXCEPTION 'a person outside rule 1 cannot be given a case'
            USING ERRCODE = '23514', CONSTRAINT = 'firewall_veto_person';
    END IF;
    PERFORM 1 FROM public.complaints_case WHERE id = NEW.content_object_id FOR SHARE;
    PERFORM 1 FROM public.complaints_holding WHERE case_id = NEW.content_object_id AND office_id = NEW.office_id;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'only an office that has the case invites somebody to it'
            USING ERRCODE = '23514', CONSTRAINT = 'firewall_veto_person_office';
    END IF;
    PERFORM 1 FROM public.complaints_departure d JOIN public.complaints_membership m ON m.office_id = d.office_id
      WHERE d.case_id = NEW.content_object_id AND m.inspector_id = NEW.user_id
        AND (m.until IS NULL OR m.until > public.firewall_today());
    IF FOUND THEN
        RAISE EXCEPTION 'nobody of an office that has left a case comes back as a guest'
            USING ERRCODE = '23514', CONSTRAINT = 'firewall_veto_person_left';
    END IF;
    RETURN NEW;
END

-- name: firewall_veto_approval() returns trigger
BEGIN
    -- Both names on an approval are members of the office that holds the case, not recused from it, and it is given once.
    IF TG_OP = 'UPDATE' AND OLD.spent_week = '' AND NEW.spent_week <> '' AND OLD.approved_by_id = NEW.approved_by_id
       AND OLD.approved_week = NEW.approved_week THEN
        RETURN NEW;  -- acted on, once
    END IF;
    IF TG_OP = 'UPDATE' AND OLD.approved_by_id IS NOT NULL THEN
        RAISE EXCEPTION 'an approval is given once'
            USING ERRCODE = '23514', CONSTRAINT = 'firewall_veto_approval_once';
    END IF;
    PERFORM 1 FROM public.complaints_holding WHERE case_id = NEW.case_id AND office_id = NEW.office_id;
    IF NOT FOUND OR NOT public.firewall_office_may_hold(NEW.office_id) THEN
        RAISE EXCEPTION 'only an office inside rule 1 that holds the case can ask or approve'
            USING ERRCODE = '23514', CONSTRAINT = 'firewall_veto_approval';
    END IF;
    PERFORM 1 FROM public.complaints_membership
      WHERE office_id = NEW.office_id AND (until IS NULL OR until > public.firewall_today())
        AND inspector_id = CASE TG_OP WHEN 'INSERT' THEN NEW.asked_by_id ELSE NEW.approved_by_id END
      FOR SHARE;
    IF NOT FOUND OR (TG_OP = 'INSERT' AND NEW.approved_by_id IS NOT NULL) OR EXISTS (SELECT FROM public.complaints_recusal
        WHERE case_id = NEW.case_id AND inspector_id IN (NEW.asked_by_id, NEW.approved_by_id)) THEN
        RAISE EXCEPTION 'asking and approving are two acts of two members'
            USING ERRCODE = '23514', CONSTRAINT = 'firewall_veto_approval';
    END IF;
    RETURN NEW;
END

-- name: firewall_veto_always() returns trigger
BEGIN
    -- Generic and global permissions step round any rule about offices: there are none in casework.
    RAISE EXCEPTION 'no permission is given this way'
        USING ERRCODE = '23514', CONSTRAINT = 'firewall_veto_always';
END

-- name: firewall_revoke_office() returns trigger
DECLARE
    revoked uuid;
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'a mandate can end in READ COMMITTED only: a snapshot would miss a grant made meanwhile'
            USING ERRCODE = '23514', CONSTRAINT = 'firewall_revoke_isolation';
    END IF;
    IF TG_TABLE_NAME = 'complaints_office' THEN
        revoked := NEW.id;
    ELSE
        revoked := OLD.office_id;
        PERFORM 1 FROM public.complaints_office WHERE id = revoked FOR UPDATE;
    END IF;
    IF NOT public.firewall_office_may_hold(revoked) THEN
        INSERT INTO public.complaints_departure (id, case_id, office_id, week)
        SELECT gen_random_uuid(), case_id, office_id, to_char(public.firewall_today(), 'IYYY"-W"IW')
          FROM public.complaints_holding WHERE office_id = revoked;
        PERFORM public.guests_of_office_end(revoked);
        PERFORM public.parcels_of_office_end(revoked);
    END IF;
    RETURN NULL;
END

-- name: firewall_append_only() returns trigger
BEGIN
    RAISE EXCEPTION 'this table is added to and never changed'
        USING ERRCODE = '23514', CONSTRAINT = 'append_only';
END
