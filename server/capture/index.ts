export { openCapture } from './capture.ts'
export type { Capture } from './capture.ts'
