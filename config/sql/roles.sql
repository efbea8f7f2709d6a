-- The four roles. Run once a cluster by a superuser, repeated without harm; then give the three
-- logins their passwords (alter role ... password). None is a superuser or bypasses row security.

do $$
declare wanted text;
begin
  foreach wanted in array array['rcrp_owner', 'rcrp_migrate', 'rcrp_web', 'rcrp_worker'] loop
    if not exists (select from pg_roles where rolname = wanted) then
      execute format('create role %I', wanted);
    end if;
  end loop;
end $$;

-- Owns every table, and nobody signs in as it: the migrating login acts as it.
alter role rcrp_owner nologin;
alter role rcrp_migrate login;
grant rcrp_owner to rcrp_migrate;

-- What people and partner systems reach the database through. It owns nothing.
alter role rcrp_web login;
alter role rcrp_web set statement_timeout = '30s';
alter role rcrp_web set lock_timeout = '10s';
-- A forgotten transaction holds a case's lock and keeps old rows alive for every tick.
alter role rcrp_web set idle_in_transaction_session_timeout = '60s';

-- What works by itself: the clock engine, messages, proofs. It owns nothing either.
alter role rcrp_worker login;
alter role rcrp_worker set idle_in_transaction_session_timeout = '60s';
