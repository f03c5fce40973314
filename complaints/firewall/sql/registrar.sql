-- Mandates, attestations and certificates enter by one door: a file that two of three registrars signed. The database
-- checks the signatures itself (Ed25519, RFC 8032), so that no serving process can write a mandate, whatever becomes of it.
-- Everything here is public, so the arithmetic need not hide its timing. Decisions as in libsodium: S below the group's
-- order, canonical points, no point of small order.

-- name: firewall_ed25519_number(raw bytea) returns numeric
DECLARE
    found numeric := 0;
BEGIN
    -- Little-endian bytes to a number.
    FOR at IN REVERSE length(raw) - 1 .. 0 LOOP
        found := found * 256 + get_byte(raw, at);
    END LOOP;
    RETURN found;
END

-- name: firewall_ed25519_power(base numeric, exponent numeric) returns numeric
DECLARE
    p CONSTANT numeric := 57896044618658097711785492504343953926634992332820282019728792003956564819949;
    found numeric := 1;
    square numeric := base;
    rest numeric := exponent;
BEGIN
    WHILE rest > 0 LOOP
        IF mod(rest, 2) = 1 THEN
            found := mod(found * square, p);
        END IF;
        square := mod(square * square, p);
        rest := div(rest, 2);
    END LOOP;
    RETURN found;
END

-- name: firewall_ed25519_x(y numeric, odd integer) returns numeric
DECLARE
    p CONSTANT numeric := 57896044618658097711785492504343953926634992332820282019728792003956564819949;
    d CONSTANT numeric := 37095705934669439343138083508754565189542113879843219016388785533085940283555;
    root_of_minus_one CONSTANT numeric := 19681161376707505956807079304988542015446066515923890162744021073123829784752;
    u numeric := mod(y * y - 1 + p, p);
    v numeric := mod(d * mod(y * y, p) + 1, p);
    x numeric;
BEGIN
    -- RFC 8032, 5.1.3: the x of a point, NULL where there is none.
    x := mod(mod(u * mod(v * mod(v * v, p), p), p) * public.firewall_ed25519_power(
        mod(u * public.firewall_ed25519_power(v, 7), p), div(p - 5, 8)), p);
    IF mod(v * mod(x * x, p), p) <> u THEN
        x := mod(x * root_of_minus_one, p);
        IF mod(v * mod(x * x, p), p) <> u THEN
            RETURN NULL;
        END IF;
    END IF;
    IF x = 0 AND odd = 1 THEN
        RETURN NULL;
    END IF;
    IF mod(x, 2) <> odd THEN
        x := p - x;
    END IF;
    RETURN x;
END

-- name: firewall_ed25519_add(one numeric[], two numeric[]) returns numeric[]
DECLARE
    p CONSTANT numeric := 57896044618658097711785492504343953926634992332820282019728792003956564819949;
    twice_d CONSTANT numeric := 16295367250680780974490674513165176452449235426866156013048779062215315747161;
    a numeric := mod((one[2] - one[1] + p) * (two[2] - two[1] + p), p);
    b numeric := mod((one[2] + one[1]) * (two[2] + two[1]), p);
    c numeric := mod(mod(one[4] * twice_d, p) * two[4], p);
    z numeric := mod(2 * one[3] * two[3], p);
    e numeric := b - a + p;
    f numeric := z - c + p;
    g numeric := z + c;
    h numeric := b + a;
BEGIN
    -- Extended coordinates (X, Y, Z, T); complete, so it doubles too. Hisil, Wong, Carter, Dawson 2008, 3.1.
    RETURN ARRAY[mod(e * f, p), mod(g * h, p), mod(f * g, p), mod(e * h, p)];
END

-- name: firewall_ed25519_is_valid(key bytea, message bytea, signature bytea) returns boolean
DECLARE
    p CONSTANT numeric := 57896044618658097711785492504343953926634992332820282019728792003956564819949;
    l CONSTANT numeric := 7237005577332262213973186563042994240857116359379907606001950938285454250989;
    base CONSTANT numeric[] := ARRAY[
        15112221349535400772501151409588531511454012693041857206046113283949847762202,
        46316835694926478169428394003475163141307993866256225615783033603165251855960, 1,
        46827403850823179245072216630277197565144205554125654976674165829533817101731];
    nothing CONSTANT numeric[] := ARRAY[0, 1, 1, 0];
    s numeric;
    k numeric;
    y numeric;
    x numeric;
    minus numeric[];
    together numeric[];
    sum numeric[] := nothing;
    steps integer[] := '{}';
    inverse numeric;
