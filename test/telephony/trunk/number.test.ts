import t from 'tap'
import { calledOf } from '../../../telephony/trunk/called.ts'
import { toDialled, toNumber, toOwnNumber } from '../../../telephony/trunk/number.ts'
import { trunkOf } from '../../fixtures/control-twin.ts'

t.test('numbers as networks write them, in our form', async t => {
  const cases: [raw: string, number: string][] = [
    ['sip:+8659187654321@ims.example.net;user=phone', '059187654321'],
    ['<sip:+8613812345678@10.0.0.1:5060;user=phone>;tag=1', '13812345678'],
    ['"张三" <sip:13812345678@10.0.0.1>', '13812345678'],
    ['tel:+86-591-8765-4321', '059187654321'],
    ['tel:87654321;phone-context=+86591', '059187654321'],
    ['tel:13812345678;phone-context=+86', '13812345678'],
    ['tel:059187654321;phone-context=+86', '059187654321'],
    ['tel:12393;phone-context=+86591', '059112393'],
    ['tel:12393;phone-context=ims.example.net', '12393'],
    ['sip:87654321;phone-context=+86591@ims.example.net;user=phone', '059187654321'],
    ['sip:+8659112393;npdi;rn=+86591@ims.example.net;user=phone', '059112393'],
    ['sip:%2B8659187654321@ims.example.net', '059187654321'],
    ['008613812345678', '13812345678'],
    ['8613812345678', '13812345678'],
    ['013812345678', '13812345678'],
    ['+861087654321', '01087654321'],
    ['01087654321', '01087654321'],
    ['+85221234567', '+85221234567'],
    ['0085221234567', '+85221234567'],
    ['+8612393', '12393'],
    ['4008001234', '4008001234'],
    ['+864008001234', '4008001234'],
    ['sip:anonymous@anonymous.invalid', ''],
    ['sip:Restricted@10.0.0.1', ''],
    ['', ''],
    ['sip:1001@host', '1001'],
    ['sip:alice@host', 'alice'],
  ]
  for (const [raw, number] of cases) t.equal(toNumber(raw), number, raw || 'nothing')
})

t.test('which number of ours was called', async t => {
  const isOurs = (number: string) => ['12393', '059187650000'].includes(number)
  const cases: [raw: string, area: string | undefined, number: string][] = [
    ['12393', undefined, '12393'],
    ['059112393', undefined, '12393'],
    ['059112393', '0591', '12393'],
    ['tel:+8659112393', undefined, '12393'],
    ['+8659112393', '0591', '12393'],
    ['01012393', undefined, '12393'],
    ['02112393', undefined, '12393'],
    ['87650000', '0591', '059187650000'],
    ['059187650000', '0591', '059187650000'],
    ['059212393', '0591', '059212393'],
    ['00852', undefined, '00852'],
    ['87651111', '0591', '87651111'],
  ]
  for (const [raw, area, number] of cases)
    t.equal(toOwnNumber(raw, isOurs, area), number, `${raw} ${area}`)
})

t.test('where the called number is read', async t => {
  const isOurs = (number: string) => number === '12393'
  const said = { requestUser: 'gw+ims', to: '+8659112393', calledParty: '<sip:12393@ims>' }
  t.equal(calledOf(said, undefined, isOurs), '12393', 'a registered contact: To')
  const by = (calledFrom: string) => trunkOf('ims', { inbound: { calledFrom } })
  const other = { requestUser: '1', to: '2', calledParty: 'tel:+8659112393' }
  t.equal(calledOf(other, by('request-uri'), isOurs), '1')
  t.equal(calledOf(other, by('to'), isOurs), '2')
  t.equal(calledOf(other, by('p-called-party-id'), isOurs), '12393')
  t.equal(calledOf({ requestUser: '7' }, by('p-called-party-id'), isOurs), '7', 'not said')
})

t.test('how a number is written on the way out', async t => {
  const cases: [number: string, national: string, e164: string][] = [
    ['059187654321', '059187654321', '+8659187654321'],
    ['13812345678', '13812345678', '+8613812345678'],
    ['01087654321', '01087654321', '+861087654321'],
    ['+8659187654321', '059187654321', '+8659187654321'],
    ['4008001234', '4008001234', '+864008001234'],
    ['12393', '12393', '12393'],
    ['110', '110', '110'],
    ['87654321', '87654321', '+8659187654321'],
    ['+85221234567', '0085221234567', '+85221234567'],
    ['*72#', '*72#', '*72#'],
  ]
  for (const [number, national, e164] of cases) {
    t.equal(toDialled(number, 'national', '0591'), national, `${number} national`)
    t.equal(toDialled(number, 'e164', '0591'), e164, `${number} e164`)
    t.equal(toDialled(number, 'as-dialled', '0591'), number)
  }
  t.equal(toDialled('87654321', 'e164'), '87654321', 'a local number of a place nobody named')
})
