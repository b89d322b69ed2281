// What the network said of calls: SIP messages, and how sound arrived. Kept for days, not for years, so deleting is made cheap.
import type { MigrationModule } from './migration.ts'

export const signallingMigrations: MigrationModule = {
  module: 'signalling',
  migrations: [
    {
      version: 1,
      name: 'dialogs of legs, their sip messages and the quality of their sound',
      up: [
        `create table dialogs (sip_call_id text primary key, call_id text not null, leg_id text not null, at bigint not null)`,
        `create table sip_messages (id bigint generated always as identity primary key, sip_call_id text not null,
          at_us bigint not null, protocol smallint not null, sender text not null, receiver text not null, content text not null)`,
        `create index sip_messages_by_dialog on sip_messages (sip_call_id, at_us)`,
        // Rows come in order of time, so a few pages say where a day lies.
        `create index sip_messages_by_time on sip_messages using brin (at_us)`,
        `create table leg_quality (leg_id text, at bigint, call_id text not null, points jsonb not null,
          primary key (leg_id, at))`,
        `create index leg_quality_by_call on leg_quality (call_id, at)`,
        `create index leg_quality_by_time on leg_quality using brin (at)`,
      ],
      down: ['drop table leg_quality', 'drop table sip_messages', 'drop table dialogs'],
    },
  ],
}
