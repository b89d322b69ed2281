// The one door to the server's types; nothing of the server's code comes with them.
import type { z } from 'zod'
import type {
  agentConfigSchema,
  alarmSchema,
  backupSchema,
  trialCallSchema,
  calendarRuleSchema,
  callPageSchema,
  callSchema,
  contactReasonSchema,
  describeSchema,
  missedSchema,
  numberSchema,
  phoneSchema,
  queueConfigSchema,
  userSchema,
  waveformSchema,
} from '../../../server/api/schema.ts'
import type { Timeline } from '../../../server/api/timeline-schema.ts'
import type { SpeechReply, TranscriptReply } from '../../../server/api/transcript-schema.ts'
import type { SpeechWord } from '../../../server/api/speech-schema.ts'
import type {
  blockedCallSchema,
  switchSchema,
  trunkReplySchema,
} from '../../../server/api/trunk-schema.ts'

export type {
  AgentState,
  AgentView,
  AlarmView,
  CallerView,
  CallView,
  CaptionEvent,
  CaptionSentence,
  DeskValues,
  FloorValue,
  FromDesktop,
  LinesView,
  PartialView,
  PastCall,
  QueueView,
  Role,
  SentenceView,
  SpeechView,
  TodayView,
  ToDesktop,
  TranscriptState,
  TrunkView,
} from '../../../server/desktop/protocol.ts'

export type User = z.infer<typeof userSchema>
export type PhoneAccount = z.infer<typeof phoneSchema>
export type CallRecord = z.infer<typeof callSchema>
export type CallPage = z.infer<typeof callPageSchema>
export type Description = z.infer<typeof describeSchema>
export type { SpeechReply, SpeechWord, Timeline, TranscriptReply }
export type TimelineItem = Timeline['items'][number]
export type TimelineEntry = Timeline['entries'][number]
export type Waveform = z.infer<typeof waveformSchema>
export type Alarm = z.infer<typeof alarmSchema>
export type Backup = z.infer<typeof backupSchema>
export type TrialCall = z.infer<typeof trialCallSchema>
export type MissedCall = z.infer<typeof missedSchema>
export type QueueConfig = z.infer<typeof queueConfigSchema>
export type AgentConfig = z.infer<typeof agentConfigSchema>
export type PublishedNumber = z.infer<typeof numberSchema>
export type ContactReason = z.infer<typeof contactReasonSchema>
export type CalendarRule = z.infer<typeof calendarRuleSchema>
export type TrunkReply = z.infer<typeof trunkReplySchema>
export type ShownTrunk = TrunkReply['trunk']
export type SwitchSeen = z.infer<typeof switchSchema>
export type BlockedCall = z.infer<typeof blockedCallSchema>
export type CallResult = NonNullable<CallRecord['result']>
