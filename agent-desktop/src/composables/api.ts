// The server's REST door: one function a request, refusals as values of one class.
import { ref } from 'vue'

export class ApiRefusal extends Error {
  constructor(
    readonly code: string,
    readonly status: number,
    message: string,
    readonly details?: unknown,
  ) {
    super(message)
  }
}

const REQUEST_LIMIT_MS = 10_000

/** Rises each time the server says that nobody is signed in. */
export const signedOutCount = ref(0)

interface RequestOptions {
  readonly body?: unknown
  /** A repeat of the same key does nothing twice. */
  readonly idempotencyKey?: string
  /** Shown as a wrong password rather than as the end of the visit. */
  readonly isLogin?: boolean
  /** It must not be there yet. */
  readonly isNew?: boolean
  /** For what takes longer by its nature. */
  readonly limitMs?: number
}

async function request(
  method: string,
  path: string,
  options: RequestOptions = {},
): Promise<Response> {
  const headers: Record<string, string> = { accept: 'application/json' }
  if (options.body !== undefined) headers['content-type'] = 'application/json'
  if (options.isNew) headers['if-none-match'] = '*'
  if (options.idempotencyKey) headers['idempotency-key'] = options.idempotencyKey
  const response = await fetch(path, {
    method,
    headers,
    credentials: 'same-origin',
    signal: AbortSignal.timeout(options.limitMs ?? REQUEST_LIMIT_MS),
    ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
  }).catch((cause: unknown) => {
    throw new ApiRefusal('SERVER_AWAY', 0, cause instanceof Error ? cause.message : 'no answer')
  })
  if (response.ok) return response
  const problem = await readProblem(response)
  if (response.status === 401 && !options.isLogin) signedOutCount.value += 1
  throw problem
}

async function readProblem(response: Response): Promise<ApiRefusal> {
  const text = await response.text()
  try {
    const body: unknown = JSON.parse(text)
    if (typeof body === 'object' && body !== null && 'code' in body) {
      const { code, message, details } = body as {
        code: string
        message?: string
        details?: unknown
      }
      return new ApiRefusal(code, response.status, message ?? code, details)
    }
  } catch {
    // Not JSON: a proxy answered. The status says enough.
    return new ApiRefusal('SERVER_AWAY', response.status, response.statusText)
  }
  return new ApiRefusal('INTERNAL', response.status, response.statusText)
}

const readJson = async <T>(response: Response): Promise<T> =>
  (response.status === 204 ? undefined : await response.json()) as T

export const api = {
  get: async <T>(path: string): Promise<T> => readJson<T>(await request('GET', path)),
  post: async <T>(path: string, body: unknown = {}, limitMs?: number): Promise<T> =>
    readJson<T>(
      await request('POST', path, {
        body,
        idempotencyKey: crypto.randomUUID(),
        ...(limitMs !== undefined && { limitMs }),
      }),
    ),
  /** The whole answer, for what is no JSON. */
  postForAnswer: (path: string, body: unknown, limitMs: number): Promise<Response> =>
    request('POST', path, { body, limitMs }),
  put: async <T>(path: string, body: unknown): Promise<T> =>
    readJson<T>(await request('PUT', path, { body })),
  /** A new one: refused when there is one of this id. */
  create: async <T>(path: string, body: unknown): Promise<T> =>
    readJson<T>(await request('PUT', path, { body, isNew: true })),
  patch: async <T>(path: string, body: unknown): Promise<T> =>
    readJson<T>(await request('PATCH', path, { body })),
  remove: async (path: string): Promise<void> => {
    await request('DELETE', path)
  },
  login: async <T>(body: unknown): Promise<T> =>
    readJson<T>(await request('POST', '/api/login', { body, isLogin: true })),
  /** A list by its items, whether it comes bare or as a page. */
  list: async <T>(path: string): Promise<readonly T[]> => {
    const answer = await api.get<readonly T[] | { readonly items: readonly T[] }>(path)
    return 'items' in answer ? answer.items : answer
  },
}
