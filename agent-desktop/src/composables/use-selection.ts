// What a person has marked inside one place of the page, line by line.
import { onBeforeUnmount, onMounted, ref, type Ref } from 'vue'

/** Marked text by the value of `data-line`; `isMarked` while there is any. */
export function useSelection(place: Ref<HTMLElement | null>) {
  const isMarked = ref(false)

  function range(): Range | null {
    const selection = getSelection()
    if (!selection || selection.isCollapsed || selection.rangeCount === 0) return null
    const found = selection.getRangeAt(0)
    return place.value?.contains(found.commonAncestorContainer) ? found : null
  }
  function marked(): ReadonlyMap<string, string> {
    const whole = range()
    const lines = [...(place.value?.querySelectorAll<HTMLElement>('[data-line]') ?? [])]
    return new Map(
      lines.flatMap(line => {
        if (!whole?.intersectsNode(line)) return []
        const part = document.createRange()
        part.selectNodeContents(line)
        if (part.compareBoundaryPoints(Range.START_TO_START, whole) < 0)
          part.setStart(whole.startContainer, whole.startOffset)
        if (part.compareBoundaryPoints(Range.END_TO_END, whole) > 0)
          part.setEnd(whole.endContainer, whole.endOffset)
        const text = part.toString()
        return text.trim() === '' ? [] : [[line.dataset['line'] ?? '', text] as const]
      }),
    )
  }
  const onChange = () => (isMarked.value = marked().size > 0)
  onMounted(() => document.addEventListener('selectionchange', onChange))
  onBeforeUnmount(() => document.removeEventListener('selectionchange', onChange))
  return { isMarked, marked }
}
