// Which faults a long run plays, and in which order.
import { freezeBrowser, freezeBrowserLong, killBrowser, loseTrunk } from './far-faults.ts'
import {
  cutSwitch,
  type Fault,
  fillDisk,
  floodEvents,
  freezeSteering,
  halfOpen,
  handOver,
  killAll,
  killFollowing,
  killPostgres,
  killRedis,
  killSteering,
  loseSwitch,
} from './faults.ts'

export const FAULTS: readonly Fault[] = [
  killSteering,
  killFollowing,
  killAll,
  handOver,
  cutSwitch,
  loseSwitch,
  halfOpen,
  floodEvents,
  killRedis,
  killPostgres,
  freezeSteering,
  fillDisk,
  freezeBrowser,
  freezeBrowserLong,
  killBrowser,
  loseTrunk,
]

/** Of all rounds: kills of servers, as the target counts them. */
const KILL_SHARE = 0.8

/** The same seed gives the same order. Other faults come as often as their weights say before any comes more often. */
export function planOf(rounds: number, chance: () => number, only?: string): Fault[] {
  if (only !== undefined) return onlyThose(rounds, only)

  const kills = FAULTS.filter(({ isKill }) => isKill)
  const others = FAULTS.filter(({ isKill }) => !isKill).flatMap(fault =>
    Array.from({ length: fault.weight }, () => fault),
  )
  const total = kills.reduce((sum, { weight }) => sum + weight, 0)
  const kill = (): Fault => {
    let at = chance() * total
    return kills.find(({ weight }) => (at -= weight) < 0) ?? killSteering
  }
  let heap: Fault[] = []
  const other = (): Fault => {
    if (heap.length === 0) heap = [...others]
    return heap.splice(Math.floor(chance() * heap.length), 1)[0] ?? cutSwitch
  }
  // Spread evenly, so that a run cut short by its limit has had its share of each.
  let owed = 0
  return Array.from({ length: rounds }, () => {
    owed += KILL_SHARE
    if (owed < 1 - 1e-9) return other()
    owed -= 1
    return kill()
  })
}

/** One after another those whose name has these words. */
function onlyThose(rounds: number, words: string): Fault[] {
  const chosen = FAULTS.filter(({ name }) => name.includes(words))
  if (chosen.length === 0) throw new Error(`no fault is called ${words}`)
  return Array.from({ length: rounds }, (_, index) => chosen[index % chosen.length] ?? killSteering)
}
