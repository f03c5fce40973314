-- An office is on a ladder while two of its members can open what comes (FIREWALL rule 9). Intake may know that, and no more.

-- name: offices_with_two_members(offices uuid[]) returns uuid[]
    SELECT coalesce(array_agg(office), '{}') FROM unnest(offices) office
     WHERE 2 <= (SELECT count(DISTINCT w.inspector_id)
        FROM public.complaints_officekey k
        JOIN public.complaints_officekeywrap w ON w.office_key_id = k.id
        JOIN public.complaints_membership m ON m.inspector_id = w.inspector_id AND m.office_id = k.office_id
        JOIN public.complaints_inspector i ON i.id = w.inspector_id AND i.is_active
       WHERE k.office_id = office AND m.since <= public.firewall_today() AND (m.until IS NULL OR m.until > public.firewall_today())
         AND k.generation = (SELECT max(generation) FROM public.complaints_officekey WHERE office_id = office))
