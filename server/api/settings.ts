// Limits and choices of the whole site (W-CAP-1).
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { readSiteSettings, siteSettingsSchema } from '../site-settings.ts'
import { audit, type ApiDoor } from './door.ts'
import { failures } from './reply.ts'

export const settingRoutes: FastifyPluginAsyncZod<ApiDoor> = async (app, door) => {
  const { settings } = door.repositories
  const tags = ['settings']

  app.get(
    '/settings',
    {
      config: { access: ['supervisor', 'administrator'] },
      schema: { tags, response: { 200: siteSettingsSchema, ...failures } },
    },
    async () => await readSiteSettings(settings),
  )

  app.put(
    '/settings',
    {
      config: { access: ['administrator'] },
      schema: {
        tags,
        body: siteSettingsSchema,
        response: { 200: siteSettingsSchema, ...failures },
      },
    },
    async request => {
      for (const [key, value] of Object.entries(request.body))
        await settings.set(`site/${key}`, value)
      await door.site.reconfigure()
      await audit(door, request, 'settings-saved', 'site', { ...request.body })
      return request.body
    },
  )
}
