// The little that must be known of a SIP message to keep it: whose dialog, what it says, and what in it is secret.

export interface SipHead {
  readonly callId: string
  /** Of the CSeq: a response tells of which request. */
  readonly method: string
  /** Absent for a request. */
  readonly status?: number
  readonly reason?: string
}

/** Headers end at an empty line; more than this is no head of a sane message. */
const MOST_HEAD = 65_536

/** Undefined for what is no SIP message (RFC 3261 §7). */
export function readSipHead(text: string): SipHead | undefined {
  const end = text.indexOf('\r\n\r\n')
  const head = text.slice(0, Math.min(end < 0 ? text.length : end, MOST_HEAD))
  const first = head.slice(0, Math.max(0, head.indexOf('\r\n')))
  const response = /^SIP\/2\.0 ([1-6][0-9]{2}) ?(.*)$/.exec(first)
  const request = /^[A-Z]{2,20} \S+ SIP\/2\.0$/.test(first)
  if (!response && !request) return undefined
  // RFC 3261 §7.3.3: `i` is the short form of Call-ID.
  const callId = /^(?:Call-ID|i)[ \t]*:[ \t]*(\S{1,255})[ \t]*$/im.exec(head)?.[1]
  const method = /^CSeq[ \t]*:[ \t]*[0-9]{1,10}[ \t]+([A-Z]{2,20})[ \t]*$/im.exec(head)?.[1]
  if (callId === undefined || method === undefined) return undefined
  return {
    callId,
    method,
    ...(response ? { status: Number(response[1]), reason: response[2] ?? '' } : {}),
  }
}

/**
 * The message with every secret blotted out, character for character, so that lengths in it stay right: answers to a challenge
 * (RFC 7616 §3.4) and other credentials, keys of SRTP (RFC 4568 §9.1), passwords of ICE (RFC 8839 §5.4), digits pressed.
 */
export function blotSecrets(text: string): string {
  return (
    text
      .replace(
        /^((?:Proxy-)?Authorization[ \t]*:[ \t]*[\w-]*)([^\r\n]*(?:\r?\n[ \t][^\r\n]*)*)/gim,
        (_, name: string, value: string) => name + blot(value),
      )
      // A key keeps the form of one: other readers give up the whole description at something that is none.
      .replace(
        /^(a=crypto:\S+[ \t]+\S+[ \t]+)([^\r\n]+)/gim,
        (_, name: string, keys: string) =>
          name + keys.replace(/(?<=inline:)[^|;\s]+/gi, key => 'A'.repeat(key.length)),
      )
      .replace(/^(a=ice-pwd:)([^\r\n]+)/gim, (_, name, value) => name + blot(value))
      .replace(/^(Signal[ \t]*=[ \t]*)([^\r\n]+)/gim, (_, name, value) => name + blot(value))
  )
}

const blot = (value: string): string => value.replace(/[^\s]/g, '*')
