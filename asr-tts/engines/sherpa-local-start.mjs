// The thread that holds a model of sherpa-onnx. Plain JavaScript: the package has no types, and its loader is its own.
import { setPriority } from 'node:os'
import { readlinkSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import sherpa from 'sherpa-onnx-node'

// Linux counts this per thread, and the threads that it starts take it over.
setPriority(Number(readlinkSync('/proc/thread-self').split('/').at(-1)), workerData.niceness)
const recognizer = new sherpa.OnlineRecognizer(workerData.recognizer)
const streams = new Map()

parentPort.on('message', message => {
  if (message.type === 'end') return parentPort.close()
  const { id } = message
  if (message.type === 'open') return void streams.set(id, recognizer.createStream())
  const stream = streams.get(id)
  if (!stream) return
  if (message.type === 'close') return void streams.delete(id)
  if (message.type === 'finish') stream.inputFinished()
  else stream.acceptWaveform({ sampleRate: message.rateHz, samples: message.samples })
  while (recognizer.isReady(stream)) recognizer.decode(stream)
  const isFinal = message.type === 'finish' || recognizer.isEndpoint(stream)
  const result = JSON.stringify({ ...recognizer.getResult(stream), is_final: isFinal })
  parentPort.postMessage({ type: 'heard', id, result, samples: message.samples?.length ?? 0 })
  if (message.type === 'finish') {
    streams.delete(id)
    parentPort.postMessage({ type: 'finished', id })
  } else if (isFinal) recognizer.reset(stream)
})
parentPort.postMessage({ type: 'ready' })
