// Long and compact header names: RFC 3261 §7.3.3, §20, and the registry's later compact forms.

const COMPACT: Readonly<Record<string, string>> = {
  a: 'Accept-Contact',
  b: 'Referred-By',
  c: 'Content-Type',
  d: 'Request-Disposition',
  e: 'Content-Encoding',
  f: 'From',
  i: 'Call-ID',
  j: 'Reject-Contact',
  k: 'Supported',
  l: 'Content-Length',
  m: 'Contact',
  n: 'Identity-Info',
  o: 'Event',
  r: 'Refer-To',
  s: 'Subject',
  t: 'To',
  u: 'Allow-Events',
  v: 'Via',
  x: 'Session-Expires',
  y: 'Identity',
}

const LONG = [
  'Accept Accept-Encoding Accept-Language Allow Authorization Call-ID Contact Content-Disposition Content-Encoding',
  'Content-Length Content-Type CSeq Date Expires From Max-Forwards Min-Expires Min-SE Proxy-Authenticate',
  'Proxy-Authorization Proxy-Require Record-Route Refer-To Require Retry-After Route Server Session-Expires Supported',
  'Subject Timestamp To Unsupported User-Agent Via Warning WWW-Authenticate P-Asserted-Identity Privacy Reason',
].flatMap(line => line.split(' '))

const KNOWN = new Map<string, string>([
  ...LONG.map((name): [string, string] => [name.toLowerCase(), name]),
  ...Object.entries(COMPACT),
])

/** The long form in its usual letters; an unknown name stays as it is. */
export function longName(name: string): string {
  return KNOWN.get(name.toLowerCase()) ?? name
}
