// A folder with models of pocketsphinx: `tdt` (small, fast) or `ptm`, and the dictionary beside them.
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

export type ModelKind = 'tdt' | 'ptm'

export interface PocketsphinxModel {
  /** Folder of the acoustic model. */
  readonly acoustic: string
  readonly dictionary: string
}

export class ModelUnusable extends Error {}

const FILES = ['feat.params', 'mdef', 'means', 'noisedict', 'transition_matrices', 'variances']
/** Either of them holds the weights. */
const WEIGHTS = ['sendump', 'mixture_weights']

/**
 * Score of the grammar less that of any syllables, per 10 ms of speech, from which speech counts as said. Measured with people on 8 kHz
 * lines: in the grammar tdt −1.7 to −4.1, ptm above 10; others below −12 and −2. Calibrate on calls of the site.
 */
export const REJECT_BELOW: Readonly<Record<ModelKind, number>> = { tdt: -8, ptm: 0 }

/** @throws {ModelUnusable} with what is missing */
export function findModel(folder: string, kind: ModelKind = 'tdt'): PocketsphinxModel {
  const names = namesIn(folder)
  if (names === undefined) throw new ModelUnusable(`there is no model folder ${folder}`)
  const dictionary = names.find(name => name.endsWith('.dic'))
  if (dictionary === undefined) throw new ModelUnusable(`${folder} has no dictionary (*.dic)`)
  const acoustic = join(folder, kind)
  const parts = namesIn(acoustic)
  if (parts === undefined) throw new ModelUnusable(`${folder} has no model ${kind}`)
  const missing = FILES.find(name => !parts.includes(name))
  if (missing !== undefined) throw new ModelUnusable(`${acoustic} has no file ${missing}`)
  if (!WEIGHTS.some(name => parts.includes(name)))
    throw new ModelUnusable(`${acoustic} has neither ${WEIGHTS.join(' nor ')}`)
  return { acoustic, dictionary: join(folder, dictionary) }
}

function namesIn(folder: string): string[] | undefined {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return undefined
  return readdirSync(folder)
}
