// The machine's clock was set while calls live: every instant on the floor moves with it, so that no wait, no wrap-up and no talk
// becomes shorter or longer.
import { shiftInstants } from '../../telephony/call/instant.ts'
import type { Turn } from './turn.ts'

export function onClockJumped(turn: Turn, byMs: number): void {
  for (const call of [...turn.calls()]) {
    turn.change(call.id, shiftInstants(call, byMs))
    if (call.stage.state !== 'ended') turn.fact(call.id, 'clock-jumped', { byMs })
  }
  for (const agent of [...turn.agents()]) turn.putAgent(shiftInstants(agent, byMs))
}
