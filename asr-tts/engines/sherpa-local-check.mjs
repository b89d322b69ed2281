// Loads a model in a process of its own: sherpa-onnx ends its process over a model that it can't read.
import sherpa from 'sherpa-onnx-node'

const recognizer = new sherpa.OnlineRecognizer(JSON.parse(process.argv[2]))
const stream = recognizer.createStream()
stream.acceptWaveform({ sampleRate: 8000, samples: new Float32Array(8000) })
while (recognizer.isReady(stream)) recognizer.decode(stream)
