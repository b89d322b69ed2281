// A trunk: the line bundle between us and one network (IMS SIP trunk), as the operator describes it.
import { z } from 'zod'

/** An IP address or a host name; no port. */
const host = z.string().regex(/^(?:[a-z\d](?:[a-z\d.-]{0,251}[a-z\d])?|[\da-f:]{2,45})$/i, 'a host')
/** `10.1.2.3`, `10.1.2.0/24`, `2001:db8::/32` or a host name. */
const network = z
  .string()
  .regex(
    /^(?:[a-z\d](?:[a-z\d.-]{0,251}[a-z\d])?|[\da-f:]{2,45})(?:\/\d{1,3})?$/i,
    'an address or a network',
  )
/** Digits with an optional `+`. */
const number = z.string().regex(/^\+?\d{2,20}$/, 'a number')
/** Goes into a SIP header and into FreeSWITCH's configuration; no line breaks, no quotes. */
const word = z.string().regex(/^[^\s"<>\\]{1,128}$/, 'no spaces, quotes or angle brackets')

const password = z
  .string()
  .min(1)
  .max(128)
  .regex(/^[^\r\n]+$/, 'one line')

export const trunkAccessSchema = z.discriminatedUnion('type', [
  /** Who sends from one of these addresses is the trunk. The trunk's own host always is. */
  z.strictObject({ type: z.literal('ip-trust'), addresses: z.array(network).max(50).default([]) }),
  /** We register as a client; calls come to the contact we registered, or from the trunk's host. */
  z.strictObject({
    type: z.literal('registration'),
    username: word,
    password,
    /** What the registrar's challenge must name; absent: whatever it names. */
    realm: word.optional(),
    expiresS: z.number().int().min(60).max(86_400).default(3600),
  }),
])

/** Which number of ours is shown to those we call. */
const shownNumberSchema = z.discriminatedUnion('type', [
  /** The site's own (`HOTLINE_OUTBOUND_NUMBER`). */
  z.strictObject({ type: z.literal('site') }),
  z.strictObject({ type: z.literal('fixed'), number }),
  /** One of several; the same one for the same called number. */
  z.strictObject({ type: z.literal('pool'), numbers: z.array(number).min(1).max(100) }),
])

export const trunkSchema = z.strictObject({
  /** Names the gateway at the switch as well. */
  id: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,31}$/, 'small letters, digits and hyphens; a letter first'),
  name: z.string().trim().min(1).max(40),
  enabled: z.boolean().default(true),
  /** Lower first: 0 the main trunk, 1 the standby. */
  priority: z.number().int().min(0).max(99).default(0),
  address: z.strictObject({
    host,
    port: z.number().int().min(1).max(65_535).default(5060),
    transport: z.enum(['udp', 'tcp', 'tls']).default('udp'),
  }),
  access: trunkAccessSchema.prefault({ type: 'ip-trust' }),
  /** Calls at once, both ways together. */
  lineLimit: z.number().int().min(1).max(2000).default(30),
  options: z
    .strictObject({
      /** Seconds between two OPTIONS; 0: none, the trunk is taken to be up. */
      everyS: z
        .number()
        .int()
        .refine(value => value === 0 || (value >= 5 && value <= 3600), '0, or 5 to 3600')
        .default(15),
      /** Unanswered ones in a row after which the trunk is down; one answer brings it up again. */
      failuresToDown: z.number().int().min(1).max(10).default(2),
    })
    .prefault({}),
  /** How a dialled number is written on the way out: 059187654321, +8659187654321, or as it was dialled. */
  numberForm: z.enum(['national', 'e164', 'as-dialled']).default('national'),
  presentation: z
    .strictObject({
      shown: shownNumberSchema.prefault({ type: 'site' }),
      /** Says the number in P-Asserted-Identity as well (RFC 3325). */
      asserted: z.boolean().default(true),
      /** `id`: the network is told the number, the one who is called is not (RFC 3323, RFC 3325 §7). */
      privacy: z.enum(['none', 'id']).default('none'),
    })
    .prefault({}),
  /** RFC 4028: asked for on the way out; 0: only where the other side asks. */
  sessionTimer: z
    .strictObject({
      expiresS: z
        .number()
        .int()
        .refine(value => value === 0 || (value >= 90 && value <= 86_400), '0, or 90 to 86400')
        .default(1800),
    })
    .prefault({}),
  /** RFC 3262: never, where the other side wants it, or always. */
  prack: z.enum(['off', 'supported', 'required']).default('supported'),
  inbound: z
    .strictObject({
      /** Where the number that was called is read. IMS networks often put the registered number into the request URI. */
      calledFrom: z.enum(['request-uri', 'to', 'p-called-party-id']).default('request-uri'),
      /** Area code of the trunk's place (0591): taken off before a short code, 059112393 becomes 12393. */
      areaCode: z
        .string()
        .regex(/^0\d{2,3}$/, 'an area code such as 0591')
        .optional(),
    })
    .prefault({}),
})
export type Trunk = z.infer<typeof trunkSchema>
export type TrunkId = Trunk['id']
export type TrunkAccess = Trunk['access']

const [trustSchema, registrationSchema] = trunkAccessSchema.options

/** What people send: the password only where it is new. */
export const trunkFormSchema = trunkSchema.extend({
  access: z
    .discriminatedUnion('type', [
      trustSchema,
      registrationSchema.extend({ password: password.optional() }),
    ])
    .prefault({ type: 'ip-trust' }),
})
export type TrunkForm = z.infer<typeof trunkFormSchema>

/** What people see: that there is a password, never which. */
export const shownTrunkSchema = trunkSchema.extend({
  access: z.discriminatedUnion('type', [
    trustSchema,
    registrationSchema.omit({ password: true }).extend({ hasPassword: z.literal(true) }),
  ]),
})
export type ShownTrunk = z.infer<typeof shownTrunkSchema>

/** The id of the one trunk that `HOTLINE_TRUNK` stands for. */
export const DEFAULT_TRUNK = 'default'
