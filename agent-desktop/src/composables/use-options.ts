// Choices of the administrator's forms, and a value in words.
import { computed, ref } from 'vue'
import { useI18n } from 'vue-i18n'
import type { AgentConfig, ContactReason, QueueConfig } from '../state/protocol.ts'
import type { Field } from '../state/section.ts'
import { api } from './api.ts'

export interface Option {
  readonly value: string
  readonly label: string
}

export function useOptions() {
  const { t, te } = useI18n()
  const queues = ref<readonly QueueConfig[]>([])
  const agents = ref<readonly AgentConfig[]>([])
  const flows = ref<readonly { id: string; name: string }[]>([])
  const reasons = ref<readonly ContactReason[]>([])

  async function load(): Promise<void> {
    const results = await Promise.allSettled([
      api.list<QueueConfig>('/api/config/queues').then(found => (queues.value = found)),
      api.list<AgentConfig>('/api/config/agents').then(found => (agents.value = found)),
      api.list<{ id: string; name: string }>('/api/flows').then(found => (flows.value = found)),
      api.list<ContactReason>('/api/contact-reasons').then(found => (reasons.value = found)),
    ])
    // A list that can't be read leaves its choices empty; the section itself says what is wrong.
    void results
  }
  const named = (list: readonly { id: string; name: string }[]): Option[] =>
    list.map(one => ({ value: one.id, label: one.name }))
  const lists = computed(() => ({
    queues: named(queues.value),
    agents: agents.value.map(agent => ({ value: agent.id, label: `${agent.id} ${agent.name}` })),
    flows: named(flows.value),
    reasons: named(reasons.value),
  }))
  function optionsOf(field: Field): readonly Option[] {
    if (field.kind === 'skills') return lists.value.queues
    if (typeof field.options === 'string') return lists.value[field.options]
    return (field.options ?? []).map(value => ({
      value,
      label: te(`option.${value}`) ? t(`option.${value}`) : value,
    }))
  }
  /** A value as the table and the list of changes show it. */
  function wordsOf(field: Field, value: unknown): string {
    if (value === undefined || value === null || value === '') return t('admin.toNothing')
    if (field.kind === 'password') return '••••••'
    if (field.kind === 'switch') return t(value === true ? 'admin.yes' : 'admin.no')
    if (field.kind === 'seconds') return String(Number(value) / 1000)
    if (field.kind === 'roles' && Array.isArray(value))
      return value.map(role => t(`option.${String(role)}`)).join('、')
    if (field.kind === 'skills')
      return (
        Object.entries(value)
          .map(
            ([id, level]) =>
              `${lists.value.queues.find(queue => queue.value === id)?.label ?? id} ${String(level)}`,
          )
          .join('、') || t('admin.toNothing')
      )
    if (field.kind === 'choice')
      return optionsOf(field).find(option => option.value === value)?.label ?? String(value)
    return String(value)
  }
  return { load, optionsOf, wordsOf }
}
