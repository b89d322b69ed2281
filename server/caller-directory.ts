// What is known of a caller: the number's area, earlier calls, what agents have written down.
import type { CallerDirectory } from './control/port.ts'
import type { PastCall } from './desktop/protocol.ts'
import { areaOf } from './records/index.ts'
import type { Repositories, StoredCall } from './store/repository.ts'

const WINDOW_MS = 30 * 86_400_000
const SHOWN = 5

export function createCallerDirectory(
  { calls }: Pick<Repositories, 'calls'>,
  clock: () => number,
): CallerDirectory {
  return {
    async lookUp(number) {
      const history = await calls.historyOf(number, clock() - WINDOW_MS, SHOWN)
      const area = history.area ?? areaOf(number)
      return {
        number,
        ...(area && { area }),
        ...(history.callerName && { name: history.callerName }),
        callsLast30Days: history.count,
        lastCalls: history.last.flatMap(toPastCall),
      }
    },
  }
}

function toPastCall(call: StoredCall): PastCall[] {
  if (call.result === null) return []
  return [
    {
      id: call.id,
      startedAt: call.startedAt,
      result: call.result,
      ...(call.agent && { agent: call.agent }),
      ...(call.contactReason && { contactReason: call.contactReason }),
      ...(call.notes && { notes: call.notes }),
    },
  ]
}
