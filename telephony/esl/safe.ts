// The only door for values into command text. What could be read as syntax is refused, not escaped: FreeSWITCH has
// several layers of quoting, and each of our values has a narrow form anyway.
import { UnsafeValue } from './errors.ts'

const check = (field: string, pattern: RegExp) => (value: string) => {
  if (!pattern.test(value)) throw new UnsafeValue(field)

  return value
}

/** A leg's or call's id: a UUID, or another switch's equal of one. */
export const safeId = check('id', /^[\w.:-]{1,128}$/)
export const safeAgent = check('agent number', /^[\w.-]{1,32}$/)
/** A number to be dialled. */
export const safeNumber = check('number', /^\+?[\d*#]{1,32}$/)
/** A number to be shown; may be a SIP user name. */
export const safeCallerNumber = check('caller number', /^\+?[\w.*#-]{0,64}$/)
export const safeDigits = check('digits', /^[\d*#A-Da-d]{1,64}$/)
export const safeRoom = check('room', /^[\w-]{1,64}$/)
/** A trunk's id, which names the gateway. */
export const safeTrunk = check('trunk', /^[a-z\d][a-z\d-]{0,31}$/)
export const safeAddress = check(
  'address',
  /^(?:[a-z\d.-]{1,253}|\[[\da-f:]{2,45}\])(?::\d{1,5})?(?:;transport=(?:udp|tcp|tls))?$/i,
)
/** `sip:+8659112393@ims.example.net`. */
export const safeUri = check(
  'address',
  /^sip:[\w.+*#-]{1,64}@(?:[a-z\d.-]{1,253}|\[[\da-f:]{2,45}\])(?::\d{1,5})?$/i,
)

/** A file or tone to be played: no list separator, no variable, no parameter block, no offset. */
export const safeFile = check(
  'file',
  /^(?![\s%[{])(?!.*@@)[^\u0000-\u001f\u007f!${}[\]'"\\]{1,1024}$/u,
)
/** A path among words separated by spaces. */
export const safePath = check('path', /^\/(?!.*@@)[^\u0000-\u0020\u007f!${}[\]'"\\,;]{1,1024}$/u)

/** Of mod_unimrcp's configuration. */
export const safeProfile = check('profile', /^[\w.-]{1,64}$/)
/** RFC 5646. */
export const safeLanguage = check('language', /^[a-z]{2,8}(?:-[a-z\d]{1,8}){0,3}$/i)
/** A grammar of the recogniser's own. */
export const safeGrammarUri = check('grammar', /^(?:builtin|https?|session):[\w./?=&:%-]{1,256}$/)

/** A name to be shown: what is no letter, digit, dot or hyphen becomes `_`; at most 40 characters. */
export const shownName = (name: string) =>
  name
    .trim()
    .replace(/[^\p{L}\p{M}\p{N}.-]+/gu, '_')
    .slice(0, 40)
