// Events as the event socket shows them: ordered headers and a body. One bus a switch numbers and stamps them.
import { hostname } from 'node:os'

export type Headers = readonly (readonly [name: string, value: string])[]

export interface SwitchEvent {
  readonly name: string
  /** Only of CUSTOM events, such as `sofia::register`. */
  readonly subclass?: string
  readonly headers: Headers
  readonly body?: string
}

export interface EventBus {
  readonly coreUuid: string
  emit(
    name: string,
    headers: Headers,
    more?: { readonly subclass?: string; readonly body?: string },
  ): void
  /** Listeners are called in turn; the result ends the listening. */
  subscribe(listener: (event: SwitchEvent) => void): () => void
}

export interface EventBusOptions {
  readonly coreUuid: string
  readonly nodeName: string
  /** Epoch microseconds; FreeSWITCH's event time stamps count these. */
  readonly nowUs: () => number
}

const two = (n: number) => String(n).padStart(2, '0')
const localDate = (d: Date) =>
  `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())} ${two(d.getHours())}:${two(d.getMinutes())}:${two(d.getSeconds())}`

export function createEventBus(options: EventBusOptions): EventBus {
  const listeners = new Set<(event: SwitchEvent) => void>()
  const host = hostname()
  let sequence = 0

  const stamp = (name: string, subclass: string | undefined): [string, string][] => {
    const nowUs = options.nowUs()
    const date = new Date(nowUs / 1000)
    const headers: [string, string][] = subclass === undefined ? [] : [['Event-Subclass', subclass]]
    headers.push(
      ['Event-Name', name],
      ['Core-UUID', options.coreUuid],
      ['FreeSWITCH-Hostname', host],
      ['FreeSWITCH-Switchname', options.nodeName],
      ['FreeSWITCH-IPv4', '127.0.0.1'],
      ['FreeSWITCH-IPv6', '::1'],
      ['Event-Date-Local', localDate(date)],
      ['Event-Date-GMT', date.toUTCString()],
      ['Event-Date-Timestamp', String(Math.round(nowUs))],
      ['Event-Calling-File', 'softswitch'],
      ['Event-Calling-Function', name.toLowerCase()],
      ['Event-Calling-Line-Number', '1'],
      ['Event-Sequence', String(++sequence)],
    )
    return headers
  }

  return {
    coreUuid: options.coreUuid,
    emit(name, headers, more = {}) {
      const event: SwitchEvent = {
        name,
        headers: [...stamp(name, more.subclass), ...headers],
        ...(more.subclass === undefined ? {} : { subclass: more.subclass }),
        ...(more.body === undefined ? {} : { body: more.body }),
      }
      for (const listener of listeners) listener(event)
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
