-- What two members decided is acted on once, and only while both are still members of an office that still has the case,
-- and neither is recused from it.

-- name: firewall_is_approved(approval uuid, wanted text) returns boolean
DECLARE
    asked record;
BEGIN
    SELECT a.case_id, a.office_id, a.asked_by_id, a.approved_by_id INTO asked FROM public.complaints_approval a
      WHERE a.id = approval AND a.purpose = wanted AND a.approved_by_id IS NOT NULL AND a.spent_week = '' FOR UPDATE;
    IF NOT FOUND OR NOT public.firewall_office_may_hold(asked.office_id) THEN
        RETURN false;
    END IF;
    PERFORM 1 FROM public.complaints_holding WHERE case_id = asked.case_id AND office_id = asked.office_id FOR SHARE;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    PERFORM 1 FROM public.complaints_recusal
      WHERE case_id = asked.case_id AND inspector_id IN (asked.asked_by_id, asked.approved_by_id);
    IF FOUND THEN
        RETURN false;
    END IF;
    PERFORM 1 FROM public.complaints_membership
      WHERE office_id = asked.office_id AND inspector_id IN (asked.asked_by_id, asked.approved_by_id)
        AND (until IS NULL OR until > public.firewall_today()) FOR SHARE;
    RETURN (SELECT count(DISTINCT inspector_id) = 2 FROM public.complaints_membership
      WHERE office_id = asked.office_id AND inspector_id IN (asked.asked_by_id, asked.approved_by_id)
        AND (until IS NULL OR until > public.firewall_today()));
END

-- name: firewall_veto_identity() returns trigger
DECLARE
    approval uuid;
BEGIN
    FOR approval IN SELECT id FROM public.complaints_approval
        WHERE case_id = NEW.case_id AND office_id = NEW.office_id AND purpose = 'identity'
    LOOP
        IF public.firewall_is_approved(approval, 'identity') THEN
            RETURN NEW;
        END IF;
    END LOOP;
    RAISE EXCEPTION 'who complained is released on the word of two members of an office that has the case'
        USING ERRCODE = '23514', CONSTRAINT = 'firewall_veto_identity';
END

-- name: firewall_veto_severity() returns trigger
DECLARE
    approval uuid;
BEGIN
    -- More urgent at any time; less urgent on the word of two members of an office that has the case, once for each word.
    IF NEW.severity <= OLD.severity THEN
        RETURN NEW;
    END IF;
    FOR approval IN SELECT id FROM public.complaints_approval WHERE case_id = NEW.id AND purpose = 'severity'
    LOOP
        IF public.firewall_is_approved(approval, 'severity') THEN
            UPDATE public.complaints_approval SET spent_week = to_char(public.firewall_today(), 'IYYY"-W"IW')
              WHERE id = approval;
            RETURN NEW;
        END IF;
    END LOOP;
    RAISE EXCEPTION 'a case is made less urgent on the word of two members of an office that has it'
        USING ERRCODE = '23514', CONSTRAINT = 'firewall_veto_severity';
END

-- name: firewall_severity_repeated() returns trigger
BEGIN
    -- The queues read a copy. A holding may be more urgent than its case, never less: raising a case leaves such a one
    -- as it is, and two members' word to lower the case is for all of them.
    UPDATE public.complaints_holding SET severity = NEW.severity
     WHERE case_id = NEW.id AND (severity > NEW.severity OR NEW.severity > OLD.severity);
    RETURN NULL;
END

-- name: firewall_veto_urgency() returns trigger
DECLARE
    approval uuid;
BEGIN
    -- For one office a case is more urgent at any time; less urgent on the word of two of its members, or with the case
    -- itself (firewall_severity_repeated), and never less urgent than that.
    IF NEW.severity <= OLD.severity OR pg_trigger_depth() > 1 THEN
        RETURN NEW;
    END IF;
    PERFORM 1 FROM public.complaints_case WHERE id = NEW.case_id AND severity >= NEW.severity;
    IF FOUND THEN
        FOR approval IN SELECT id FROM public.complaints_approval
            WHERE case_id = NEW.case_id AND office_id = NEW.office_id AND purpose = 'severity'
        LOOP
            IF public.firewall_is_approved(approval, 'severity') THEN
                UPDATE public.complaints_approval SET spent_week = to_char(public.firewall_today(), 'IYYY"-W"IW')
                  WHERE id = approval;
                RETURN NEW;
            END IF;
        END LOOP;
    END IF;
    RAISE EXCEPTION 'a case is made less urgent on the word of two members of an office that has it'
        USING ERRCODE = '23514', CONSTRAINT = 'firewall_veto_severity';
END

-- name: referral_send(approval uuid, outbox uuid, agency uuid, standards text[], evidence_class text, quarter text) returns void
BEGIN
    -- The sealed proposal cannot be read here: that these are its words is the desk's promise, that two members gave
    -- them is the database's. Nothing leads from the outbox row back to the approval or its case.
    IF NOT public.firewall_is_approved(approval, 'referral') THEN
        RAISE EXCEPTION 'a referral takes two members of an office that has the case, and is sent once'
            USING ERRCODE = '23514', CONSTRAINT = 'firewall_veto_referral';
    END IF;
    UPDATE public.complaints_approval SET spent_week = to_char(public.firewall_today(), 'IYYY"-W"IW') WHERE id = approval;
    INSERT INTO public.complaints_referraloutbox (id, agency, standards, evidence_class, quarter)
        VALUES (outbox, agency, standards, evidence_class, quarter);
END

-- name: mailbox_disclosures(tag bytea) returns TABLE(week text, verb text, office_id uuid)
    SELECT DISTINCT d.week::text, d.verb::text, d.office_id
      FROM public.complaints_receipt r JOIN public.complaints_disclosuredetail d ON d.case_id = r.case_id
     WHERE r.tag = mailbox_disclosures.tag AND d.verb IN ('opened', 'opened_as_guest', 'identity_released', 'identity_seen', 'protective_told', 'handed_over',
           'acknowledged', 'went_on', 'reopened', 'assigned', 'noted', 'found', 'severity_raised', 'severity_lowered',
           'referral_approved', 'guest_invited', 'guest_ended', 'hold_approved', 'hold_lifted')
     ORDER BY 1, 2
