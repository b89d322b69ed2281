import t from 'tap'
import { toFastLane, toFlowView } from '../../agent-desktop/src/state/flow-view.ts'
import { ELDERS, problemsByField, toBody, WORDS } from '../../agent-desktop/src/state/section.ts'
import { delayLines, hoursUntil, shares } from '../../agent-desktop/src/state/speech.ts'
import { elderSchema } from '../../server/site-settings.ts'
import { speechWordSchema } from '../../server/api/speech-schema.ts'

const HOUR = 3_600_000
const delay = (engine: string, hour: number, p50Ms: number, p95Ms: number, count = 10) => ({
  engine,
  hour: new Date(hour).toISOString(),
  count,
  p50Ms,
  p95Ms,
})

t.test('delays stand on one axis of 24 hours, with gaps where nobody spoke', async t => {
  const hours = hoursUntil(100 * HOUR + 5000)
  t.equal(hours.length, 24)
  t.equal(hours.at(-1), 100 * HOUR)
  const [aliyun, funasr] = delayLines(
    [
      delay('funasr', 100 * HOUR, 600, 900, 4),
      delay('aliyun', 97 * HOUR, 800, 1500),
      delay('funasr', 98 * HOUR, 650, 1200, 6),
      delay('funasr', 10 * HOUR, 1, 1),
    ],
    hours,
  )
  t.same(funasr?.p50.slice(-4), [null, 650, null, 600])
  t.same(funasr?.p95.slice(-4), [null, 1200, null, 900])
  t.match(funasr, { engine: 'funasr', last: { p95Ms: 900 }, worst: { p95Ms: 1200 } })
  t.equal(aliyun?.count, 10)
  t.same(delayLines([], hours), [])
})

t.test('outcomes are shares of what was said', async t => {
  const none = { sentences: 0, failOvers: 0, fastLane: 0 }
  t.same(
    shares({ understood: 6, notUnderstood: 3, failed: 1, ...none }).map(one => one.percent),
    [60, 30, 10],
  )
  t.same(
    shares({ understood: 0, notUnderstood: 0, failed: 0, ...none }).map(one => one.percent),
    [0, 0, 0],
  )
})

t.test(
  'a word of the form is one the server takes, and its problems find their fields',
  async t => {
    t.same(
      ['id', ...WORDS.fields.map(field => field.id)].toSorted(),
      Object.keys(speechWordSchema.shape).toSorted(),
    )
    const body = toBody(
      { ...WORDS.blank, word: '参保', reading: 'can1 bao3', say: '' },
      WORDS.fields,
      true,
    )
    t.ok(speechWordSchema.safeParse({ ...body, id: 'w1' }).success)
    t.same(problemsByField([{ field: '/items/3/reading', problem: 'two syllables' }]), {
      reading: 'two syllables',
    })
  },
)

t.test('a number of the list of elders has what the server keeps of it', async t => {
  t.same(
    [...ELDERS.fields.map(field => field.id), 'by', 'at'].toSorted(),
    Object.keys(elderSchema.shape).toSorted(),
  )
})

t.test('nodes that hear speech show what may be said and where it leads', async t => {
  const flow = {
    start: 'wish',
    fastLane: { next: 'people', failures: 3 },
    nodes: {
      wish: {
        kind: 'intent',
        prompt: { say: '请说' },
        intents: [{ id: 'a', phrases: ['一', '二', '三', '四'], next: 'card' }],
        choices: { '0': 'people' },
        failed: 'bye',
        otherwise: 'bye',
      },
      card: {
        kind: 'listen',
        what: 'digits',
        prompt: { say: '卡号' },
        confirm: { prompt: { say: '对吗' } },
        choices: { '1': 'yes' },
        next: 'bye',
        otherwise: 'bye',
      },
      people: { kind: 'queue', queue: 'consult', otherwise: 'bye' },
      bye: { kind: 'hangup' },
    },
  }
  const [wish, ...others] = toFlowView(flow)
  t.match(wish, { hears: 'intent', says: ['请说'] })
  t.same(wish?.exits, [
    { when: '“一” “二” “三” +1', next: 'card' },
    { when: '0', next: 'people' },
    { when: 'otherwise', next: 'bye' },
    { when: 'failed', next: 'bye' },
  ])
  const card = others.find(node => node.name === 'card')
  t.match(card, { hears: 'digits', says: ['卡号', '对吗'] })
  t.same(
    card?.exits.map(exit => exit.when),
    ['next', 'otherwise'],
    'a key of a listening node is a value and no way out',
  )
  t.ok(others.every(node => !node.unreachable && (node.name === 'card' || !node.hears)))
  t.same(toFastLane(flow), { next: 'people', failures: 3, slowDigitsMs: 2500, elders: true })
  t.equal(toFastLane({ nodes: {} }), null)
})
