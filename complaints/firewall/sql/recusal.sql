-- A member who must not see a case: out of its hands at once, and nobody gives it to them again (FIREWALL rule 2).

-- name: firewall_recused() returns trigger
BEGIN
    UPDATE public.complaints_holding SET assignee_id = NULL WHERE case_id = NEW.case_id AND assignee_id = NEW.inspector_id;
    DELETE FROM public.complaints_casegrant WHERE content_object_id = NEW.case_id AND user_id = NEW.inspector_id;
    RETURN NULL;
END

-- name: firewall_veto_recused_assignee() returns trigger
BEGIN
    PERFORM 1 FROM public.complaints_recusal WHERE case_id = NEW.case_id AND inspector_id = NEW.assignee_id;
    IF FOUND THEN
        RAISE EXCEPTION 'a recused member is not given the case'
            USING ERRCODE = '23514', CONSTRAINT = 'firewall_veto_recused';
    END IF;
    RETURN NEW;
END

-- name: firewall_veto_recused_guest() returns trigger
BEGIN
    PERFORM 1 FROM public.complaints_recusal WHERE case_id = NEW.content_object_id AND inspector_id = NEW.user_id;
    IF FOUND THEN
        RAISE EXCEPTION 'a recused member is not given the case'
            USING ERRCODE = '23514', CONSTRAINT = 'firewall_veto_recused';
    END IF;
    RETURN NEW;
END
