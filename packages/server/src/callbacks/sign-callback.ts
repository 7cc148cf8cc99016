import {createHmac} from 'node:crypto';

/**
 * Value of the header `Sandglass-Signature`: `t=<unix seconds>,v1=<hex>`, where the hex is HMAC-SHA256 of `<t>.<body>` under the
 * callback's secret. The time is signed too, so that a receiver can refuse old messages.
 */
export function signCallback(secret: string, body: string, nowMs: number): string {
  const time = Math.floor(nowMs / 1000);
  const digest = createHmac('sha256', secret).update(`${time}.${body}`).digest('hex');
  return `t=${time},v1=${digest}`;
}
