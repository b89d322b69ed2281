// `npm run migrate [-- up | -- down N]`: the steps of the tables. See server/store/README.md.
const { register } = await import('tsx/esm/api')
register()
const { migrateCommand } = await import('./migrate.ts')
process.exitCode = await migrateCommand(process.argv.slice(2), line =>
  process.stdout.write(`${line}\n`),
)
