// The Compose file names only settings, files, networks and volumes that there are. No engine is started here.
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import t from 'tap'

const rootFile = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url))
const read = (path: string) => readFileSync(rootFile(path), 'utf8')
const compose = read('deploy/compose.yaml')

/** Each service with its lines. */
const services = new Map(
  compose
    .slice(compose.indexOf('\nservices:\n') + 11, compose.indexOf('\nnetworks:\n'))
    .split(/^(?= {2}[a-z][\w-]*:$)/m)
    .flatMap((text): [string, string][] => {
      const name = /^ {2}([a-z][\w-]*):$/m.exec(text)?.[1]
      return name ? [[name, text]] : []
    }),
)
const template = compose.slice(compose.indexOf('x-server:'), compose.indexOf('\nservices:\n'))
const settingsOf = (text: string) =>
  [...text.matchAll(/^ +((?:HOTLINE|DATABASE|REDIS|FREESWITCH|DRACHTIO)_[A-Z0-9_]+): /gm)].map(
    ([, name]) => name!,
  )

t.test('every setting is one that its program reads', async t => {
  const known = (paths: readonly string[]) => paths.map(read).join('\n')
  const server = known(['server/config.ts', 'server/config-operations.ts'])
  const edge = known(['telephony/edge/config.ts'])
  const freeSwitch = known(['deploy/freeswitch/vars.xml'])
  const readBy = (text: string, names: readonly string[], isKnown: (name: string) => boolean) => {
    t.ok(names.length > 3, `${names.length} settings`)
    for (const name of names) t.ok(isKnown(name), name)
  }
  readBy(server, settingsOf(template), name => server.includes(`  ${name}: `))
  readBy(edge, settingsOf(services.get('edge')!), name => edge.includes(`  ${name}: `))
  readBy(freeSwitch, settingsOf(services.get('freeswitch')!), name =>
    freeSwitch.includes(`=$${name}"`),
  )
})

t.test('every file is there, or made by the commands of the readme', async t => {
  const readme = read('deploy/README.md')
  const files = [...compose.matchAll(/'\.\/([\w./-]+):/g)].map(([, file]) => file!)
  t.ok(files.length > 3)
  for (const file of files) {
    const isMade = readme.includes(`> ${file}\n`) || readme.includes(`mkdir -p ${file} `)
    t.ok(existsSync(rootFile(`deploy/${file}`)) || isMade, file)
  }
})

t.test('what has to be set is set by the commands of the readme', async t => {
  const readme = read('deploy/README.md')
  const names = new Set([...compose.matchAll(/\$\{(\w+):\?/g)].map(([, name]) => name!))
  t.ok(names.size > 6)
  for (const name of names) t.match(readme, new RegExp(`\\b${name}\\b`), name)
  const used = [...compose.matchAll(/\$\{(\w+)\}/g)].map(([, name]) => name!)
  for (const name of used) t.ok(names.has(name), `${name} is asked for`)
})

t.test('services, volumes and networks that are named exist', async t => {
  const volumes = compose.slice(compose.indexOf('\nvolumes:\n'))
  for (const [name, text] of services) {
    for (const [, volume] of text.matchAll(/'([a-z][\w-]*):\//g))
      t.match(volumes, new RegExp(`^ {2}${volume}:$`, 'm'), `${volume} of ${name}`)
    for (const [, list] of text.matchAll(/depends_on: \[([^\]]+)\]/g))
      for (const other of list!.split(', ')) t.ok(services.has(other), `${other} of ${name}`)
    t.notOk(/network_mode: host/.test(text) && /networks:/.test(text), `${name} has one network`)
  }
})
