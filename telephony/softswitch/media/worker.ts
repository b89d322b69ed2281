// The worker's side of the door: messages in, answers and events out.
import { parentPort, workerData } from 'node:worker_threads'
import { createPlane, type Plane } from './plane.ts'
import type { FromPlane, PlaneOptions, PlaneRequest, ToPlane } from './protocol.ts'

const answer = async (plane: Plane, request: PlaneRequest): Promise<unknown> => {
  switch (request.type) {
    case 'open-port':
      return plane.openPort(request.kind)
    case 'close':
      return plane.close(request.port)
    case 'stats':
      return plane.stats(request.port)
    case 'close-all':
      return plane.closeAll()
  }
}

const toRefusal = (requestId: number, error: unknown): FromPlane => {
  const cause = error instanceof Error ? error : new Error(String(error))
  const code = 'code' in cause && typeof cause.code === 'string' ? { code: cause.code } : {}
  return { type: 'refused', requestId, message: cause.message, ...code }
}

const serve = (options: PlaneOptions) => {
  const door = parentPort
  if (door === null) throw new Error('worker.ts runs as a worker thread only')
  const tell = (message: FromPlane) => door.postMessage(message)
  const plane = createPlane(options, event => tell({ type: 'happened', event }))
  tell({ type: 'started' })
  door.on('message', (message: ToPlane) => {
    if (message.type === 'perform') return plane.perform(message.command)
    const { requestId, request } = message
    answer(plane, request).then(
      value => {
        tell({ type: 'answered', requestId, value })
        if (request.type === 'close-all') door.close()
      },
      (error: unknown) => tell(toRefusal(requestId, error)),
    )
  })
}

serve(workerData)
