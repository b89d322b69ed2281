// Accounts, configuration, facts, calls: what the server cannot be without.
import type { Migration, MigrationModule } from './migration.ts'

const FIRST_TABLES: Migration = {
  version: 1,
  name: 'first tables',
  up: [
    `create table users (id text primary key, username text not null unique, name text not null, roles text[] not null,
      password_hash text not null, agent_id text, disabled boolean not null, locked_until bigint, failures integer not null)`,
    `create table agents (id text primary key, name text not null, auto_answer boolean not null, phone_secret text not null,
      queues jsonb not null)`,
    `create table queues (id text primary key, config jsonb not null)`,
    `create table calendars (id text primary key, config jsonb not null)`,
    `create table numbers (number text primary key, flow text not null, name text not null)`,
    `create table flows (id text, version integer, json jsonb not null, published_at bigint, "by" text not null,
      primary key (id, version))`,
    `create table contact_reasons (id text primary key, parent text, name text not null, sort integer not null)`,
    `create table settings (key text primary key, value jsonb not null)`,
    `create table facts (subject text, seq bigint, at bigint not null, type text not null, data jsonb not null,
      primary key (subject, seq))`,
    `create index facts_by_time on facts (at, subject, seq)`,
    `create table calls (id text primary key, direction text not null, caller text not null, callee text not null, party text,
      area text, caller_name text, queue text, agent text, started_at bigint not null, answered_at bigint, ended_at bigint,
      duration_ms bigint, talk_ms bigint not null, wait_ms bigint not null, hold_ms bigint not null, result text, ended_by text,
      satisfaction integer, recording_id text, recording_fault text, contact_reason text, notes text)`,
    `create index calls_by_time on calls (started_at, id)`,
    `create index calls_by_agent on calls (agent, started_at, id)`,
    `create index calls_by_queue on calls (queue, started_at, id)`,
    `create index calls_by_result on calls (result, started_at, id)`,
    `create index calls_by_party on calls (party, started_at, id)`,
    `create table call_work_orders (call_id text, work_order_id text, primary key (call_id, work_order_id))`,
    `create table recordings (id text primary key, call_id text not null, path text not null, started_at bigint not null,
      duration_ms bigint, fault text, sha256 text)`,
    `create index recordings_by_call on recordings (call_id)`,
    `create index recordings_by_time on recordings (started_at)`,
    `create table missed (id text primary key, call_id text not null, kind text not null, number text not null, at bigint not null,
      wait_ms bigint not null, recording_id text, state text not null default 'open', done_by text, done_at bigint, note text)`,
    `create index missed_by_state on missed (state, at, id)`,
    `create table audit (id bigint generated always as identity primary key, at bigint not null, actor text not null,
      action text not null, target text not null, detail jsonb not null, address text not null)`,
    `create index audit_by_target on audit (target, id)`,
    `create index audit_by_actor on audit (actor, id)`,
  ],
  down: [
    'users',
    'agents',
    'queues',
    'calendars',
    'numbers',
    'flows',
    'contact_reasons',
    'settings',
    'facts',
    'calls',
    'call_work_orders',
    'recordings',
    'missed',
    'audit',
  ].map(table => `drop table ${table}`),
}

const WAY_OF_A_CALL: Migration = {
  version: 2,
  name: 'by which trunk a call came or went, and from where it was diverted',
  up: [`alter table calls add column trunk text, add column diverted_from text`],
  down: [`alter table calls drop column trunk, drop column diverted_from`],
}

// Any four digits in a row of a number find it: the index holds them all. `immutable` is what an index asks for.
const PARTS_OF_NUMBERS: Migration = {
  version: 3,
  name: 'calls by any part of the number',
  up: [
    `create function number_parts(text) returns text[] language sql immutable strict parallel safe
      as 'select array(select substr($1, place, 4) from generate_series(1, length($1) - 3) as place)'`,
    `create index calls_by_number_part on calls using gin
      (number_parts(case direction when 'outbound' then caller || ' ' || callee else caller end))`,
  ],
  down: ['drop index calls_by_number_part', 'drop function number_parts(text)'],
}

export const coreMigrations: MigrationModule = {
  module: 'core',
  migrations: [FIRST_TABLES, WAY_OF_A_CALL, PARTS_OF_NUMBERS],
}
