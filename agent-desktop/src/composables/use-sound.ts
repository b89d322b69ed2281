// Ring tone, key tones and the test tone, made by the browser's sound graph: no files, no waiting.
import { keyTone, RING, RING_EVERY_MS, type Tone } from '../state/tone.ts'

let graph: AudioContext | null = null
let ringTimer: ReturnType<typeof setInterval> | undefined

function ready(): AudioContext {
  graph ??= new AudioContext()
  // Browsers start it asleep until the first click or key.
  if (graph.state === 'suspended') void graph.resume()
  return graph
}

function play(tone: Tone, gain: number): void {
  const context = ready()
  const level = context.createGain()
  level.connect(context.destination)
  const from = context.currentTime + tone.fromMs / 1000
  const to = from + tone.forMs / 1000
  // Soft edges: a hard one clicks in the headset.
  level.gain.setValueAtTime(0, from)
  level.gain.linearRampToValueAtTime(gain, from + 0.015)
  level.gain.setValueAtTime(gain, to - 0.03)
  level.gain.linearRampToValueAtTime(0, to)
  for (const frequencyHz of tone.frequenciesHz) {
    const oscillator = context.createOscillator()
    oscillator.frequency.value = frequencyHz
    oscillator.connect(level)
    oscillator.start(from)
    oscillator.stop(to)
  }
}

function startRinging(): void {
  stopRinging()
  const round = () => RING.forEach(tone => play(tone, 0.08))
  round()
  ringTimer = setInterval(round, RING_EVERY_MS)
}

function stopRinging(): void {
  clearInterval(ringTimer)
  ringTimer = undefined
}

export const useSound = () => ({
  startRinging,
  stopRinging,
  wake: () => void ready(),
  playKey: (key: string) => play({ frequenciesHz: keyTone(key), fromMs: 0, forMs: 120 }, 0.05),
  /** A short double beep: the next call comes by itself. */
  beep: () => play({ frequenciesHz: [660], fromMs: 0, forMs: 160 }, 0.08),
})
