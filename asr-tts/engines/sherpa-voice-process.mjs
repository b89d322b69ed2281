// The process in which sherpa-onnx speaks. Of its own, since a model that is broken ends the process that loads it (Ort::Exception, abort).
import sherpa from 'sherpa-onnx-node'

const voice = new sherpa.OfflineTts(JSON.parse(process.argv[2] ?? '{}'))
process.send?.({ ready: true })

process.on('message', ({ id, text, speaker, speed }) => {
  try {
    const { samples, sampleRate } = voice.generate({
      text,
      sid: Math.min(speaker, Math.max(0, voice.numSpeakers - 1)),
      speed,
      enableExternalBuffer: false,
    })
    process.send?.({ id, samples, sampleRateHz: sampleRate })
  } catch (error) {
    process.send?.({ id, problem: String(error) })
  }
})
process.on('disconnect', () => process.exit(0))
