// What facts tell of speech over the last hours: delays by engine and hour, and what came of it.
import { sql } from 'kysely'
import type { Database } from './database.ts'

export interface SpeechDelay {
  readonly engine: string
  /** Begin of the hour, epoch ms. */
  readonly hourAt: number
  readonly count: number
  readonly p50Ms: number
  readonly p95Ms: number
}
export interface SpeechOutcomes {
  readonly understood: number
  readonly notUnderstood: number
  readonly failed: number
  readonly sentences: number
  readonly failOvers: number
  readonly fastLane: number
}
export interface SpeechFacts {
  /** Oldest hour first. */
  delays(since: number): Promise<SpeechDelay[]>
  outcomes(since: number): Promise<SpeechOutcomes>
}

const HOUR_MS = 3_600_000

export function createSpeechFacts({ query }: Database): SpeechFacts {
  return {
    async delays(since) {
      const delay = sql`(data->>'delayMs')::double precision`
      const hour = sql`at / ${sql.lit(HOUR_MS)}`
      const { rows } = await sql<{
        engine: string
        hour: string
        count: string
        p50: number
        p95: number
      }>`
        select data->>'engine' as engine, ${hour} as hour, count(*) as count,
          percentile_cont(0.5) within group (order by ${delay}) as p50,
          percentile_cont(0.95) within group (order by ${delay}) as p95
        from facts where at >= ${since} and type = 'voice-turn'
        group by 1, 2 order by 2, 1`.execute(query)
      return rows.map(({ engine, hour, count, p50, p95 }) => ({
        engine,
        hourAt: Number(hour) * HOUR_MS,
        count: Number(count),
        p50Ms: Math.round(p50),
        p95Ms: Math.round(p95),
      }))
    },
    async outcomes(since) {
      const { rows } = await sql<{ what: string; count: string }>`
        select case type
            when 'speech-heard' then data->>'outcome'
            when 'transcription-changed' then
              case when data->>'state' = 'on' and data->>'cause' is not null then 'fail-over' end
            else type end as what, count(*) as count
        from facts where at >= ${since}
          and type in ('speech-heard', 'sentence-heard', 'transcription-changed', 'fast-lane-taken')
        group by 1`.execute(query)
      const of = (what: string) => Number(rows.find(row => row.what === what)?.count ?? 0)
      return {
        understood: of('understood'),
        notUnderstood: of('not-understood'),
        failed: of('failed'),
        sentences: of('sentence-heard'),
        failOvers: of('fail-over'),
        fastLane: of('fast-lane-taken'),
      }
    },
  }
}
