import { zhCn, type Words } from '../zh-cn/index.ts'
export const en: Words = zhCn