BEGIN
    IF length(key) <> 32 OR length(signature) <> 64 THEN
        RETURN false;
    END IF;
    s := public.firewall_ed25519_number(substring(signature FROM 33 FOR 32));
    y := public.firewall_ed25519_number(set_bit(key, 255, 0));
    IF s >= l OR y >= p THEN
        RETURN false;
    END IF;
    x := public.firewall_ed25519_x(y, get_bit(key, 255));
    IF x IS NULL THEN
        RETURN false;
    END IF;
    k := mod(public.firewall_ed25519_number(sha512(substring(signature FROM 1 FOR 32) || key || message)), l);
    -- R = [s]B + [k](-A), both scalars at once.
    minus := ARRAY[mod(p - x, p), y, 1, mod(mod(p - x, p) * y, p)];
    IF public.firewall_ed25519_is_small(minus) THEN
        RETURN false;
    END IF;
    together := public.firewall_ed25519_add(base, minus);
    WHILE s > 0 OR k > 0 LOOP
        steps := steps || (mod(s, 2) + 2 * mod(k, 2))::integer;
        s := div(s, 2);
        k := div(k, 2);
    END LOOP;
    FOR at IN REVERSE cardinality(steps) .. 1 LOOP
        sum := public.firewall_ed25519_add(sum, sum);
        IF steps[at] > 0 THEN
            sum := public.firewall_ed25519_add(sum, CASE steps[at] WHEN 1 THEN base WHEN 2 THEN minus ELSE together END);
        END IF;
    END LOOP;
    IF public.firewall_ed25519_is_small(sum) THEN
        RETURN false;
    END IF;
    -- Encoded as the signature has it: y, little-endian, with the parity of x in the last bit.
    inverse := public.firewall_ed25519_power(sum[3], p - 2);
    RETURN public.firewall_ed25519_number(set_bit(substring(signature FROM 1 FOR 32), 255, 0)) = mod(sum[2] * inverse, p)
       AND get_bit(signature, 255) = mod(mod(sum[1] * inverse, p), 2);
END

-- name: firewall_ed25519_is_small(point numeric[]) returns boolean
DECLARE
    eight numeric[] := point;
BEGIN
    FOR at IN 1 .. 3 LOOP
        eight := public.firewall_ed25519_add(eight, eight);
    END LOOP;
    RETURN eight[1] = 0;
END

-- name: registrar_take(signed bytea) returns text
DECLARE
    size integer;
    body bytea;
    said jsonb;
    kind text;
    message bytea;
    entry bytea;
    signers bytea[] := '{}';
BEGIN
    -- suite 1 ‖ length 4 ‖ body ‖ count 1 ‖ (public key 32 ‖ signature 64) each: vault.registrars.SignedStatement.
    IF length(signed) < 6 OR get_byte(signed, 0) <> 1 OR length(signed) > 70000 THEN
        RAISE EXCEPTION 'not a statement' USING ERRCODE = '23514', CONSTRAINT = 'registrar_statement';
    END IF;
    size := (get_byte(signed, 1) << 24) + (get_byte(signed, 2) << 16) + (get_byte(signed, 3) << 8) + get_byte(signed, 4);
    IF size NOT BETWEEN 1 AND 65536 OR length(signed) < size + 6
       OR length(signed) <> size + 6 + 96 * get_byte(signed, size + 5) THEN
        RAISE EXCEPTION 'not a statement' USING ERRCODE = '23514', CONSTRAINT = 'registrar_statement';
    END IF;
    body := substring(signed FROM 6 FOR size);
    said := convert_from(body, 'UTF8')::jsonb;
    kind := replace(said ->> 'type', 'recruitment-watch/', '');
    message := int2send((14 + length(kind))::smallint) || convert_to('rw1/statement/' || kind, 'UTF8')
        || int4send(size) || body;
    FOR number IN 0 .. get_byte(signed, size + 5) - 1 LOOP
        entry := substring(signed FROM size + 7 + 96 * number FOR 96);
        PERFORM 1 FROM public.complaints_registrar WHERE public_key = substring(entry FROM 1 FOR 32);
        IF NOT FOUND OR substring(entry FROM 1 FOR 32) = ANY (signers) OR NOT public.firewall_ed25519_is_valid(
            substring(entry FROM 1 FOR 32), message, substring(entry FROM 33 FOR 64)) THEN
            RAISE EXCEPTION 'a signature that is not a pinned registrar''s own'
                USING ERRCODE = '23514', CONSTRAINT = 'registrar_signature';
        END IF;
        signers := signers || substring(entry FROM 1 FOR 32);
    END LOOP;
    IF cardinality(signers) < 2 THEN
        RAISE EXCEPTION 'two registrars have to sign' USING ERRCODE = '23514', CONSTRAINT = 'registrar_quorum';
    END IF;
    INSERT INTO public.complaints_registrarstatement (id, kind, digest, signed)
        VALUES (gen_random_uuid(), kind, sha256(body), signed);
    PERFORM public.registrar_write(kind, said, body, signed);
    RETURN kind;
