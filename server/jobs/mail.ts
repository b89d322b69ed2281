// Alarms by e-mail.
import { createTransport } from 'nodemailer'
import { mailOf } from '../alarm/message.ts'
import type { Outlet } from './outlet.ts'

export interface MailAddress {
  /** `smtp://user:password@host:587` or `smtps://…`. */
  readonly url: string
  readonly from: string
  readonly to: readonly string[]
}
const LIMIT_MS = 20_000

export function createMail({ url, from, to }: MailAddress, timeOf: (at: number) => string): Outlet {
  const { username, hostname } = new URL(url)
  const isHere = hostname === 'localhost' || hostname === '127.0.0.1'
  const transport = createTransport({
    url,
    connectionTimeout: LIMIT_MS,
    greetingTimeout: LIMIT_MS,
    socketTimeout: LIMIT_MS,
    // A password leaves this machine encrypted or not at all.
    requireTLS: username !== '' && !isHere && !url.startsWith('smtps:'),
  })
  return {
    name: 'mail',
    async deliver(message) {
      await transport.sendMail({
        from,
        to: [...to],
        ...mailOf(message, timeOf),
        // The same message sent twice after a lost answer is shown once by most readers.
        messageId: `<${encodeURIComponent(message.id)}@${hostname}>`,
        priority: message.alarms.some(({ level }) => level === 'critical') ? 'high' : 'normal',
      })
    },
    close: () => transport.close(),
  }
}
