// A database of a hundred days: calls with their facts and dialogs, and of the newest the SIP messages and quality. Made by the database itself.
import { createHash } from 'node:crypto'

/** 2026-03-31T00:00:00Z; the newest call. */
export const FILLED_AT = 1_774_915_200_000
const SPAN_MS = 100 * 86_400_000
/** So many of the newest calls have SIP messages and quality: what is kept for days only. */
export const SIGNALLED = 20_000
const STEP = 50_000
/** People; each calls now and then. */
const CALLERS = 300_000

export const idOf = (n: number): string => {
  const hex = createHash('md5').update(String(n)).digest('hex')
  return [8, 12, 16, 20, 32].map((end, i, ends) => hex.slice(ends[i - 1] ?? 0, end)).join('-')
}
export const sipCallIdOf = (n: number, leg: 1 | 2): string => `${idOf(n)}-${leg}@sbc.example`
export const numberOf = (n: number): string => {
  const person = n % CALLERS
  return `1${3 + (person % 7)}${String((person * 104_729) % 1_000_000_000).padStart(9, '0')}`
}

const ID = `md5(n::text)::uuid::text`
const PERSON = `(n % ${CALLERS})`
const NUMBER = `'1' || (3 + ${PERSON} % 7) || lpad(((${PERSON}::bigint * 104729) % 1000000000)::text, 9, '0')`
const agent = `(1001 + n % 20)::text`
const result = `(array['answered','answered','answered','answered','answered','answered','abandoned-ivr','abandoned-queue','self-service','voicemail'])[1 + n % 10]`

const calls = (series: string, at: string) => `
  insert into calls (id, direction, caller, callee, party, area, queue, agent, started_at, answered_at, ended_at, duration_ms,
    talk_ms, wait_ms, hold_ms, result, ended_by, satisfaction)
  select ${ID}, case when n % 12 = 0 then 'outbound' else 'inbound' end,
    case when n % 12 = 0 then '12393' else ${NUMBER} end, case when n % 12 = 0 then ${NUMBER} else '12393' end, ${NUMBER},
    '湖北省武汉市', (array['consult','business','complaint'])[1 + n % 3], ${agent}, ${at}, ${at} + 4000, ${at} + 180000, 180000,
    150000, 12000, 0, ${result}, 'caller', 1 + n % 5
  from ${series}`

const facts = (series: string, at: string) => `
  insert into facts (subject, seq, at, type, data)
  select ${ID}, seq, ${at} + seq * 9000,
    (array['call-began','leg-began','call-answered','flow-entered','node-entered','choice-made','queue-joined','agent-offered',
      'leg-began','leg-signalled','agent-answered','leg-ended','call-ended'])[seq],
    case seq
      when 1 then jsonb_build_object('direction','inbound','caller',${NUMBER},'callee','12393','node','embedded','legId',${ID},
        'sipCallId',${ID} || '-1@sbc.example','networkAddress','192.0.2.10','video',false)
      when 2 then jsonb_build_object('legId',${ID},'role','caller','number',${NUMBER},'sipCallId',${ID} || '-1@sbc.example')
      when 8 then jsonb_build_object('queue','consult','agent',${agent},'legId',${ID} || '-a','waitedMs',12000,'reason',
        jsonb_build_object('rule','longest-idle','idleMs',60000,'skillLevel',1,'runnersUp','[]'::jsonb,'excluded','{}'::jsonb,'overtaken','[]'::jsonb))
      when 9 then jsonb_build_object('legId',${ID} || '-a','role','agent','number',${agent},'sipCallId','')
      when 10 then jsonb_build_object('legId',${ID} || '-a','sipCallId',${ID} || '-2@sbc.example')
      else jsonb_build_object('legId',${ID},'agent',${agent},'rangMs',2100) end
  from ${series}, generate_series(1, 13) as seq`

const dialogs = (series: string, at: string) => `
  insert into dialogs (sip_call_id, call_id, leg_id, at)
  select ${ID} || '-' || leg || '@sbc.example', ${ID}, ${ID} || case leg when 1 then '' else '-a' end, ${at}
  from ${series}, generate_series(1, 2) as leg`

const messages = (series: string, at: string) => `
  insert into sip_messages (sip_call_id, at_us, protocol, sender, receiver, content)
  select ${ID} || '-' || leg || '@sbc.example', (${at} + part * 9000) * 1000, 17, '192.0.2.10:5060', '192.0.2.20:5060',
    'INVITE sip:12393@192.0.2.20 SIP/2.0' || chr(13) || chr(10) || 'Call-ID: ' || ${ID} || '-' || leg || '@sbc.example' ||
    chr(13) || chr(10) || 'CSeq: ' || part || ' INVITE' || chr(13) || chr(10) || repeat('X-Filler: ' || md5(n::text) || chr(13) || chr(10), 14)
  from ${series}, generate_series(1, 2) as leg, generate_series(1, 10) as part`

const POINT = `{"at":1774915200000,"forMs":5000,"packets":250,"lost":0,"jitterMs":1.2,"mos":4.4}`
const quality = (series: string, at: string) => `
  insert into leg_quality (leg_id, at, call_id, points)
  select ${ID} || '-' || leg, ${at} + part * 30000, ${ID}, '[${Array.from({ length: 6 }, () => POINT).join(',')}]'::jsonb
  from ${series}, generate_series(1, 2) as leg, generate_series(0, 5) as part`

const SECONDARY = `select indexname, indexdef from pg_indexes
  where schemaname = 'public' and tablename in ('calls', 'facts', 'sip_messages', 'leg_quality') and indexname like '%\\_by\\_%'`

/** In this order. Indexes are made at the end: building one is quicker than keeping it. */
export function fillSteps(count: number): { what: string; text: string }[] {
  // Evenly over the span, the last call newest.
  const at = `(${FILLED_AT}::bigint - ((${count} - n)::bigint * ${SPAN_MS}) / ${count})`
  const steps: { what: string; text: string }[] = [
    { what: 'remember the indexes', text: `create table indexes_away as ${SECONDARY}` },
    {
      what: 'drop them',
      text: `do $$ declare one record; begin for one in select * from indexes_away loop
        execute 'drop index ' || one.indexname; end loop; end $$`,
    },
  ]
  for (let from = 1; from <= count; from += STEP) {
    const to = Math.min(count, from + STEP - 1)
    const series = `generate_series(${from}, ${to}) as n`
    for (const [what, make] of Object.entries({ calls, facts, dialogs }))
      steps.push({ what: `${what} ${from}–${to}`, text: make(series, at) })
  }
  const newest = `generate_series(${Math.max(1, count - SIGNALLED)}, ${count}) as n`
  steps.push(
    { what: 'messages', text: messages(newest, at) },
    { what: 'quality', text: quality(newest, at) },
    {
      what: 'the indexes again',
      text: `do $$ declare one record; begin for one in select * from indexes_away loop execute one.indexdef; end loop; end $$`,
    },
    { what: 'forget', text: 'drop table indexes_away' },
    ...['calls', 'facts', 'dialogs', 'sip_messages', 'leg_quality'].map(each => ({
      what: `analyze ${each}`,
      text: `vacuum analyze ${each}`,
    })),
  )
  return steps
}
