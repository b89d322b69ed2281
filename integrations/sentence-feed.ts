// Every sentence that was understood, for modules that help the agent: knowledge, quality, work orders. They are told after the call has
// been served, each at its own pace, and a slow or broken one harms nobody.

/** What was said in a call, once it is certain. */
export interface HeardSentence {
  readonly callId: string
  /** With `callId` it names the sentence. */
  readonly seq: number
  readonly side: 'caller' | 'agent'
  readonly text: string
  /** When it began to be said, epoch ms. */
  readonly at: number
  /** ms since the recording began. */
  readonly startMs: number
  readonly endMs: number
  /** Which engine understood it. */
  readonly engine: string
}

export interface SentenceSubscriber {
  /** For the log. */
  readonly name: string
  /** The next one is told when this has resolved; what it throws is logged, and the next one is told. */
  onSentence(sentence: HeardSentence): Promise<void> | void
}

export interface SentenceFeed {
  /** Returns what ends the telling. */
  subscribe(subscriber: SentenceSubscriber): () => void
  /** Returns at once and never throws. */
  tell(sentence: HeardSentence): void
}

export interface FeedOptions {
  /** Sentences that wait for one subscriber; of more, the oldest are left out. */
  readonly mostWaiting?: number
  readonly onFault: (fault: {
    readonly subscriber: string
    readonly error?: unknown
    /** So many were left out since it was told last. */
    readonly leftOut?: number
  }) => void
}

const MOST_WAITING = 1000

export function createSentenceFeed({
  mostWaiting = MOST_WAITING,
  onFault,
}: FeedOptions): SentenceFeed {
  const queues = new Set<{ readonly push: (sentence: HeardSentence) => void }>()

  const queueOf = ({ name, onSentence }: SentenceSubscriber, isOn: () => boolean) => {
    const waiting: HeardSentence[] = []
    let leftOut = 0
    let isTelling = false
    const drain = async () => {
      isTelling = true
      for (let next = waiting.shift(); next && isOn(); next = waiting.shift()) {
        if (leftOut > 0) onFault({ subscriber: name, leftOut })
        leftOut = 0
        try {
          await onSentence(next)
        } catch (error) {
          onFault({ subscriber: name, error })
        }
      }
      isTelling = false
    }
    return {
      push(sentence: HeardSentence) {
        waiting.push(sentence)
        if (waiting.length > mostWaiting) {
          waiting.shift()
          leftOut++
        }
        // Not in the turn of whoever tells.
        if (!isTelling) queueMicrotask(() => !isTelling && void drain())
      },
    }
  }

  return {
    subscribe(subscriber) {
      const queue = queueOf(subscriber, () => queues.has(queue))
      queues.add(queue)
      return () => void queues.delete(queue)
    },
    tell(sentence) {
      for (const queue of queues) queue.push(sentence)
    },
  }
}
