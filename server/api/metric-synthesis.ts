// Figures of synthesis for Prometheus: how long prompts take, who failed and why, channels in use.
import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { SynthesisEvent, SynthesisFigures } from '../../asr-tts/index.ts'

/** @returns the listener to what the synthesis does. */
export function addSynthesisMetrics(
  registry: Registry,
  figures: () => SynthesisFigures,
): (event: SynthesisEvent) => void {
  const registers = [registry]
  const took = new Histogram({
    name: 'hotline_synthesis_seconds',
    help: 'From the channel to the finished prompt, by engine.',
    labelNames: ['engine'],
    buckets: [0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30],
    registers,
  })
  const factor = new Histogram({
    name: 'hotline_synthesis_real_time_factor',
    help: 'Time taken divided by the length of the sound, by engine.',
    labelNames: ['engine'],
    buckets: [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1],
    registers,
  })
  const failures = new Counter({
    name: 'hotline_synthesis_failures_total',
    help: 'Lines that an engine did not speak, by cause; effects are an engine of their own.',
    labelNames: ['engine', 'cause'],
    registers,
  })
  const prompts = new Counter({
    name: 'hotline_prompts_total',
    help: 'Prompts asked for: spoken now, found among those made before, refused.',
    labelNames: ['outcome'],
    registers,
  })
  new Gauge({
    name: 'hotline_synthesis_channels',
    help: 'Channels of synthesis: in use, allowed, and prompts that wait for one.',
    labelNames: ['state'],
    registers,
    collect() {
      const { used, limit, waiting } = figures()
      this.set({ state: 'used' }, used)
      this.set({ state: 'limit' }, limit)
      this.set({ state: 'waiting' }, waiting)
    },
  })
  new Gauge({
    name: 'hotline_synthesis_engine_up',
    help: '1 while the engine is asked in its turn, 0 while it is left alone after failures.',
    labelNames: ['engine'],
    registers,
    collect() {
      for (const { name: engine, state } of figures().engines)
        this.set({ engine }, state === 'up' ? 1 : 0)
    },
  })

  return event => {
    switch (event.type) {
      case 'spoken': {
        const { engine, tookMs, soundMs } = event
        took.observe({ engine }, tookMs / 1000)
        factor.observe({ engine }, tookMs / Math.max(1, soundMs))
        return prompts.inc({ outcome: 'spoken' })
      }
      case 'found':
        return prompts.inc({ outcome: 'found' })
      case 'refused':
        return prompts.inc({ outcome: 'refused' })
      case 'engine-failed':
        return failures.inc({ engine: event.engine, cause: event.error.fault })
      case 'effect-failed':
        return failures.inc({ engine: 'effect', cause: event.error.fault })
    }
  }
}
