// What leaves the house about alarms. The web hook gets the message as it is; mail gets it in words.
import type { AlarmLevel } from '../desktop/protocol.ts'

export interface AlarmNote {
  readonly id: string
  readonly level: AlarmLevel
  readonly cause: string
  readonly detail?: string
  /** Epoch ms. */
  readonly since: number
  readonly clearedAt?: number
  /** How often it came since the last message told of it. */
  readonly times: number
}
export interface AlarmMessage {
  /** The same alarm told once gives the same id on every server. */
  readonly id: string
  readonly kind: 'raised' | 'cleared' | 'reminder' | 'summary' | 'trial'
  readonly at: number
  readonly site: string
  readonly alarms: readonly AlarmNote[]
}

const KINDS: Readonly<Record<AlarmMessage['kind'], string>> = {
  raised: '告警',
  cleared: '告警解除',
  reminder: '告警未解除',
  summary: '告警汇总',
  trial: '测试消息',
}
const LEVELS: Readonly<Record<AlarmLevel, string>> = {
  info: '提示',
  warning: '注意',
  critical: '严重',
}
const CAUSES: Readonly<Record<string, string>> = {
  'event-loop-slow': '服务进程响应迟缓',
  'cpu-high': '服务进程处理器占用过高',
  'memory-high': '内存占用过高',
  'switch-restarted': '交换机进程重启',
  'link-unsteady': '与交换机的连接反复断开',
  'phones-lost': '已签入座席的电话掉线',
  'http-slow': '接口响应变慢',
  'dispatch-slow': '来电分配变慢',
  'facts-late': '通话记录写入积压',
  'lines-high': '线路占用过高',
  'queue-long': '排队人数过多',
  'wait-long': '排队时间过长',
  'calls-blocked': '线路全忙，来电被阻塞',
  'answer-rate-low': '接通率过低',
  'bandwidth-high': '网络带宽占用过高',
  'media-loss': '语音丢包过多',
  'media-jitter': '语音抖动过大',
  'login-failures': '登录失败次数异常',
  'admin-new-address': '管理员从新地址登录',
  'banned-addresses': '有地址因攻击被封禁',
  'call-flood': '疑似呼叫攻击',
  'switch-away': '交换机没有应答',
  'switch-wrong-password': '交换机拒绝事件接口密码',
  'switch-rejects': '交换机的访问控制拒绝本服务器',
  'switch-nonsense': '交换机的应答不是事件接口协议',
  'edge-away': 'SIP 边缘没有应答，来电无法进入',
  'drachtio-away': 'SIP 边缘的 drachtio-server 没有应答，来电无法进入',
  'switch-unreadable': '交换机的状态无法读取，暂停状态核对',
  'clock-jumped': '系统时钟跳变',
  'database-away': '数据库没有应答',
  'redis-away': '实时状态存储没有应答',
  'recording-fault': '录音故障',
  'disk-full': '磁盘空间不足',
  'trial-call-failed': '中继拨测失败',
  'backup-failed': '备份失败',
  'trunk-down': '中继中断',
}

/** In words; a cause of somebody else's stands as it is. */
export const causeWords = (cause: string): string => CAUSES[cause] ?? cause

export function mailOf(
  message: AlarmMessage,
  timeOf: (at: number) => string,
): { subject: string; text: string } {
  const [first] = message.alarms
  const about = first
    ? `${LEVELS[first.level]} ${causeWords(first.cause)}${message.alarms.length > 1 ? ` 等 ${message.alarms.length} 项` : ''}`
    : '此邮件用于检查告警通道'
  const lines = message.alarms.map(alarm =>
    [
      `[${LEVELS[alarm.level]}] ${causeWords(alarm.cause)}`,
      ...(alarm.detail ? [`  数值：${alarm.detail}`] : []),
      `  开始：${timeOf(alarm.since)}`,
      ...(alarm.clearedAt === undefined ? [] : [`  解除：${timeOf(alarm.clearedAt)}`]),
      ...(alarm.times > 1 ? [`  次数：${alarm.times}`] : []),
      `  编号：${alarm.id}`,
    ].join('\n'),
  )
  return {
    subject: `【${message.site}】${KINDS[message.kind]}：${about}`,
    text: [`${KINDS[message.kind]}，${timeOf(message.at)}`, '', ...lines, ''].join('\n'),
  }
}
