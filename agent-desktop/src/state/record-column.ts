/** Columns of the call list; `isUsual` are shown until somebody chooses. */
export const RECORD_COLUMNS = [
  { id: 'startedAt', isUsual: true },
  { id: 'direction', isUsual: true },
  { id: 'caller', isUsual: true },
  { id: 'area', isUsual: true },
  { id: 'callee', isUsual: false },
  { id: 'queue', isUsual: true },
  { id: 'agent', isUsual: true },
  { id: 'result', isUsual: true },
  { id: 'waitMs', isUsual: true, isNumber: true },
  { id: 'talkMs', isUsual: true, isNumber: true },
  { id: 'durationMs', isUsual: false, isNumber: true },
  { id: 'satisfaction', isUsual: true, isNumber: true },
  { id: 'contactReason', isUsual: true },
  { id: 'endedBy', isUsual: false },
  { id: 'recording', isUsual: false },
] as const
export type RecordColumn = (typeof RECORD_COLUMNS)[number]['id']
export const usualColumns = (): RecordColumn[] =>
  RECORD_COLUMNS.filter(column => column.isUsual).map(column => column.id)
