// The configuration in deploy/freeswitch, read as FreeSWITCH reads it: what it includes, what it leaves open.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'

const folder = fileURLToPath(new URL('../../deploy/freeswitch', import.meta.url))
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter(name => name.endsWith('.xml'))
  .map(name => ({ name, path: join(folder, name), text: readFileSync(join(folder, name), 'utf8') }))
const all = files.map(({ text }) => text).join('\n')
const uncommented = (text: string) => text.replace(/<!--[\s\S]*?-->/g, '')
const textOf = (name: string) => uncommented(files.find(file => file.name === name)!.text)
const valuesOf = (pattern: RegExp, text = uncommented(all)) =>
  [...text.matchAll(pattern)].map(match => match[1]!)

/** Names of elements that are opened and not closed in their turn; empty when all is well. */
function unbalanced(text: string): string[] {
  const open: string[] = []
  for (const [, end, name, rest] of uncommented(text)
    .replace(/<\?[\s\S]*?\?>/g, '')
    .matchAll(/<(\/?)([\w.-]+)((?:\s+[\w.-]+="[^"<]*")*\s*\/?)>/g)) {
    if (rest!.trim().endsWith('/')) continue
    if (end === '') open.push(name!)
    else if (open.pop() !== name) return [`</${name}>`]
  }
  return open
}

t.test('every file is whole', async t => {
  t.ok(files.length > 12, `${files.length} files`)
  for (const { name, text } of files) {
    t.same(unbalanced(text), [], name)
    const tags = uncommented(text).replace(/<\?[\s\S]*?\?>/g, '')
    t.notMatch(tags.replace(/<(\/?)([\w.-]+)((?:\s+[\w.-]+="[^"<]*")*\s*\/?)>/g, ''), /[<>]/, name)
    t.notMatch(tags.replaceAll(/&(amp|lt|gt|quot|apos|#\d+);/g, ''), /&/, `${name}: entities`)
    // FreeSWITCH reads line by line: a command that is broken over two lines is lost.
    for (const line of text.split('\n').filter(line => /X-PRE-PROCESS/i.test(line)))
      t.match(line, /^\s*<X-PRE-PROCESS cmd="[\w-]+" data="[^"]*"\/>$/, `${name}: ${line.trim()}`)
  }
})

t.test('what is included is there, and what is there is included', async t => {
  const reached = new Set(['freeswitch.xml'])
  for (const { name, text } of files) {
    for (const data of valuesOf(/cmd="include" data="([^"]+)"/g, uncommented(text))) {
      const from = join(folder, dirname(name), dirname(data))
      const pattern = new RegExp(`^${basename(data).replaceAll('.', '\\.').replaceAll('*', '.*')}$`)
      const found = existsSync(from) ? readdirSync(from).filter(file => pattern.test(file)) : []
      t.ok(found.length > 0, `${name} includes ${data}`)
      for (const file of found) reached.add(join(dirname(name), dirname(data), file))
    }
  }
  t.same(
    files.map(({ name }) => name).filter(name => !reached.has(name)),
    [],
  )
})

t.test('every variable that is used is set', async t => {
  const set = new Set(valuesOf(/cmd="(?:set|exec-set|env-set)" data="(\w+)=/g))
  for (const name of new Set(valuesOf(/\$\$\{(\w+)\}/g))) t.ok(set.has(name), name)
})

t.test('every setting from the environment is in the table of deploy/README.md', async t => {
  const readme = readFileSync(join(folder, '../README.md'), 'utf8')
  for (const name of valuesOf(/cmd="env-set" data="\w+=\$(\w+)"/g))
    t.ok(readme.includes(`\`${name}\``), name)
})

t.test('there is no password but from the environment, no user, and no way to dial', async t => {
  t.notMatch(all, /cluecon(?! for)/i)
  for (const value of valuesOf(
    /<param name="[\w-]*(?:password|secret|credentials)" value="([^"]*)"/g,
  ))
    t.match(value, /^(freeswitch:)?\$\$\{\w+\}$/)
  const fromEnvironment = valuesOf(/cmd="env-set" data="(esl_password|switch_secret)=/g)
  t.same(fromEnvironment, ['esl_password', 'switch_secret'])
  t.match(textOf('vars.xml'), /exec-set" data="esl_password=head -c 24 \/dev\/urandom/)
  t.notMatch(all, /<user\b/)
  t.match(textOf('freeswitch.xml'), /<section name="directory"\/>/)
  t.notMatch(uncommented(all), /application="(bridge|originate|system|bgsystem|lua|javascript)"/)
})

t.test('doors are bound and listed', async t => {
  const socket = textOf('autoload_configs/event_socket.conf.xml')
  t.match(socket, /name="listen-ip" value="\$\$\{esl_ip\}"/)
  t.match(socket, /name="apply-inbound-acl" value="controllers"/)
  const trunk = textOf('sip_profiles/trunk.xml')
  t.match(trunk, /name="apply-inbound-acl" value="trunks"/)
  t.match(trunk, /name="disable-register" value="true"/)
  const agent = textOf('sip_profiles/agent.xml')
  t.match(agent, /name="auth-calls" value="true"/)
  t.match(agent, /name="accept-blind-reg" value="false"/)
  for (const profile of [trunk, agent]) t.match(profile, /name="disable-transfer" value="true"/)
  const lists = textOf('autoload_configs/acl.conf.xml')
  for (const name of ['controllers', 'trunks'])
    t.match(lists, `<list name="${name}" default="deny">`)
  const defaults = valuesOf(/data="(?:esl_ip|sip_ip|controllers|trunk_addresses)=([^"$]+)"/g)
  t.ok(
    defaults.every(value => value.startsWith('127.0.0.1')),
    'nothing is open where nothing is set',
  )
})

t.test('a call that nobody claims ends, and one whose server is gone hears so', async t => {
  const dialplan = textOf('dialplan/hotline.xml')
  for (const context of ['public', 'agents']) {
    const [, body] = new RegExp(`<context name="${context}">([\\s\\S]*?)</context>`).exec(dialplan)!
    t.same(
      valuesOf(/application="([\w]+)"/g, body!),
      ['sched_hangup', 'execute_extension', 'park'],
      context,
    )
  }
  t.match(dialplan, /sched_hangup" data="\+3 NORMAL_TEMPORARY_FAILURE"/)
  t.match(textOf('vars.xml'), /execute_on_post_bridge=sched_transfer \+60 orphan XML hotline/)
})
