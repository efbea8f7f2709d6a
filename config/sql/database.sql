-- What a new, empty database needs before the first migration. Run once by a superuser in it,
-- repeated without harm. The database belongs to rcrp_owner (create database ... owner rcrp_owner).

-- The three are trusted: the owner may make them, and a migration that goes back may drop them.
set role rcrp_owner;
create extension if not exists btree_gist;
create extension if not exists pg_trgm;
create extension if not exists pgcrypto;
reset role;

alter schema public owner to rcrp_owner;
revoke all on schema public from public;
grant usage on schema public to rcrp_web, rcrp_worker;

-- Ordinary tables are open to both; what is append-only or private, its own migration closes.
-- Nobody may truncate.
alter default privileges for role rcrp_owner in schema public
  grant select, insert, update, delete on tables to rcrp_web, rcrp_worker;
alter default privileges for role rcrp_owner in schema public
  grant usage, select on sequences to rcrp_web, rcrp_worker;
