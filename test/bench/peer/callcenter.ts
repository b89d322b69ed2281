// mod_callcenter in a FreeSWITCH of its own with the configuration of deploy/freeswitch: the same telephones, no server of ours. Its
// agents' telephones are dialled by address, which spares it the look into the registrations.
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openEventSocket } from '../../contract/stage/event-socket.ts'
import { freeSwitchConfiguration, startFreeSwitch } from '../../fixtures/freeswitch.ts'
import { AGENTS, type DispatchHall, NUMBER } from './hall.ts'
import { openPhones } from './phones.ts'

const QUEUE = 'consult'
const NO_SERVER = 'http://127.0.0.1:9'
const RING_S = 20

/** `mediaDir` has the music in it. */
export async function openCallcenter(mediaDir: string): Promise<DispatchHall> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-callcenter-'))
  const phones = await openPhones()
  const agents = Array.from({ length: AGENTS }, (_, index) => String(1001 + index))
  writeConfiguration(folder, agents, phones.port)
  const freeSwitch = await startFreeSwitch({
    mediaDir,
    serverUrl: NO_SERVER,
    configuration: folder,
    normalPriority: true,
  })
  const socket = await openEventSocket(freeSwitch.url)
  const close = async () => {
    phones.close()
    socket.close()
    await freeSwitch.close()
    rmSync(folder, { recursive: true, force: true })
  }
  const ask = async (command: string) => {
    const said = await socket.api(`callcenter_config ${command}`)
    if (said.startsWith('-ERR')) throw new Error(`${command}: ${said}`)
    return said
  }
  if (!/1030/.test(await ask('agent list'))) {
    await close()
    throw new Error('mod_callcenter does not know its agents')
  }
  return {
    name: 'mod_callcenter',
    phones,
    agents,
    sipPort: freeSwitch.ports.trunk,
    makeReady: async agent => void (await ask(`agent set status ${agent} Available`)),
    makeRest: async agent => void (await ask(`agent set status ${agent} 'On Break'`)),
    waiting: async () =>
      (await ask(`queue list members ${QUEUE}`))
        .split('\n')
        .filter(line => /\|(Waiting|Trying)\|/.test(line)).length,
    close,
  }
}

/** One level of tiers and no delays, so that nothing but its own loop keeps a caller from an agent. */
function writeConfiguration(folder: string, agents: readonly string[], phonePort: number): void {
  cpSync(freeSwitchConfiguration, folder, { recursive: true })
  const change = (file: string, from: string, to: string) => {
    const text = readFileSync(join(folder, file), 'utf8')
    if (!text.includes(from)) throw new Error(`${file} is not as it was`)
    writeFileSync(join(folder, file), text.replace(from, to))
  }
  change(
    'autoload_configs/modules.conf.xml',
    '<load module="mod_conference"/>',
    '<load module="mod_conference"/>\n    <load module="mod_callcenter"/>',
  )
  change(
    'dialplan/hotline.xml',
    '<context name="public">',
    `<context name="public">
  <extension name="queue">
    <condition field="destination_number" expression="^${NUMBER}$">
      <action application="answer"/>
      <action application="callcenter" data="${QUEUE}"/>
    </condition>
  </extension>`,
  )
  const param = ([name, value]: readonly [string, string]) =>
    `      <param name="${name}" value="${value}"/>`
  const settings = [
    ['strategy', 'longest-idle-agent'],
    ['moh-sound', '$${hold_music}'],
    ['time-base-score', 'system'],
    ['max-wait-time', '0'],
    ['max-wait-time-with-no-agent', '0'],
    ['tier-rules-apply', 'false'],
    ['discard-abandoned-after', '1'],
    ['abandoned-resume-allowed', 'false'],
  ] as const
  const delays =
    'max-no-answer="0" wrap-up-time="0" reject-delay-time="0" busy-delay-time="0" no-answer-delay-time="0"'
  writeFileSync(
    join(folder, 'autoload_configs/callcenter.conf.xml'),
    [
      '<configuration name="callcenter.conf">',
      '  <settings/>',
      '  <queues>',
      `    <queue name="${QUEUE}">`,
      ...settings.map(param),
      '    </queue>',
      '  </queues>',
      '  <agents>',
      ...agents.map(
        agent =>
          `    <agent name="${agent}" type="callback" contact="[leg_timeout=${RING_S}]sofia/trunk/${agent}@127.0.0.1:${phonePort}" status="On Break" ${delays}/>`,
      ),
      '  </agents>',
      '  <tiers>',
      ...agents.map(
        agent => `    <tier agent="${agent}" queue="${QUEUE}" level="1" position="1"/>`,
      ),
      '  </tiers>',
      '</configuration>',
      '',
    ].join('\n'),
  )
}
