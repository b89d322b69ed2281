// From what is stored to what the API says.
import type { z } from 'zod'
import type { CallRecord, missedSchema } from '../api/schema.ts'
import type { StoredCall, StoredMissed } from '../store/repository.ts'
import { areaOf } from './area.ts'
import { createIsoTime } from './time.ts'

export interface RecordShape {
  /** An area nobody wrote is told from the number, where the number tells it. */
  call(call: StoredCall): CallRecord
  missed(missed: StoredMissed): z.infer<typeof missedSchema>
  /** ISO 8601 with the offset of the zone. */
  time(at: number): string
}

/** The API's shapes of stored values, with times of the given zone. */
export function createRecordShape(timeZone: string): RecordShape {
  const time = createIsoTime(timeZone)
  const timeOrNull = (at: number | null) => (at === null ? null : time(at))
  return {
    time,
    call: call => ({
      ...call,
      area: call.area ?? areaOfOutside(call),
      startedAt: time(call.startedAt),
      answeredAt: timeOrNull(call.answeredAt),
      endedAt: timeOrNull(call.endedAt),
      workOrderIds: [...call.workOrderIds],
    }),
    missed: missed => ({ ...missed, at: time(missed.at), doneAt: timeOrNull(missed.doneAt) }),
  }
}

function areaOfOutside({ direction, caller, callee }: StoredCall): string | null {
  if (direction === 'internal') return null
  return areaOf(direction === 'outbound' ? callee : caller) ?? null
}
