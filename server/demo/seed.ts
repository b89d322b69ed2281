// What a first visitor finds: a small hall with a line, groups, a flow and people without real names.
import { standardCalendar, standardFlow } from '../../ivr-flows/index.ts'
import { toCalendarRule } from '../calendar-rule.ts'
import { generatePassword, generateSecret } from '../auth/password.ts'
import type { Role } from '../desktop/protocol.ts'
import type { Repositories } from '../store/repository.ts'
import { queueConfigSchema } from '../api/schema.ts'
import { CONTACT_REASONS } from './contact-reasons.ts'

export interface DemoAccount {
  readonly username: string
  readonly password: string
  readonly roles: readonly Role[]
  readonly agentId: string
}

const QUEUES = [
  { id: 'consult', name: '咨询组', overflowTo: 'business' },
  { id: 'business', name: '业务组' },
  { id: 'complaint', name: '投诉组' },
]
const AGENT_COUNT = 20
const SUPERVISOR = '2001'

/** A visitor may come at any hour; the shipped calendar keeps office hours. */
const ROUND_THE_CLOCK = Object.fromEntries(
  (['1', '2', '3', '4', '5', '6', '7'] as const).map(day => [day, [['00:00', '24:00']]]),
) as ReturnType<typeof toCalendarRule>['week']

/** Fills an empty site; what is there already stays. Gives the accounts made now, with their passwords. */
export async function seedDemo(
  repositories: Repositories,
  { at, hash }: { at: number; hash: (password: string) => Promise<string> },
): Promise<DemoAccount[]> {
  // The group that others overflow to comes first.
  for (const queue of QUEUES.toReversed()) {
    if (!(await repositories.queues.byId(queue.id)))
      await repositories.queues.save(queueConfigSchema.parse(queue))
  }
  const calendar = { ...toCalendarRule(standardCalendar()), week: ROUND_THE_CLOCK }
  if (!(await repositories.calendars.byId(calendar.id))) await repositories.calendars.save(calendar)
  const flow = standardFlow()
  if (!(await repositories.flows.runningOf(flow.id))) await repositories.flows.add(flow, 'demo', at)
  if (!(await repositories.numbers.byId('12393'))) {
    await repositories.numbers.save({ number: '12393', flow: flow.id, name: '医保服务热线' })
  }
  if ((await repositories.contactReasons.list()).length === 0) {
    for (const reason of CONTACT_REASONS) await repositories.contactReasons.save(reason)
  }

  const accounts: DemoAccount[] = []
  for (const person of people()) {
    if (await repositories.users.byUsername(person.id)) continue
    const known = await repositories.agents.byId(person.id)
    const { id, name, queues, roles } = person
    if (!known)
      await repositories.agents.save({
        id,
        name,
        queues,
        autoAnswer: false,
        phoneSecret: generateSecret(),
      })
    const password = generatePassword()
    const account = {
      id: `user-${id}`,
      username: id,
      name,
      roles,
      agentId: id,
      disabled: false,
      lockedUntil: null,
      failures: 0,
    }
    await repositories.users.save({ ...account, passwordHash: await hash(password) })
    accounts.push({ username: id, password, roles, agentId: id })
  }
  return accounts
}

interface Person {
  readonly id: string
  readonly name: string
  readonly roles: readonly Role[]
  readonly queues: Record<string, number>
}

function people(): Person[] {
  const agents = Array.from({ length: AGENT_COUNT }, (_, index): Person => {
    const place = String(index + 1).padStart(2, '0')
    return { id: `10${place}`, name: `座席${place}`, roles: ['agent'], queues: skillsOf(index) }
  })
  // A supervisor has a phone to listen and to whisper with, and stands in no group.
  return [...agents, { id: SUPERVISOR, name: '班长01', roles: ['supervisor'], queues: {} }]
}

/** Everybody can advise; the second ten also handle business, the last five complaints. */
function skillsOf(index: number): Record<string, number> {
  return {
    consult: index < 10 ? 1 : 2,
    ...(index >= 10 && { business: 1 }),
    ...(index >= 15 && { complaint: 1 }),
  }
}
