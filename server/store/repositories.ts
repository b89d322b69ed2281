import { createAudit } from './audit.ts'
import { createCalls } from './calls.ts'
import {
  createAgents,
  createCalendars,
  createContactReasons,
  createNumbers,
  createQueues,
  createTrunks,
} from './catalogues.ts'
import type { Database } from './database.ts'
import { createFacts } from './facts.ts'
import { createFlows } from './flows.ts'
import { createMissedCalls } from './missed-calls.ts'
import { createRecordings } from './recordings.ts'
import type { Repositories } from './repository.ts'
import { createQuality, createSignalling } from './signalling.ts'
import { createSettings } from './settings.ts'
import { createSpeechFacts } from './speech-facts.ts'
import { createUsers } from './users.ts'

/** All that is kept, by kind. */
export const createRepositories = (database: Database): Repositories => ({
  users: createUsers(database),
  agents: createAgents(database),
  queues: createQueues(database),
  numbers: createNumbers(database),
  trunks: createTrunks(database),
  flows: createFlows(database),
  calendars: createCalendars(database),
  contactReasons: createContactReasons(database),
  settings: createSettings(database),
  audit: createAudit(database),
  calls: createCalls(database),
  missed: createMissedCalls(database),
  recordings: createRecordings(database),
  facts: createFacts(database),
  signalling: createSignalling(database),
  quality: createQuality(database),
  speech: createSpeechFacts(database),
})
