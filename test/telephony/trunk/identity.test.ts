import t from 'tap'
import { toDiversion } from '../../../telephony/trunk/diversion.ts'
import { toAddresses } from '../../../telephony/trunk/header.ts'
import { toCaller } from '../../../telephony/trunk/identity.ts'
import { toNumber } from '../../../telephony/trunk/number.ts'

t.test('the caller: what a trusted network asserts, else From', async t => {
  const from = 'sip:13800000001@10.0.0.1'
  const cases: [
    name: string,
    headers: Parameters<typeof toCaller>[0],
    trusted: boolean,
    number: string,
  ][] = [
    ['From alone', { from }, true, '13800000001'],
    ['asserted over From', { from, asserted: '<sip:+8613900000002@ims>' }, true, '13900000002'],
    [
      'asserted by a stranger',
      { from, asserted: '<sip:+8613900000002@ims>' },
      false,
      '13800000001',
    ],
    [
      'two asserted, sip: with a name and tel:',
      { from, asserted: '"a" <sip:alice@ims>, <tel:+8613900000002>' },
      true,
      '13900000002',
    ],
    [
      'a bare user, as FreeSWITCH gives it',
      { from, asserted: '+8613900000002' },
      true,
      '13900000002',
    ],
    [
      'anonymous From, asserted number',
      { from: 'anonymous', asserted: '<tel:+8613900000002>' },
      true,
      '13900000002',
    ],
    ['anonymous, nothing asserted', { from: 'sip:anonymous@anonymous.invalid' }, true, ''],
    [
      'privacy asked for',
      { from: 'anonymous', asserted: '<tel:+8613900000002>', privacy: 'id' },
      true,
      '',
    ],
    [
      'privacy in a list',
      { from, asserted: '<tel:+8613900000002>', privacy: 'header;user;critical' },
      true,
      '',
    ],
    [
      'privacy: none',
      { from, asserted: '<tel:+8613900000002>', privacy: 'none' },
      true,
      '13900000002',
    ],
    [
      'an asserted name that is no number',
      { from, asserted: '<sip:gateway@ims>' },
      true,
      '13800000001',
    ],
    ['an asserted nothing', { from, asserted: '<>' }, true, '13800000001'],
  ]
  for (const [name, headers, trusted, number] of cases)
    t.equal(toCaller(headers, trusted), number, name)
})

t.test('who was called first', async t => {
  const isOurs = (uri: string) => toNumber(uri) === '059112393'
  const cases: [
    name: string,
    headers: Parameters<typeof toDiversion>[0],
    from?: string,
    by?: string,
  ][] = [
    ['nothing said', {}],
    [
      'one diversion',
      { diversion: '<sip:+8659187654321@ims>;reason=unconditional;counter=1' },
      '059187654321',
      '059187654321',
    ],
    [
      'two: the newest stands first',
      { diversion: '<tel:+8659122222222>;reason=no-answer, <tel:+8659111111111>;reason=user-busy' },
      '059111111111',
      '059122222222',
    ],
    [
      'History-Info',
      {
        historyInfo:
          '<sip:+8659187654321@ims>;index=1, <sip:+8659112393@ims;cause=302>;index=1.1;mp=1',
      },
      '059187654321',
      '059187654321',
    ],
    [
      'out of order, three targets',
      {
        historyInfo:
          '<sip:+8659112393@ims>;index=1.1.1,<tel:+8659111111111>;index=1,<tel:+8659122222222>;index=1.1',
      },
      '059111111111',
      '059122222222',
    ],
    ['one entry is no diversion', { historyInfo: '<sip:+8659112393@ims>;index=1' }],
    [
      'retargeted to ourselves',
      { historyInfo: '<sip:+8659112393@a>;index=1, <sip:+8659112393@b>;index=1.1' },
    ],
    [
      'History-Info outweighs',
      {
        historyInfo: '<tel:+8659111111111>;index=1,<tel:+8659112393>;index=1.1',
        diversion: '<tel:+8659133333333>',
      },
      '059111111111',
      '059111111111',
    ],
    [
      'a comma and a semicolon in a name',
      { diversion: '"Li, Si; <x>" <sip:059187654321@ims>;reason=away' },
      '059187654321',
      '059187654321',
    ],
    [
      'escaped headers in the address',
      {
        historyInfo:
          '<sip:059187654321@ims?Reason=SIP%3Bcause%3D302>;index=1, <sip:059112393@ims>;index=1.1',
      },
      '059187654321',
      '059187654321',
    ],
    ['a withheld diverter', { diversion: '<sip:anonymous@anonymous.invalid>;reason=unknown' }],
    ['rubbish', { diversion: ';;;,<<<">', historyInfo: '"' }],
  ]
  for (const [name, headers, from, by] of cases)
    t.same(toDiversion(headers, isOurs), from === undefined ? undefined : { from, by }, name)
})

t.test('a header that is too long is cut, and costs no time', async t => {
  t.equal(toAddresses('<tel:1>,'.repeat(100_000)).length, 1024)
  t.same(toAddresses('"'.repeat(100_000)), [])
  t.same(toAddresses('<'.repeat(100_000)), [])
})
