import { ERRORS, Refusal } from '../errors.ts'

/** Redis does not answer. With `kept` the change is not lost: it is written, in order, when Redis is back. */
export class StoreAway extends Refusal {
  constructor(readonly kept: boolean) {
    super('STORE_AWAY', ERRORS.STORE_AWAY[0], ERRORS.STORE_AWAY[1])
  }
}
