// The package ships no types: what we call of it.
declare module '@echogarden/rnnoise-wasm' {
  export interface RnnoiseModule {
    readonly HEAPU8: Uint8Array<ArrayBuffer>
    _malloc(bytes: number): number
    _free(pointer: number): void
    /** @param model 0 for the one that is built in */
    _rnnoise_create(model: number): number
    _rnnoise_destroy(state: number): void
    /** 480 floats; how likely the frame is speech. */
    _rnnoise_process_frame(state: number, to: number, from: number): number
  }
  const createRnnoise: () => Promise<RnnoiseModule>
  export default createRnnoise
}
