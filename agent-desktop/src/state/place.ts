// Which pages a role may see, and where it begins.
import type { Role } from './protocol.ts'

export const PLACES = [
  'desk',
  'live',
  'records',
  'missed',
  'trunks',
  'speech',
  'alarms',
  'admin',
] as const
export type Place = (typeof PLACES)[number]

const ROLES_OF: Readonly<Record<Place, readonly Role[]>> = {
  desk: ['agent'],
  live: ['supervisor', 'administrator'],
  records: ['agent', 'supervisor', 'administrator', 'auditor'],
  missed: ['agent', 'supervisor', 'administrator'],
  trunks: ['supervisor', 'administrator'],
  speech: ['supervisor', 'administrator'],
  alarms: ['supervisor', 'administrator'],
  admin: ['administrator'],
}

export const maySee = (place: Place, roles: readonly Role[]): boolean =>
  ROLES_OF[place].some(role => roles.includes(role))

export const placesFor = (roles: readonly Role[]): readonly Place[] =>
  PLACES.filter(place => maySee(place, roles))

export const startOf = (roles: readonly Role[]): Place =>
  roles.includes('administrator') && !roles.includes('supervisor')
    ? 'admin'
    : roles.includes('supervisor')
      ? 'live'
      : roles.includes('agent')
        ? 'desk'
        : 'records'
