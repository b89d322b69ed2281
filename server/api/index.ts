// Every resource of the API, one a file.
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { agentAccountRoutes } from './agent-accounts.ts'
import { alarmRoutes } from './alarms.ts'
import { auditRoutes } from './audit.ts'
import { backupRoutes } from './backups.ts'
import { banRoutes } from './bans.ts'
import { blacklistRoutes } from './blacklist.ts'
import { elderRoutes } from './elders.ts'
import { callVerbRoutes } from './call-verb.ts'
import { callerRoutes } from './caller.ts'
import { blockedCallRoutes } from './blocked-calls.ts'
import { callRoutes } from './calls.ts'
import { configurationRoutes } from './configuration.ts'
import type { ApiDoor } from './door.ts'
import { floorRoutes } from './floor.ts'
import { flowRoutes } from './flows.ts'
import { loginRoutes } from './login.ts'
import { missedCallRoutes } from './missed-calls.ts'
import { phoneRoutes } from './phone.ts'
import { recordingRoutes } from './recording.ts'
import { settingRoutes } from './settings.ts'
import { speechWordRoutes } from './speech-words.ts'
import { speechRoutes } from './speech.ts'
import { switchRoutes } from './switches.ts'
import { hidePersonalData } from './sight.ts'
import { timelineRoutes } from './timeline.ts'
import { transcriptRoutes } from './transcript.ts'
import { trialCallRoutes } from './trial-calls.ts'
import { trunkRoutes } from './trunks.ts'
import { userRoutes } from './users.ts'

const RESOURCES = [
  loginRoutes,
  phoneRoutes,
  callRoutes,
  timelineRoutes,
  transcriptRoutes,
  callVerbRoutes,
  recordingRoutes,
  missedCallRoutes,
  blockedCallRoutes,
  floorRoutes,
  callerRoutes,
  agentAccountRoutes,
  configurationRoutes,
  trunkRoutes,
  flowRoutes,
  settingRoutes,
  userRoutes,
  auditRoutes,
  banRoutes,
  blacklistRoutes,
  elderRoutes,
  alarmRoutes,
  speechRoutes,
  switchRoutes,
  backupRoutes,
  trialCallRoutes,
  speechWordRoutes,
]

export const apiRoutes: FastifyPluginAsyncZod<ApiDoor> = async (
  app,
  { control, repositories, auth, site, operations, log },
) => {
  hidePersonalData(app, site)
  for (const resource of RESOURCES)
    await app.register(resource, { control, repositories, auth, site, operations, log })
}
