// The embedded switch and the SIP edge are guarded by the same rules: the same table of callers, told to both.
import t, { type Test } from 'tap'
import { ADMISSION_STORY, STORY_RULES, type StoryStep } from '../../fixtures/admission-story.ts'
import { createTestGuard, invite } from '../../fixtures/edge.ts'
import { startTestSwitch } from '../../fixtures/softswitch/switch.ts'

type Outcome = Pick<StoryStep, 'expected' | 'blocked'>

async function check(
  t: Test,
  play: (step: StoryStep, number: number) => Promise<Outcome> | Outcome,
): Promise<void> {
  for (const [number, step] of ADMISSION_STORY.entries()) {
    const { expected, blocked } = await play(step, number)
    t.equal(expected, step.expected, step.name)
    t.same(blocked, step.blocked, `${step.name}: what the ledger hears`)
  }
}

t.test('at the edge', async t => {
  const guard = createTestGuard({ ...STORY_RULES, trunks: [] })
  const at = 1_000_000
  await check(t, ({ from, to, address = '', hangsUp }, number) => {
    const callId = `call-${number}`
    const verdict = guard.onRequest(
      invite({
        callId,
        source: { address, port: 5060 },
        requestUri: `sip:${to}@10.9.9.9`,
        from: `<sip:${from}@${address}>;tag=1`,
      }),
      at,
    )
    if (verdict.type === 'proxy') {
      guard.onSettled(callId, 200, at)
      if (hangsUp) guard.onEnded(callId)
      return { expected: 'line' }
    }
    if (verdict.type !== 'refuse') throw new Error(`it is to ${verdict.type}`)
    if (verdict.reason === 'too-often') return { expected: 'dropped' }
    const { sipStatus, blocked } = verdict
    return { expected: sipStatus, ...(blocked && { blocked: [blocked.reason, blocked.counted] }) }
  })
})

t.test('at the embedded switch', async t => {
  const s = await startTestSwitch(t, STORY_RULES)
  await check(t, async ({ from, to, address = '', hangsUp }) => {
    const gate = s.sip.options.gate
    if (gate.onRequest('INVITE', { transport: 'udp', address, port: 5060 }) === 'drop')
      return { expected: 'dropped' }
    const caller = s.sip.receive({ from, to, address })
    const status = /^reject (\d+)/.exec(caller.answers[0] ?? '')?.[1]
    if (status === undefined) {
      const { headers } = await s.esl.next('CHANNEL_PARK')
      if (hangsUp) {
        await s.esl.api(`uuid_kill ${headers['Unique-ID'] ?? ''}`)
        await s.esl.next('CHANNEL_DESTROY')
      }
      return { expected: 'line' }
    }
    const { headers } = await s.esl.next(
      'CUSTOM',
      event => event.headers['Event-Subclass'] === 'hotline::blocked',
    )
    return {
      expected: Number(status),
      blocked: [headers['Hotline-Reason'] ?? '', headers['Hotline-Counted'] === 'true'],
    }
  })
})
