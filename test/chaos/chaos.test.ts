// The short form of the fault run: each kind of fault once, kills of the steering server more often, in about three minutes.
import t from 'tap'
import { freezeBrowser, killBrowser } from './far-faults.ts'
import {
  cutSwitch,
  freezeSteering,
  handOver,
  killAll,
  killFollowing,
  killPostgres,
  killRedis,
  killSteering,
} from './faults.ts'
import { runChaos } from './run.ts'

t.setTimeout(420_000)
const AGENTS = ['1001', '1002', '1003', '1004', '1005']
/** Limits of a machine that does other things at the same time; the long run on a quiet one has the targets themselves. */
const WORST_BACK_MS = 20_000

const { tally } = await runChaos(t, {
  seed: 20261122,
  agents: AGENTS,
  hasBrowser: true,
  faults: [
    killSteering,
    cutSwitch,
    killSteering,
    killPostgres,
    handOver,
    killFollowing,
    freezeBrowser,
    killRedis,
    killSteering,
    freezeSteering,
    killBrowser,
    killAll,
  ],
  say: line => t.comment(line),
})
for (const { what, measured, isMet } of tally.rows()) {
  if (measured.includes('%')) t.ok(isMet, `${what}: ${measured}`)
  else t.comment(`${what}: ${measured}`)
}
t.ok(tally.worst('regained') < WORST_BACK_MS, 'control came back each time')
for (const failure of tally.failures) t.comment(failure)
