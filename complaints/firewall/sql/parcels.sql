-- Parcels for offices outside: an office inside rule 1 whose delivery two registrars have signed (FIREWALL rules 1, 2, 11).

-- name: firewall_delivery_recipient(office uuid) returns text
    -- The age key of the statement in force today; NULL where there is none, or the newest one ends the delivery.
    SELECT nullif(recipient, '') FROM public.complaints_deliveryaddress
     WHERE office_id = firewall_delivery_recipient.office AND starts_on <= public.firewall_today()
     ORDER BY serial DESC LIMIT 1

-- name: firewall_veto_parcel() returns trigger
BEGIN
    -- Asked when a parcel is made, at every try to send it (which counts `attempts` up), and when it is to go again. The
    -- case's row is locked as a log's link would lock it, so that nobody withdraws between look and try.
    IF NEW.state <> 'waiting' THEN
        IF TG_OP = 'INSERT' OR NEW.case_id <> OLD.case_id OR NEW.office_id <> OLD.office_id
           OR NEW.sender_id <> OLD.sender_id OR NEW.recipient <> OLD.recipient THEN
            RAISE EXCEPTION 'a parcel begins by waiting, and stays what it is'
                USING ERRCODE = '23514', CONSTRAINT = 'firewall_veto_parcel_changed';
        END IF;
        RETURN NEW;
    END IF;
    PERFORM 1 FROM public.complaints_case WHERE id = NEW.case_id AND state <> 'withdrawn' FOR KEY SHARE;
    IF NOT FOUND OR NOT public.firewall_office_may_hold(NEW.office_id) THEN
        RAISE EXCEPTION 'an office outside rule 1 gets no parcel'
            USING ERRCODE = '23514', CONSTRAINT = 'firewall_veto_parcel';
    END IF;
    IF public.firewall_delivery_recipient(NEW.office_id) IS DISTINCT FROM NEW.recipient THEN
        RAISE EXCEPTION 'two registrars have signed no delivery to this key that is in force'
            USING ERRCODE = '23514', CONSTRAINT = 'firewall_veto_parcel_recipient';
    END IF;
    PERFORM 1 FROM public.complaints_departure WHERE case_id = NEW.case_id AND office_id = NEW.office_id;
    IF FOUND THEN
        RAISE EXCEPTION 'an office that has left a case does not get it again'
            USING ERRCODE = '23514', CONSTRAINT = 'firewall_veto_parcel_left';
    END IF;
    PERFORM 1 FROM public.complaints_holding WHERE case_id = NEW.case_id AND office_id = NEW.sender_id FOR SHARE;
    IF NOT FOUND OR NOT public.firewall_office_may_hold(NEW.sender_id) THEN
        RAISE EXCEPTION 'only an office inside rule 1 that has the case hands it over'
            USING ERRCODE = '23514', CONSTRAINT = 'firewall_veto_parcel_sender';
    END IF;
    RETURN NEW;
END

-- name: parcels_of_office_end(office uuid) returns void
BEGIN
    -- A mandate has ended: what waits for that office, or was handed over by it, goes nowhere.
    UPDATE public.complaints_parcel SET state = 'refused', due = NULL
     WHERE state = 'waiting' AND (office_id = parcels_of_office_end.office OR sender_id = parcels_of_office_end.office);
END
