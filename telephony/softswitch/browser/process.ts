// The process of browser legs: started by create.ts, ended by it or with it.
import { cleanup } from 'node-datachannel'
import { createLegs, type Legs } from './legs.ts'
import type { FromLegs, LegRequest, ToLegs } from './protocol.ts'

const tell = (message: FromLegs): void => {
  if (process.connected) process.send?.(message)
}

const serve = (): void => {
  let legs: Legs | undefined

  const ask = async (requestId: number, request: LegRequest): Promise<void> => {
    try {
      if (legs === undefined) throw new Error('not configured')
      tell({ type: 'answered', requestId, answer: await legs.answer(request) })
    } catch (error) {
      const cause = error instanceof Error ? error : new Error(String(error))
      const code = 'code' in cause && typeof cause.code === 'string' ? { code: cause.code } : {}
      tell({ type: 'refused', requestId, message: cause.message, ...code })
    }
  }

  const end = () => {
    legs?.closeAll()
    cleanup()
    process.exit(0)
  }

  process.on('message', (message: ToLegs) => {
    switch (message.type) {
      case 'configure':
        legs = createLegs(message.options, (leg, reason) => tell({ type: 'lost', leg, reason }))
        return tell({ type: 'started' })
      case 'ask':
        return void ask(message.requestId, message.request)
      case 'close':
        return legs?.close(message.leg)
      case 'close-all':
        return end()
    }
  })
  // Without the switch there is nobody left to speak to. Signals of the terminal are the switch's to judge.
  process.on('disconnect', end)
  process.on('SIGINT', () => undefined)
}

serve()
