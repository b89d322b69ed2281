// What waiting callers hear. Kept short: the standard asks for answers, not for announcements.

export const CONNECTING = '正在为您接通人工座席，请稍候。'
export const COMFORT = '座席网络中断，正在为您恢复，请不要挂机。'
export const RECORDERS_BUSY = '录音线路繁忙。'

/** Position and, when it can be kept, the wait as a range in whole minutes. */
export function waitingText(
  ahead: number,
  estimate: { lowS: number; highS: number } | undefined,
  ways: string,
): string {
  const place = ahead === 0 ? '您是下一位' : `您前面还有${ahead}位`
  return `座席全忙，${place}${estimate ? `，预计等待${minutes(estimate)}` : ''}，请不要挂机。${ways}`
}

const minutes = ({ lowS, highS }: { lowS: number; highS: number }): string => {
  const low = Math.max(0, Math.round(lowS / 60))
  const high = Math.max(1, Math.ceil(highS / 60))
  if (high === 1) return '不到1分钟'
  return low === high || low === 0 ? `${high}分钟以内` : `${low}到${high}分钟`
}

/** What keys do while waiting, as far as the flow has a way for them. */
export const waysText = (message: boolean, callback: boolean): string =>
  `${message ? '留言请按2。' : ''}${callback ? '预约回电请按3。' : ''}`

/** China: ring-back 450 Hz, 1 s on, 4 s off; the beep before a message. GB 3380. */
export const RINGBACK_TONE = 'tone_stream://%(1000,4000,450);loops=-1'
export const BEEP_TONE = 'tone_stream://%(300,100,440)'
