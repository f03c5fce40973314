-- Drafts: forms that are being filled in, of which nobody but the writer's browser has the key (FIREWALL section 2).

-- name: drafts_sweep(moment timestamptz) returns void
DECLARE
    gone uuid[];
BEGIN
    -- What is over by the caller's clock and by the database's: one that runs wild deletes nobody's form early. A row
    -- in somebody's hands goes at the next tick. How many there were is nobody's business, so nothing comes back.
    gone := ARRAY(SELECT id FROM public.complaints_draft
                  WHERE expires < least(drafts_sweep.moment, statement_timestamp()) FOR UPDATE SKIP LOCKED);
    DELETE FROM public.complaints_draftfile WHERE draft_id = ANY (gone);
    DELETE FROM public.complaints_draft WHERE id = ANY (gone);
END
