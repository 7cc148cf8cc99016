import {randomBytes} from 'node:crypto';
import {SandglassError} from '@sandglass/protocol';
import type {FastifyInstance, FastifyReply} from 'fastify';
import {NONCE_PLACEHOLDER, type WebAssets} from '../web-assets.ts';

/** Names of files with a content hash never get other content (RFC 8246). */
const IMMUTABLE = 'public, max-age=31536000, immutable';
/** 128 bits, as CSP Level 3 section 7.1 asks for. */
const NONCE_BYTES = 16;

/** `/` and what it loads: the playground. `assets` is null when it has not been built. */
export function registerWeb(app: FastifyInstance, assets: WebAssets | null): void {
  app.get('/', async (_request, reply) => sendPage(reply, assets));
  for (const [path, {body, contentType, isImmutable}] of assets?.files ?? []) {
    app.get(path, async (_request, reply) => {
      reply.type(contentType);
      if (isImmutable) reply.header('cache-control', IMMUTABLE);
      return reply.send(body);
    });
  }
}

function sendPage(reply: FastifyReply, assets: WebAssets | null): FastifyReply {
  if (assets === null)
    throw new SandglassError(
      'not-found',
      'Cannot show the playground: it has not been built. Start with `npm start`, or run `npm run build -w @sandglass/web`; the API works without it, see /docs.',
    );
  const nonce = randomBytes(NONCE_BYTES).toString('base64');
  return reply
    .type('text/html; charset=utf-8')
    .header('content-security-policy', contentSecurityPolicy(nonce))
    .header('referrer-policy', 'no-referrer')
    .header('cross-origin-opener-policy', 'same-origin')
    .header('permissions-policy', 'camera=(), geolocation=(), microphone=(), payment=(), usb=()')
    .send(assets.indexHtml.replaceAll(NONCE_PLACEHOLDER, nonce));
}

/**
 * Everything comes from this server, scripts only as files. The nonce is for the style sheets that the editor and the terminal
 * write while they run. `style-src-attr` is open because the terminal gives each 24-bit coloured cell a style attribute whose
 * value it makes of numbers; it can neither load nor run anything.
 */
function contentSecurityPolicy(nonce: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "style-src-attr 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}
