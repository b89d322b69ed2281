// Who sees whom: the policy, and what is left of texts (N-5).
import t from 'tap'
import { maskDeep, maskName, maskSip, maskText } from '../../../server/auth/mask.ts'
import { sightOf, sightOfCall, type Viewer } from '../../../server/auth/sight.ts'

const OPEN = { maskForSupervisors: false, maskForAdministrators: false }
const CLOSED = { maskForSupervisors: true, maskForAdministrators: true }
const agent: Viewer = { roles: ['agent'], agentId: '1001' }
const supervisor: Viewer = { roles: ['supervisor'] }
const auditor: Viewer = { roles: ['auditor'] }

t.test('each role sees what the site says', async t => {
  t.equal(sightOf(supervisor, OPEN), 'whole')
  t.equal(sightOf(supervisor, CLOSED), 'masked')
  t.equal(sightOf({ roles: ['administrator'] }, OPEN), 'whole')
  t.equal(sightOf({ roles: ['administrator'] }, CLOSED), 'masked')
  t.equal(sightOf(auditor, OPEN), 'masked', 'an auditor always')
  t.equal(sightOf({ roles: ['auditor', 'supervisor'] }, OPEN), 'whole', 'the most open role counts')
  t.equal(sightOf({ roles: [] }, OPEN), 'masked')
})

t.test('agents see their own callers, and those nobody reached', async t => {
  t.equal(sightOfCall(agent, CLOSED, { agent: '1001' }), 'whole')
  t.equal(sightOfCall(agent, CLOSED, { agent: null }), 'whole')
  t.equal(sightOfCall(agent, CLOSED, { agent: '1002' }), 'masked')
  const both: Viewer = { roles: ['agent', 'supervisor'], agentId: '1001' }
  t.equal(sightOfCall(both, CLOSED, { agent: '1002' }), 'masked')
  t.equal(sightOfCall(both, OPEN, { agent: '1002' }), 'whole')
  t.equal(sightOfCall(auditor, OPEN, { agent: null }), 'masked')
  t.equal(
    sightOfCall({ roles: ['agent'] }, CLOSED, { agent: null }),
    'masked',
    'agent of no number',
  )
})

t.test('numbers in texts', async t => {
  const rows: [text: string, masked: string][] = [
    ['来电 13912345678，请回电', '来电 139****5678，请回电'],
    ['139 1234 5678 或 027-8765-4321', '139****5678 或 027****4321'],
    ['身份证 420106199001011234', '身份证 420*************34'],
    ['42010619900101123X。', '420*************3X。'],
    ['工号 1001，12393，2026 年', '工号 1001，12393，2026 年'],
    ['+8613912345678', '+86139****5678'],
  ]
  for (const [text, masked] of rows) t.equal(maskText(text), masked)
  t.equal(maskName('张三丰'), '张**')
  t.equal(maskName('李'), '李*')
  t.equal(maskName(''), '')
})

t.test('a SIP message hides its people and keeps its ways', async t => {
  const masked = maskSip(
    [
      'INVITE sip:13912345678@192.0.2.9;user=phone SIP/2.0',
      'Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK13912345678',
      'From: "张三" <sip:+8613912345678@192.0.2.1>;tag=123456789',
      'To: <tel:02787654321>',
      'P-Asserted-Identity: Zhang San <sip:13912345678@x>',
      'Diversion: <sip:13800001111@x>;reason=busy',
      'X-Caller: 13912345678',
      'Contact: <sip:%31%33%39@x>',
      'Call-ID: 13912345678@192.0.2.1',
      'CSeq: 1 INVITE',
      'Content-Type: application/sdp',
      '',
      'v=0\r\no=- 1795323885184 1 IN IP4 192.0.2.1\r\ns=call of 13912345678\r\np=+86 139 1234 5678\r\nm=audio 4000 RTP/AVP 8',
    ].join('\r\n'),
  )
  t.notMatch(masked.replace(/^(?:Call-ID|Via):.*$/gm, ''), /13912345678|02787654321|13800001111/)
  t.notMatch(masked, /张三|Zhang|%31|139 1234/)
  t.match(masked, 'INVITE sip:139****5678@192.0.2.9;user=phone SIP/2.0')
  for (const kept of [
    'branch=z9hG4bK13912345678',
    'tag=123456789',
    'Call-ID: 13912345678@192.0.2.1',
    'o=- 1795323885184 1 IN IP4 192.0.2.1',
    'm=audio 4000 RTP/AVP 8',
    ';reason=busy',
  ])
    t.match(masked, kept)
})

t.test('any value, field by field', async t => {
  const id = '13912345-6789-4123-8123-123456789012'
  t.same(
    maskDeep({
      id: '13912345678',
      call: id,
      some: id,
      caller: { number: '13912345678', name: '张三' },
      callerName: '李四',
      digits: '420106',
      withNumber: '13912345678',
      startedAt: '2026-03-31T09:05:00.123+08:00',
      items: [{ notes: '回电 13912345678' }],
      talkMs: 13912345678,
      none: null,
    }),
    {
      id: '13912345678',
      call: id,
      some: id,
      caller: { number: '139****5678', name: '张*' },
      callerName: '李*',
      digits: '******',
      withNumber: '139****5678',
      startedAt: '2026-03-31T09:05:00.123+08:00',
      items: [{ notes: '回电 139****5678' }],
      talkMs: 13912345678,
      none: null,
    },
  )
})
