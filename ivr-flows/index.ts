export * from './node.ts'
export * from './errors.ts'
export { enterFlow, stepFlow } from './step.ts'
