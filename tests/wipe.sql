-- In the template of the tests: a copy of every row that migrations shipped, and the way back to it.

create schema shipped;

create view shipped.live as
select c.oid::regclass as name, format('shipped.%I', c.relname) as copy,
       (select string_agg(quote_ident(a.attname), ', ' order by a.attnum) from pg_attribute a
         where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = '') as columns
  from pg_class c
 where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition;

create function shipped.keep() returns void language plpgsql as $$
declare t record; used boolean;
begin
  for t in select * from shipped.live loop
    execute format('select exists(select from %s)', t.name) into used;
    if used then
      execute format('create table %s as table %s', t.copy, t.name);
    end if;
  end loop;
  perform shipped.learn();
end $$;

-- One statement that asks every table at once: a loop would plan 88 of them after each test.
create function shipped.learn() returns void language plpgsql as $$
declare asked text;
begin
  select string_agg(case when to_regclass(copy) is null
      then format('select %L::regclass where exists(select from %s)', name, name)
      else format(
        'select %1$L::regclass where exists((select x::text from %1$s x except all select y::text from %2$s y)
           union all (select y::text from %2$s y except all select x::text from %1$s x))', name, copy)
    end, ' union all ') into asked from shipped.live;
  execute format('create function shipped.changed() returns setof regclass language plpgsql as $f$
    begin return query %s; end $f$', asked);
end $$;

create function shipped.wipe() returns void language plpgsql as $$
declare t shipped.live;
begin
  for t in select l.* from shipped.changed() c join shipped.live l on l.name = c loop
    execute format('delete from %s', t.name);
    if to_regclass(t.copy) is not null then
      execute format('insert into %1$s (%2$s) overriding system value select %2$s from %3$s',
                     t.name, t.columns, t.copy);
    end if;
  end loop;
end $$;

-- What several tests begin with is made once, remembered under a name, and recalled in one statement.

create function shipped.kept_as(scene text, t shipped.live) returns text language sql stable as $$
  select format('%I.%I', scene, relname) from pg_class where oid = (t).name
$$;

create function shipped.remember(scene text) returns void language plpgsql as $$
declare t shipped.live;
begin
  execute format('create schema %I', scene);
  for t in select l.* from shipped.changed() c join shipped.live l on l.name = c loop
    execute format('create table %s as table %s', shipped.kept_as(scene, t), t.name);
  end loop;
end $$;

create function shipped.recall(scene text) returns void language plpgsql as $$
declare t shipped.live;
begin
  for t in select * from shipped.live l where to_regclass(shipped.kept_as(scene, l)) is not null loop
    if to_regclass(t.copy) is not null then
      execute format('delete from %s', t.name);
    end if;
    execute format('insert into %1$s (%2$s) overriding system value select %2$s from %3$s',
                   t.name, t.columns, shipped.kept_as(scene, t));
  end loop;
end $$;
