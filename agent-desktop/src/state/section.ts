// The administrator's lists as data: one table and one form serve them all.

export type FieldKind =
  'text' | 'number' | 'seconds' | 'switch' | 'choice' | 'skills' | 'roles' | 'password'
export type OptionSource = 'queues' | 'agents' | 'flows' | 'reasons' | readonly string[]
export interface Field {
  readonly id: string
  readonly kind: FieldKind
  /** Set once, when the thing is made. */
  readonly isKey?: boolean
  readonly options?: OptionSource
  /** What an empty choice means to the server; absent: it must be filled. */
  readonly whenEmpty?: 'omit' | 'null'
  readonly min?: number
  readonly max?: number
  readonly isInTable?: boolean
  /** Only for what exists already. */
  readonly isLater?: boolean
}
export interface Section {
  readonly id: string
  readonly path: string
  readonly key: string
  /** `put` writes whole things under their own id; `post-patch` lets the server give the id; `whole` writes the list as one. */
  readonly write: 'put' | 'post-patch' | 'whole'
  readonly fields: readonly Field[]
  readonly blank: Readonly<Record<string, unknown>>
  /** The key stands in the address only. */
  readonly isKeyInPath?: true
}
export type Thing = Readonly<Record<string, unknown>>

const shown = { isInTable: true } as const

export const SECTIONS: readonly Section[] = [
  {
    id: 'users',
    path: '/api/users',
    key: 'id',
    write: 'post-patch',
    fields: [
      { id: 'username', kind: 'text', max: 64, ...shown },
      { id: 'name', kind: 'text', max: 40, ...shown },
      { id: 'roles', kind: 'roles', ...shown },
      { id: 'agentId', kind: 'choice', options: 'agents', whenEmpty: 'null', ...shown },
      { id: 'password', kind: 'password', whenEmpty: 'omit' },
      { id: 'disabled', kind: 'switch', isLater: true, ...shown },
    ],
    blank: { username: '', name: '', roles: ['agent'], agentId: null },
  },
  {
    id: 'agents',
    path: '/api/config/agents',
    key: 'id',
    write: 'put',
    fields: [
      { id: 'id', kind: 'text', isKey: true, max: 8, ...shown },
      { id: 'name', kind: 'text', max: 40, ...shown },
      { id: 'queues', kind: 'skills', ...shown },
      { id: 'autoAnswer', kind: 'switch', ...shown },
    ],
    blank: { id: '', name: '', autoAnswer: false, queues: {} },
  },
  {
    id: 'queues',
    path: '/api/config/queues',
    key: 'id',
    write: 'put',
    fields: [
      { id: 'id', kind: 'text', isKey: true, max: 40, ...shown },
      { id: 'name', kind: 'text', max: 40, ...shown },
      { id: 'capacity', kind: 'number', min: 0, max: 1000, ...shown },
      { id: 'maxWaitMs', kind: 'seconds', min: 5, max: 86_400, ...shown },
      { id: 'ringMs', kind: 'seconds', min: 5, max: 120, ...shown },
      { id: 'wrapUpMs', kind: 'seconds', min: 0, max: 3600, ...shown },
      { id: 'announceEveryMs', kind: 'seconds', min: 10, max: 600 },
      { id: 'overflowTo', kind: 'choice', options: 'queues', whenEmpty: 'omit', ...shown },
      { id: 'overflowAfterMs', kind: 'seconds', min: 0, max: 3600 },
      { id: 'whenNoAgents', kind: 'choice', options: ['leave', 'wait'] },
    ],
    blank: {
      id: '',
      name: '',
      capacity: 30,
      maxWaitMs: 300_000,
      ringMs: 20_000,
      wrapUpMs: 30_000,
      announceEveryMs: 30_000,
      overflowAfterMs: 60_000,
      whenNoAgents: 'leave',
    },
  },
  {
    id: 'numbers',
    path: '/api/numbers',
    key: 'number',
    write: 'put',
    fields: [
      { id: 'number', kind: 'text', isKey: true, max: 21, ...shown },
      { id: 'name', kind: 'text', max: 40, ...shown },
      { id: 'flow', kind: 'choice', options: 'flows', ...shown },
    ],
    blank: { number: '', name: '', flow: '' },
  },
  {
    id: 'reasons',
    path: '/api/contact-reasons',
    key: 'id',
    write: 'put',
    fields: [
      { id: 'id', kind: 'text', isKey: true, max: 40, ...shown },
      { id: 'name', kind: 'text', max: 40, ...shown },
      { id: 'parent', kind: 'choice', options: 'reasons', whenEmpty: 'null', ...shown },
      { id: 'sort', kind: 'number', min: 0, max: 9999, ...shown },
    ],
    blank: { id: '', name: '', parent: null, sort: 0 },
  },
]

/** Callers who are spared the machine. */
export const ELDERS: Section = {
  id: 'elders',
  path: '/api/elders',
  key: 'number',
  write: 'put',
  isKeyInPath: true,
  fields: [
    { id: 'number', kind: 'text', isKey: true, max: 21, ...shown },
    { id: 'note', kind: 'text', max: 200, whenEmpty: 'omit', ...shown },
  ],
  blank: { number: '' },
}

