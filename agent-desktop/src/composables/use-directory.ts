// Names that many screens need: groups, agents, contact reasons. Read once, again on wish.
import { ref } from 'vue'
import type { AgentView, ContactReason, QueueView } from '../state/protocol.ts'
import { api } from './api.ts'

const queues = ref<readonly QueueView[]>([])
const agents = ref<readonly AgentView[]>([])
const reasons = ref<readonly ContactReason[]>([])

async function load(): Promise<void> {
  const [foundQueues, foundAgents, foundReasons] = await Promise.allSettled([
    api.list<QueueView>('/api/queues'),
    api.list<AgentView>('/api/agents'),
    api.list<ContactReason>('/api/contact-reasons'),
  ])
  if (foundQueues.status === 'fulfilled') queues.value = foundQueues.value
  if (foundAgents.status === 'fulfilled') agents.value = foundAgents.value
  if (foundReasons.status === 'fulfilled') reasons.value = foundReasons.value
}

const queueName = (id: string | null | undefined): string =>
  id ? (queues.value.find(queue => queue.id === id)?.name ?? id) : ''
const agentName = (id: string | null | undefined): string => {
  if (!id) return ''
  const name = agents.value.find(agent => agent.id === id)?.name
  return name ? `${id} ${name}` : id
}

export const useDirectory = () => ({ queues, agents, reasons, load, queueName, agentName })
