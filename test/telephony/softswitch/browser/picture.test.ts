import t from 'tap'
import { seesPicture, startBrowserFloor } from '../../../fixtures/browser-floor.ts'
import { onPhone } from '../../../fixtures/chromium.ts'

const {
  media,
  legs,
  openPhone,
  openPort,
  connect,
  connectVideo,
  bridgeToTelephone,
  hearsTone,
  openVideoLeg,
} = await startBrowserFloor(t, 17_600)

t.test('two browsers see each other, whoever offered', async t => {
  const [one, other] = [await openPhone(t, { video: true }), await openPhone(t, { video: true })]
  const answered = await openVideoLeg(t, one, 'answer')
  const offered = await openVideoLeg(t, other, 'offer')
  media.bridge(answered.picture, offered.picture)
  t.ok(await seesPicture(one), 'the caller sees')
  t.ok(await seesPicture(other), 'the callee sees')
  t.match(answered.sdp, /m=video [1-9]/)
  t.notMatch(answered.sdp, /rtx|ulpfec|VP9|AV1|extmap|transport-cc/)
  for (const { leg } of [answered, offered]) legs.close(leg)
})

t.test('a picture is refused where none was asked for', async t => {
  const page = await openPhone(t, { video: true })
  const sound = await openPort(t)
  const answered = await legs.answer(await onPhone<string>(page, 'offer'), {
    audioRtpPort: sound.rtpPort,
  })
  t.match(answered.sdp, /m=video 0 /)
  t.notOk(answered.videoCodecs)
  await onPhone(page, 'accept', answered.sdp)
  connect(sound.port, answered, answered)
  await hearsTone(t, page, await bridgeToTelephone(t, sound.port), 'sound alone')
  legs.close(answered.leg)
})

t.test('a picture is added in the middle of a talk', async t => {
  const [page, seeing] = [await openPhone(t), await openPhone(t, { video: true })]
  const sound = await openPort(t)
  const answered = await legs.answer(await onPhone<string>(page, 'offer'), {
    audioRtpPort: sound.rtpPort,
  })
  await onPhone(page, 'accept', answered.sdp)
  connect(sound.port, answered, answered)
  const end = await bridgeToTelephone(t, sound.port)
  await hearsTone(t, page, end, 'sound alone')

  const partner = await openVideoLeg(t, seeing, 'answer')
  const picture = await media.openPort('video')
  t.teardown(() => media.close(picture.port))
  await onPhone(page, 'addVideo')
  const added = await legs.addVideo(answered.leg, await onPhone<string>(page, 'offer'), {
    videoRtpPort: picture.rtpPort,
  })
  await onPhone(page, 'accept', added.sdp)
  connectVideo(
    picture.port,
    { ...answered, ...added },
    { codec: 'PCMA', videoCodecs: added.videoCodecs },
  )
  media.bridge(picture.port, partner.picture)
  t.ok(await seesPicture(seeing), 'the partner sees')
  t.ok(await seesPicture(page), 'the browser sees')
  await hearsTone(t, page, end, 'with a picture')
  for (const { leg } of [answered, partner]) legs.close(leg)
})

t.test('a browser without a camera answers an offer of sound and picture', async t => {
  const page = await openPhone(t)
  const offered = await openVideoLeg(t, page, 'offer')
  t.match(offered.sdp, /m=video [1-9]/)
  legs.close(offered.leg)
})

t.test('a browser that refuses the picture keeps the sound', async t => {
  const page = await openPhone(t)
  const [sound, picture] = [await openPort(t), await media.openPort('video')]
  t.teardown(() => media.close(picture.port))
  const offered = await legs.offer({ audioRtpPort: sound.rtpPort, videoRtpPort: picture.rtpPort })
  const answer = await onPhone<string>(page, 'answer', offered.sdp)
  const refused = answer.replace(/m=video \d+/, 'm=video 0').replace('BUNDLE 0 1', 'BUNDLE 0')
  const agreed = await legs.complete(offered.leg, refused)
  t.notOk(agreed.videoCodecs)
  connect(sound.port, offered, agreed)
  await hearsTone(t, page, await bridgeToTelephone(t, sound.port), 'sound alone')
  legs.close(offered.leg)
})