END

-- name: registrar_write(kind text, said jsonb, body bytea, signed bytea) returns void
BEGIN
    -- Cases before offices, as everybody else locks them: an ending mandate must not meet a tick in a deadlock.
    PERFORM 1 FROM public.complaints_case WHERE id IN (SELECT case_id FROM public.complaints_holding
        WHERE office_id = (said ->> 'office_id')::uuid OR office_id IN (SELECT office_id
            FROM public.complaints_attestation WHERE id = (said ->> 'attestation_id')::uuid)
        UNION SELECT case_id FROM public.complaints_parcel
        WHERE state = 'waiting' AND (office_id = (said ->> 'office_id')::uuid OR office_id IN (SELECT office_id
            FROM public.complaints_attestation WHERE id = (said ->> 'attestation_id')::uuid)))
        ORDER BY id FOR UPDATE;
    CASE kind
    WHEN 'mandate' THEN
        INSERT INTO public.complaints_office AS office
            (id, name, country, region, mandate, national_head, languages, duties, timezone, holidays, hours, mandate_serial)
        VALUES ((said ->> 'office_id')::uuid, said ->> 'name', said ->> 'country', said ->> 'region', said ->> 'mandate',
            (said ->> 'national_head')::boolean, ARRAY(SELECT jsonb_array_elements_text(said -> 'languages')),
            said ->> 'duties', said ->> 'timezone', said ->> 'holidays', said ->> 'hours', (said ->> 'serial')::integer)
        ON CONFLICT (id) DO UPDATE SET
            name = excluded.name, country = excluded.country, region = excluded.region, mandate = excluded.mandate,
            national_head = excluded.national_head, languages = excluded.languages, duties = excluded.duties,
            timezone = excluded.timezone, holidays = excluded.holidays, hours = excluded.hours,
            mandate_serial = excluded.mandate_serial
            WHERE office.mandate_serial < excluded.mandate_serial;
    WHEN 'attestation' THEN
        INSERT INTO public.complaints_attestation
            (id, office_id, quotation, source, document_sha256, countersigned_by, signed_on, expires_on, withdrawn)
        VALUES ((said ->> 'attestation_id')::uuid, (said ->> 'office_id')::uuid, said ->> 'quotation', said ->> 'source',
            decode(said ->> 'document_sha256', 'hex'), said ->> 'countersigned_by', (said ->> 'signed_on')::date,
            (said ->> 'expires_on')::date, false);
    WHEN 'attestation-withdrawal' THEN
        UPDATE public.complaints_attestation SET withdrawn = true WHERE id = (said ->> 'attestation_id')::uuid;
    WHEN 'office-certificate' THEN
        INSERT INTO public.complaints_officecertificate (id, office_id, generation, signed, not_after, revoked)
        SELECT gen_random_uuid(), office_id, generation, registrar_write.signed, (said ->> 'not_after')::date, false
          FROM public.complaints_officekey
         WHERE office_id = (said ->> 'office_id')::uuid AND generation = (said ->> 'generation')::integer
           AND public_key = decode(said ->> 'public_key', 'hex');
    WHEN 'certificate-revocation' THEN
        UPDATE public.complaints_officecertificate AS certificate SET revoked = true
         WHERE office_id = (said ->> 'office_id')::uuid AND NOT revoked
           AND encode(sha256(substring(certificate.signed FROM 6 FOR length(certificate.signed) - 6
               - 96 * get_byte(certificate.signed, 5 + (get_byte(certificate.signed, 1) << 24)
               + (get_byte(certificate.signed, 2) << 16) + (get_byte(certificate.signed, 3) << 8)
               + get_byte(certificate.signed, 4)))), 'hex') = said ->> 'certificate_sha256';
    WHEN 'delivery' THEN
        -- One row a statement: the newest that has begun is in force (sql/parcels.sql), and an older one never again.
        INSERT INTO public.complaints_deliveryaddress (id, office_id, serial, recipient, way, address, starts_on)
        SELECT gen_random_uuid(), office.id, (said ->> 'serial')::integer, said ->> 'recipient', said ->> 'way',
               said ->> 'address', (said ->> 'starts_on')::date
          FROM public.complaints_office office
         WHERE office.id = (said ->> 'office_id')::uuid AND (said ->> 'serial')::integer > coalesce((
               SELECT max(serial) FROM public.complaints_deliveryaddress WHERE office_id = office.id), 0)
           FOR UPDATE OF office;
    ELSE
        RAISE EXCEPTION 'no such statement' USING ERRCODE = '23514', CONSTRAINT = 'registrar_statement';
    END CASE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'an older mandate than the one in force, or about something that is not here'
            USING ERRCODE = '23514', CONSTRAINT = 'registrar_outdated';
    END IF;
END
