// The tables of migrations/operations.ts as Kysely sees them.
export interface OperationsTables {
  alarms: {
    id: string
    alarm: string
    level: 'info' | 'warning' | 'critical'
    cause: string
    detail: string | null
    server: string
    raisedAt: number
    clearedAt: number | null
    seenBy: string | null
    seenAt: number | null
    note: string | null
  }
  trialCalls: {
    id: string
    trunk: string
    number: string
    beganAt: number
    by: string
    outcome: 'passed' | 'no-answer' | 'silent' | 'refused' | 'failed'
    setUpMs: number | null
    heardRms: number | null
    recording: string | null
    detail: string | null
  }
  backups: {
    id: string
    beganAt: number
    by: string
    endedAt: number | null
    outcome: 'running' | 'done' | 'failed'
    path: string
    bytes: number | null
    rows: number | null
    recordings: number | null
    detail: string | null
  }
}
