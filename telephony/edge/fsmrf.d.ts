// The few calls of drachtio-fsmrf 4.1.2 that are used; the package ships no types.
declare module 'drachtio-fsmrf' {
  import type { EventEmitter } from 'node:events'

  export interface Endpoint extends EventEmitter {
    readonly local: { readonly sdp: string }
    play(file: string): Promise<unknown>
    destroy(): Promise<unknown>
  }
  export interface MediaServer extends EventEmitter {
    connected(): boolean
    createEndpoint(options: { remoteSdp: string; codecs?: readonly string[] }): Promise<Endpoint>
    disconnect(): void
  }
  export default class Mrf {
    constructor(srf: unknown)
    connect(options: {
      address: string
      port: number
      secret: string
      profile: string
      listenAddress?: string
    }): Promise<MediaServer>
  }
}
