// The words of the modules that bring a leg's sound to a WebSocket. The embedded switch has those of the first.

export interface StreamModule {
  readonly name: 'mod_audio_stream' | 'mod_audio_fork'
  start(id: string, url: string): string
  stop(id: string): string
  pause(id: string): string
  resume(id: string): string
}

/** amigniter/mod_audio_stream: one stream a leg. */
export const AUDIO_STREAM: StreamModule = {
  name: 'mod_audio_stream',
  start: (id, url) => `uuid_audio_stream ${id} start ${url} stereo 8k`,
  stop: id => `uuid_audio_stream ${id} stop`,
  pause: id => `uuid_audio_stream ${id} pause`,
  resume: id => `uuid_audio_stream ${id} resume`,
}

/** One name for all: a stream that an earlier server has left behind is found by it, and replaced. */
const NAME = 'hotline_tap'

/** drachtio/drachtio-freeswitch-modules: several streams a leg, each with a name. */
export const AUDIO_FORK: StreamModule = {
  name: 'mod_audio_fork',
  start: (id, url) => `uuid_audio_fork ${id} start ${url} stereo 8k ${NAME}`,
  stop: id => `uuid_audio_fork ${id} stop ${NAME}`,
  pause: id => `uuid_audio_fork ${id} pause ${NAME}`,
  resume: id => `uuid_audio_fork ${id} resume ${NAME}`,
}
