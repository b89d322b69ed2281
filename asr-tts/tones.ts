// Tones the switch makes by itself, as FreeSWITCH tone_stream: %(on ms, off ms, Hz).

/** Chinese network tones (GB/T 3380: 450 Hz) and our beep. */
export const TONES = {
  ringback: 'tone_stream://%(1000,4000,450);loops=-1',
  busy: 'tone_stream://%(350,350,450);loops=-1',
  beep: 'tone_stream://%(300,0,440);loops=1',
} as const
