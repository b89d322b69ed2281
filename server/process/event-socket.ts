// One question to a switch, apart from the driver: is it there, read your file again, count your calls.
import { openLink } from '../../telephony/esl/link.ts'

export interface EventSocketAddress {
  readonly host: string
  readonly port: number
  readonly password: string
}

/** The reply's text. @throws when the switch does not answer within the limit or refuses. */
export function askSwitch(
  address: EventSocketAddress,
  command: string,
  timeoutMs: number,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const link = openLink({
      ...address,
      connectTimeoutMs: timeoutMs,
      onEvent: () => undefined,
      onEnd: (reason, detail) => reject(new Error(`the switch is ${reason}: ${detail}`)),
      onReady: () => {
        link.request(`api ${command}`, timeoutMs).then(
          reply => {
            resolve(reply)
            link.end('stopped', '')
          },
          (error: unknown) => {
            reject(error instanceof Error ? error : new Error(String(error)))
            link.end('stopped', '')
          },
        )
      },
    })
  })
}

export const switchAnswers = (address: EventSocketAddress, timeoutMs: number): Promise<boolean> =>
  askSwitch(address, 'uptime', timeoutMs).then(
    () => true,
    () => false,
  )
