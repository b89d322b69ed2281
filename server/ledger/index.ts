export { createDrainer } from './drainer.ts'
export type { Drainer } from './drainer.ts'
export { RESULTS } from './fact.ts'
export type * from './fact.ts'
