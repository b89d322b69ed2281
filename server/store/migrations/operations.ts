// Alarms, trial calls, backups: what operators look back at.
import type { MigrationModule } from './migration.ts'

export const operationsMigrations: MigrationModule = {
  module: 'operations',
  migrations: [
    {
      version: 1,
      name: 'alarms, trial calls, backups',
      up: [
        `create table alarms (id text primary key, alarm text not null, level text not null, cause text not null, detail text,
          server text not null, raised_at bigint not null, cleared_at bigint, seen_by text, seen_at bigint, note text)`,
        `create index alarms_by_time on alarms (raised_at, id)`,
        `create unique index alarms_open on alarms (alarm) where cleared_at is null`,
        `create table trial_calls (id text primary key, trunk text not null, number text not null, began_at bigint not null,
          by text not null, outcome text not null, set_up_ms bigint, heard_rms integer, recording text, detail text)`,
        `create index trial_calls_by_time on trial_calls (began_at, id)`,
        `create table backups (id text primary key, began_at bigint not null, by text not null, ended_at bigint, outcome text not null,
          path text not null, bytes bigint, rows bigint, recordings bigint, detail text)`,
        `create index backups_by_time on backups (began_at, id)`,
      ],
      down: ['drop table backups', 'drop table trial_calls', 'drop table alarms'],
    },
  ],
}
