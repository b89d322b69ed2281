import type { Words } from '../zh-cn/index.ts'
import { admin } from './admin.ts'
import { desk } from './desk.ts'
import { frame } from './frame.ts'
import { live } from './live.ts'
import { operations } from './operations.ts'
import { record } from './record.ts'
import { speech } from './speech.ts'
import { trunk } from './trunk.ts'

export const en: Words = {
  ...frame,
  ...desk,
  ...live,
  ...record,
  call: { ...desk.call, ...record.call },
  ...admin,
  ...operations,
  ...trunk,
  ...speech,
}
