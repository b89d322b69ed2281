// `npm run backup` and `npm run restore -- <backup | latest>`: see deploy/operations.md.
const { register } = await import('tsx/esm/api')
register()
const { backupCommand, restoreCommand } = await import('./backup.ts')
const [verb, ...words] = process.argv.slice(2)
const say = line => process.stdout.write(`${line}\n`)
process.exitCode = await (verb === 'restore' ? restoreCommand : backupCommand)(words, say)
