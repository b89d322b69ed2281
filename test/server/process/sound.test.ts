// What callers hear from machines follows the settings of the site.
import t from 'tap'
import { createSound } from '../../../server/process/sound.ts'
import { createLog } from '../../../server/log.ts'

t.test('W-CAP-1: so many voices speak at once as the site has set, now and later', async t => {
  const kept = new Map<string, unknown>([['site/synthesisLimit', 2]])
  const settings = {
    all: async () => Object.fromEntries(kept),
    get: async (key: string) => kept.get(key),
    set: async (key: string, value: unknown) => void kept.set(key, value),
  }
  const sound = createSound({ mediaDir: t.testdir(), log: createLog('silent') })
  t.teardown(sound.close)
  t.equal(sound.synthesis.figures().limit, 5)
  await sound.refresh(settings)
  t.equal(sound.synthesis.figures().limit, 2, 'at the start')
  await settings.set('site/synthesisLimit', 9)
  await sound.refresh(settings)
  t.equal(sound.synthesis.figures().limit, 9, 'when it is set anew')
})
