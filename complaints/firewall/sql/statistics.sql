-- Statistics envelopes leave the transaction that stored their case: a row's transaction would say which is whose.

-- name: statistics_gather() returns integer
DECLARE
    many integer;
BEGIN
    -- Five at once, or what a week that is over has left; under new numbers and in random order. Nobody reads one here.
    WITH gone AS (
        DELETE FROM public.complaints_statisticswaiting
         WHERE week < to_char(public.firewall_today(), 'IYYY"-W"IW')
            OR 5 <= (SELECT count(*) FROM public.complaints_statisticswaiting)
        RETURNING quarter, box),
    mixed AS MATERIALIZED (SELECT quarter, box FROM gone ORDER BY gen_random_uuid()),
    moved AS (
        INSERT INTO public.complaints_statisticsenvelope (id, quarter, box)
        SELECT gen_random_uuid(), quarter, box FROM mixed RETURNING 1)
    SELECT count(*) INTO many FROM moved;
    RETURN many;
END
