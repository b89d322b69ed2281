// Why a flow or a calendar is refused, in words for the one who wrote it.

export interface Problem {
  /** The node it is about; `(flow)` or `(calendar)` when it is about the whole. */
  readonly node: string
  /** Stable; never renamed. */
  readonly code: ProblemCode
  readonly reason: string
  readonly reasonZh: string
}
export type ProblemCode = keyof typeof TEXTS

/** `$1`, `$2` stand for the particulars. */
const TEXTS = {
  NOT_AN_OBJECT: ['this is not a JSON object', '不是 JSON 对象'],
  FIELD_MISSING: ['field $1 is missing', '缺少字段 $1'],
  FIELD_UNKNOWN: ['field $1 is not known here', '此处不认识字段 $1'],
  FIELD_WRONG_TYPE: ['field $1 must be a $2', '字段 $1 的类型应为 $2'],
  FIELD_OUT_OF_RANGE: ['field $1 must be $2', '字段 $1 超出范围，应 $2'],
  FIELD_LENGTH: ['field $1 must have $2 characters', '字段 $1 的字数应 $2'],
  FIELD_COUNT: ['field $1 must have $2 entries', '字段 $1 的项数应 $2'],
  FIELD_MALFORMED: ['field $1 is not written as it must be ($2)', '字段 $1 的写法不对（$2）'],
  NODE_NAME_MALFORMED: [
    'a node name has 1 to 40 lower-case letters, digits and hyphens, unlike $1',
    '节点名称只能由 1 至 40 个小写字母、数字和连字符组成，$1 不符合',
  ],
  DIGIT_MALFORMED: ['$1 in $2 is not a key of a telephone', '$2 中的 $1 不是电话按键'],
  KIND_UNKNOWN: ['there is no node kind $1; known are $2', '没有节点类型 $1，可用的有 $2'],
  START_UNKNOWN: ['the flow starts at $1, which does not exist', '起始节点 $1 不存在'],
  NEXT_UNKNOWN: ['$1 leads to $2, which does not exist', '$1 指向的节点 $2 不存在'],
  UNREACHABLE: ['no way leads to this node', '没有任何路径能到达该节点'],
  NO_END: [
    'no way leads from here to a queue, a transfer or a hang-up',
    '从该节点出发到不了排队、转接或挂机',
  ],
  ENDLESS_LOOP: ['goes round for ever without waiting: $1', '不经等待地循环：$1'],
  SILENT_LOOP: [
    'a caller who presses nothing goes round for ever: $1',
    '不按键的来电者会一直循环：$1',
  ],
  NO_CHOICES: ['$1 offers no digit', '$1 没有任何按键'],
  NO_PHRASES: ['there are no phrases to listen for', '没有可识别的说法'],
  CONFIDENTIAL_SAID_BACK: [
    'what is confidential can not be said back: prompts are kept, so confirm must go',
    '保密内容不能复述确认：语音会留存，请去掉 confirm',
  ],
  PHRASE_TWICE: ['$1 stands here twice, so it means two things', '$1 出现了两次，含义不明'],
  CASE_EMPTY: [
    'case $1 has neither equals nor matches, so it never fits',
    '第 $1 个分支既无 equals 也无 matches，永远不成立',
  ],
  REGEX_BROKEN: [
    'case $1: $2 is not a regular expression',
    '第 $1 个分支：$2 不是合法的正则表达式',
  ],
  REGEX_SLOW: [
    'case $1: $2 repeats a repetition, which can take for ever',
    '第 $1 个分支：$2 含有嵌套重复，可能无限耗时',
  ],
  DIGITS_CONTRADICT: ['minDigits $1 is more than maxDigits $2', 'minDigits $1 大于 maxDigits $2'],
  LIMITS_CONTRADICT: ['minMs $1 is more than maxMs $2', 'minMs $1 大于 maxMs $2'],
  TIME_ZONE_UNKNOWN: ['there is no time zone $1', '没有时区 $1'],
  SHIFT_EMPTY: ['shift $1 on $2 ends before it begins', '$2 的班次 $1 结束早于开始'],
  SHIFTS_OVERLAP: ['the shifts of $1 overlap', '$1 的班次互相重叠'],
  DATE_UNKNOWN: ['there is no day $1', '没有 $1 这一天'],
  PERIOD_EMPTY: ['$1 ends before it begins', '$1 结束早于开始'],
  DAY_CONTRADICTS: ['$1 is both a holiday and a make-up workday', '$1 既是假日又是调休上班日'],
} as const satisfies Record<string, readonly [english: string, chinese: string]>

export function problem(node: string, code: ProblemCode, ...particulars: string[]): Problem {
  const [english, chinese] = TEXTS[code]
  const fill = (text: string) =>
    text.replace(/\$(\d)/g, (_, index: string) => particulars[Number(index) - 1] ?? '')
  return { node, code, reason: fill(english), reasonZh: fill(chinese) }
}
