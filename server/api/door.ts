// What the API stands on. Each resource takes the same door.
import type { FastifyRequest } from 'fastify'
import { actorOf, leads, reviews } from '../auth/access.ts'
import type { SightRules } from '../auth/sight.ts'
import type { KeyValue } from '../auth/key-value.ts'
import type { Login } from '../auth/login.ts'
import type { Sessions } from '../auth/session.ts'
import type { Config, IceServer } from '../config.ts'
import type { CallerDirectory, Control } from '../control/port.ts'
import type { RepairsView, SpeechView } from '../desktop/protocol.ts'
import { refuse } from '../errors.ts'
import type { Trunk } from '../../telephony/trunk/trunk.ts'
import type { Log } from '../log.ts'
import type { OperationsDoor } from './operations-door.ts'
import type { RecordShape } from '../records/index.ts'
import type { SpeechDesk } from '../speech/desk.ts'
import type { QualityPoint } from '../store/dialog.ts'
import type { Repositories, StoredCall } from '../store/repository.ts'

export interface ApiDoor {
  readonly control: Control
  readonly repositories: Repositories
  readonly auth: {
    readonly sessions: Sessions
    readonly login: Login
    readonly keyValue: KeyValue
    readonly secure: boolean
  }
  readonly site: Site
  readonly operations: OperationsDoor
  readonly log: Log
}

/** What the rest of the server offers to the API. */
export interface Site {
  readonly clock: () => number
  readonly mediaDir: string
  readonly shape: RecordShape
  readonly directory: CallerDirectory
  readonly realm: string
  readonly iceServers: readonly IceServer[]
  /** Where browsers reach each switch's SIP: an address, or a path of our own. */
  readonly browserWays: readonly string[]
  /** Reads what was set and hands it to the control loop and the switch. */
  reconfigure(): Promise<void>
  readonly bans: Bans
  /** Every trunk with what the switch needs, and what its connections can be made of. */
  readonly trunks: SiteTrunks
  readonly edge: EdgeSight
  switches(): readonly SwitchSeen[]
  /** What the state doctor put right. */
  repairs(): RepairsView
  readonly trace: Trace
  /** Channels and engines of speech, at the server that steers. */
  speechNow(): SpeechView
  /** Who sees what whole, as it is set now. */
  sightRules(): SightRules
  readonly speech: SpeechDesk
}
/** A switch, where callers reach it, and whether this server does. */
export interface SwitchSeen {
  readonly name: string
  readonly host: string
  readonly port: number
  readonly connected: boolean
}
/** What is known of a SIP edge; without one there are no nodes. */
export interface EdgeSight {
  readonly nodes: Config['edgeNodes']
  states(): readonly {
    readonly nodes: readonly {
      readonly name: string
      readonly state: 'up' | 'paused' | 'down'
      readonly since: number
      readonly lines: number
    }[]
  }[]
}
/** The network's side of calls, as far as it is not in the database yet. */
export interface Trace {
  openQuality(callId: string): (QualityPoint & { readonly legId: string })[]
  flush(): Promise<void>
}
export interface SiteTrunks {
  list(): Promise<readonly Trunk[]>
  readonly transports: readonly Trunk['address']['transport'][]
}
export interface Ban {
  readonly address: string
  readonly reason: string
  readonly until: number
}
export interface Bans {
  list(): Promise<readonly Ban[]>
  /** False when the address was not banned. */
  lift(address: string): Promise<boolean>
}

/** Who has done what to whom: for what an auditor will ask. */
export async function audit(
  door: ApiDoor,
  request: FastifyRequest,
  action: string,
  target: string,
  detail: Record<string, unknown> = {},
  /** Known before there is a session, at login. */
  by?: string,
): Promise<void> {
  const actor = by ?? request.session?.userId ?? 'nobody'
  await door.repositories.audit.add({
    at: door.site.clock(),
    actor,
    action,
    target,
    detail,
    address: request.ip,
  })
}

/** The same for what is done already: it must be told to the one who asked, whatever becomes of the note. */
export async function auditDone(
  door: ApiDoor,
  request: FastifyRequest,
  action: string,
  target: string,
  detail: Record<string, unknown> = {},
): Promise<void> {
  try {
    await audit(door, request, action, target, detail)
  } catch (error) {
    door.log.error({ err: error, action, target, userId: request.session?.userId }, 'audit failed')
  }
}

/** The call, if the one who asks may see it; to an agent, calls of others do not exist. */
export async function ownCall(
  door: ApiDoor,
  request: FastifyRequest,
  id: string,
): Promise<StoredCall> {
  const actor = actorOf(request)
  const call = await door.repositories.calls.byId(id)
  const isTheirs = async (known: StoredCall) =>
    reviews(actor) ||
    (actor.agentId !== undefined &&
      (known.agent === actor.agentId || (await isForEverybody(door, known))))
  if (!call || !(await isTheirs(call))) throw refuse('UNKNOWN_CALL')
  return call
}

/** A caller who reached nobody is on the list that every agent works off, and the message left there is for all of them. */
const isForEverybody = async ({ repositories }: ApiDoor, call: StoredCall): Promise<boolean> =>
  call.agent === null && (await repositories.missed.byId(call.id)) !== undefined

/** An agent acts for itself, a supervisor for everybody. */
export function assertOwnAgent(request: FastifyRequest, id: string): void {
  const actor = actorOf(request)
  if (!leads(actor) && actor.agentId !== id) throw refuse('FORBIDDEN')
}
