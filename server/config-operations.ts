// Settings of operations: outlets of alarms, backups, trial calls.
import { resolve } from 'node:path'
import { z } from 'zod'

const text = z.string().trim().min(1)
const clockTime = text.regex(/^([01][0-9]|2[0-3]):[0-5][0-9]$/, 'a time of day such as 02:30')
const isLocal = (hostname: string) => ['localhost', '127.0.0.1', '[::1]'].includes(hostname)

export const operationsEnvironment = {
  HOTLINE_SMTP_URL: text
    .refine(
      value => /^smtps?:\/\//.test(value) && URL.canParse(value),
      'smtp://user:password@host:port or smtps://…',
    )
    .optional(),
  HOTLINE_ALARM_MAIL_FROM: text.regex(/@/, 'an e-mail address').optional(),
  HOTLINE_ALARM_MAIL_TO: text
    .regex(
      /^[^,@\s]+@[^,@\s]+(\s*,\s*[^,@\s]+@[^,@\s]+)*$/,
      'e-mail addresses, separated by commas',
    )
    .optional(),
  HOTLINE_ALARM_HOOK_URL: text
    .refine(isHookUrl, 'an https:// URL (http:// on this machine only)')
    .optional(),
  HOTLINE_ALARM_HOOK_SECRET: z.string().min(16, 'at least 16 characters').optional(),
  HOTLINE_BACKUP_DIR: text.optional(),
  HOTLINE_BACKUP_KEY_FILE: text.optional(),
  HOTLINE_BACKUP_AT: clockTime.default('02:30'),
  HOTLINE_BACKUP_KEEP: z.coerce.number().int().min(1).max(3650).default(14),
  HOTLINE_TRIAL_CALL_AT: clockTime.optional(),
  HOTLINE_TRIAL_CALL_NUMBER: text.regex(/^\+?[0-9]{1,20}$/, 'a number').optional(),
}
const schema = z.object(operationsEnvironment)

export interface OperationsConfig {
  readonly mail?: { readonly url: string; readonly from: string; readonly to: readonly string[] }
  readonly hook?: { readonly url: string; readonly secret: string }
  /** Absent: no backups by itself. */
  readonly backup?: {
    readonly dir: string
    readonly keyFile: string
    /** `HH:MM` where the site is. */
    readonly at: string
    readonly keep: number
  }
  readonly trialCall: { readonly at?: string; readonly number?: string }
}

export function toOperations(env: z.infer<typeof schema>): OperationsConfig {
  const {
    HOTLINE_SMTP_URL: smtp,
    HOTLINE_ALARM_MAIL_FROM: from,
    HOTLINE_ALARM_MAIL_TO: to,
    HOTLINE_ALARM_HOOK_URL: hook,
    HOTLINE_ALARM_HOOK_SECRET: secret,
    HOTLINE_BACKUP_DIR: dir,
    HOTLINE_BACKUP_KEY_FILE: keyFile,
  } = env
  return {
    ...(smtp &&
      from &&
      to && { mail: { url: smtp, from, to: to.split(',').map(one => one.trim()) } }),
    ...(hook && secret && { hook: { url: hook, secret } }),
    ...(dir &&
      keyFile && {
        backup: {
          dir: resolve(dir),
          keyFile: resolve(keyFile),
          at: env.HOTLINE_BACKUP_AT,
          keep: env.HOTLINE_BACKUP_KEEP,
        },
      }),
    trialCall: {
      ...(env.HOTLINE_TRIAL_CALL_AT && { at: env.HOTLINE_TRIAL_CALL_AT }),
      ...(env.HOTLINE_TRIAL_CALL_NUMBER && { number: env.HOTLINE_TRIAL_CALL_NUMBER }),
    },
  }
}

/** Settings that need each other. */
export function operationsProblems(given: Readonly<Record<string, string | undefined>>): string[] {
  const together = [
    ['HOTLINE_SMTP_URL', 'HOTLINE_ALARM_MAIL_FROM', 'HOTLINE_ALARM_MAIL_TO'],
    ['HOTLINE_ALARM_HOOK_URL', 'HOTLINE_ALARM_HOOK_SECRET'],
    ['HOTLINE_BACKUP_DIR', 'HOTLINE_BACKUP_KEY_FILE'],
  ]
  return together.flatMap(names => {
    const there = names.find(name => given[name])
    return there === undefined
      ? []
      : names.filter(name => !given[name]).map(name => `${name} is missing: ${there} is set.`)
  })
}

function isHookUrl(value: string): boolean {
  if (!URL.canParse(value)) return false
  const { protocol, hostname } = new URL(value)
  return protocol === 'https:' || (protocol === 'http:' && isLocal(hostname))
}
