// Trunks, each kept whole as its schema gives it.
import type { MigrationModule } from './migration.ts'

export const trunksMigrations: MigrationModule = {
  module: 'trunks',
  migrations: [
    {
      version: 1,
      name: 'trunks',
      up: [`create table trunks (id text primary key, config jsonb not null)`],
      down: ['drop table trunks'],
    },
  ],
}
