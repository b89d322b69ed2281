/** How SIP messages travel here: RFC 3261 §18 (UDP, TCP) and RFC 7118 (WebSocket). */
export type Transport = 'udp' | 'tcp' | 'ws'