/** Words of the site: how they are said, and how much recognisers look out for them. */
export const WORDS: Section = {
  id: 'words',
  path: '/api/speech-words',
  key: 'id',
  write: 'whole',
  fields: [
    { id: 'word', kind: 'text', max: 40, ...shown },
    { id: 'reading', kind: 'text', max: 300, whenEmpty: 'omit', ...shown },
    { id: 'say', kind: 'text', max: 200, whenEmpty: 'omit', ...shown },
    { id: 'weight', kind: 'number', min: 1, max: 100, whenEmpty: 'omit', ...shown },
    { id: 'area', kind: 'text', max: 40, whenEmpty: 'omit', ...shown },
    { id: 'note', kind: 'text', max: 200, whenEmpty: 'omit', ...shown },
  ],
  blank: { word: '' },
}

export const SETTINGS_FIELDS: readonly Field[] = [
  { id: 'lineLimit', kind: 'number', min: 1, max: 2000 },
  { id: 'reserveLines', kind: 'number', min: 0, max: 100 },
  { id: 'flowLimit', kind: 'number', min: 0, max: 2000 },
  { id: 'recordingLimit', kind: 'number', min: 0, max: 2000 },
  { id: 'recognitionLimit', kind: 'number', min: 0, max: 1000 },
  { id: 'synthesisLimit', kind: 'number', min: 0, max: 1000 },
  { id: 'recorderFull', kind: 'choice', options: ['warn', 'refuse'] },
  { id: 'signallingDays', kind: 'number', min: 0, max: 365 },
  { id: 'maskForSupervisors', kind: 'switch' },
  { id: 'maskForAdministrators', kind: 'switch' },
]

/** What of a trunk is changed on its page; the rest is set over the API. */
export const TRUNK_FIELDS: readonly Field[] = [
  { id: 'id', kind: 'text', isKey: true, max: 32 },
  { id: 'name', kind: 'text', max: 40 },
  { id: 'priority', kind: 'number', min: 0, max: 99 },
  { id: 'lineLimit', kind: 'number', min: 1, max: 2000 },
  { id: 'host', kind: 'text', max: 255 },
  { id: 'port', kind: 'number', min: 1, max: 65_535 },
  { id: 'transport', kind: 'choice', options: ['udp', 'tcp', 'tls'] },
  { id: 'registerUser', kind: 'text', max: 128, whenEmpty: 'omit' },
  { id: 'registerPassword', kind: 'password', whenEmpty: 'omit' },
  { id: 'enabled', kind: 'switch' },
]

export interface Change {
  readonly field: string
  readonly before: unknown
  readonly after: unknown
}

const isSame = (a: unknown, b: unknown): boolean =>
  JSON.stringify(a ?? null) === JSON.stringify(b ?? null)

/** What saving will do, field by field. Nothing for fields that stay. */
export function changesOf(
  before: Thing,
  after: Thing,
  fields: readonly Field[],
): readonly Change[] {
  return fields
    .filter(
      ({ id }) =>
        !isSame(before[id] === '' ? null : before[id], after[id] === '' ? null : after[id]),
    )
    .map(({ id }) => ({ field: id, before: before[id], after: after[id] }))
}

/** The form's values as the server wants them. */
export function toBody(form: Thing, fields: readonly Field[], isNew: boolean): Thing {
  const body: Record<string, unknown> = {}
  for (const field of fields) {
    if (field.isLater && isNew) continue
    const value = form[field.id]
    const isEmpty = value === undefined || value === null || value === ''
    if (!isEmpty) body[field.id] = value
    else if (field.whenEmpty === 'null') body[field.id] = null
    else if (field.whenEmpty !== 'omit') body[field.id] = value ?? ''
  }
  return body
}

/** Fields without which saving is useless; the server judges the rest. */
export const emptyFields = (
  form: Thing,
  fields: readonly Field[],
  isNew: boolean,
): readonly string[] =>
  fields
    .filter(field => !field.whenEmpty && !(field.isLater && isNew))
    .filter(({ id }) => {
      const value = form[id]
      return (
        value === undefined ||
        value === null ||
        value === '' ||
        (Array.isArray(value) && value.length === 0)
      )
    })
    .map(({ id }) => id)

/** Problems the server found, by field: `{field: '/name', problem}`, or `/items/3/name` of a list written as one. */
export function problemsByField(details: unknown): Readonly<Record<string, string>> {
  if (!Array.isArray(details)) return {}
  return Object.fromEntries(
    details.flatMap((one: unknown) => {
      if (typeof one !== 'object' || one === null || !('field' in one) || !('problem' in one))
        return []
      const [, first = '', , inItem] = String(one.field).split('/')
      const field = first === 'items' ? (inItem ?? first) : first
      return [[field, String(one.problem)]]
    }),
  )
}
