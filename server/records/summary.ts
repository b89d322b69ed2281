import type { Summarise } from '../store/repository.ts'
import { dialogsOf } from './dialog.ts'
import { missedOf } from './missed.ts'
import { recordingsOf, recordOf } from './record.ts'

/** All that is kept of a call beside its facts. Pure. */
export const summarise: Summarise = facts => ({
  record: recordOf(facts),
  missed: missedOf(facts),
  recordings: recordingsOf(facts),
  dialogs: dialogsOf(facts),
})
