// Words that only fill a pause, and words said twice on the way to the next one (W-ASR-1). Pure.

export interface Filler {
  /** Index of the first character. */
  readonly at: number
  readonly text: string
}

const STOP = '，。、；：？！,.;:?!\\s'
/** Sounds that are no word wherever they stand by themselves. */
const SOUND = '[嗯呃唔哎诶额啊哦噢]+'
/** Words that mean something elsewhere: only before a pause, or twice. */
const PHRASE = '这个|那个|就是说|就是|然后呢|然后|怎么说呢|反正'

const PATTERNS: readonly RegExp[] = [
  new RegExp(`(?<=^|[${STOP}])${SOUND}(?=$|[${STOP}])[${STOP}]*`, 'gu'),
  /[嗯呃唔]+/gu,
  new RegExp(`(?<=^|[${STOP}])(?:${PHRASE})(?=[，、,\\s])[${STOP}]*`, 'gu'),
  new RegExp(`(${PHRASE})[，、,\\s]*(?=\\1)`, 'gu'),
  // A word begun again: 我我我, 我想我想.
  /([我你您他她它这那])[，、]?(?=\1)/gu,
  /(\p{Script=Han}{2,3})[，、](?=\1)/gu,
]

/** What may be dropped, in order, without two over the same character. */
export function findFillers(text: string): Filler[] {
  const found: Filler[] = []
  for (const pattern of PATTERNS)
    for (const { index: at, 0: match } of text.matchAll(pattern)) {
      const end = at + match.length
      if (found.every(one => one.at >= end || one.at + one.text.length <= at))
        found.push({ at, text: match })
    }
  return found.sort((a, b) => a.at - b.at)
}

export function withoutFillers(text: string): string {
  let kept = ''
  let from = 0
  for (const { at, text: filler } of findFillers(text)) {
    kept += text.slice(from, at)
    from = at + filler.length
  }
  return (kept + text.slice(from)).replace(new RegExp(`^[${STOP}]+`, 'u'), '')
}
