// Status codes of Aliyun NLS; the same for recognition and synthesis.
const CAUSES = {
  40000001: 'wrong-key',
  40000004: 'slow',
  40000005: 'quota',
  40000010: 'quota',
  40020105: 'wrong-key',
  40020106: 'wrong-key',
} as const

type AliyunCause = (typeof CAUSES)[keyof typeof CAUSES] | 'broken-off' | 'refused'

/** Others are the service's fault (5…) or ours. */
export function causeOfStatus(status: number): AliyunCause {
  const known: Readonly<Record<number, AliyunCause>> = CAUSES
  return known[status] ?? (String(status).startsWith('5') ? 'broken-off' : 'refused')
}
