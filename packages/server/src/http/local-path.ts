/**
 * The path if it is one on this server, else `/`: what a link names must not send a browser elsewhere. `//host` and `/\host` are
 * addresses of other hosts to a browser (WHATWG URL section 4.4).
 */
export function localPath(path: string | undefined): string {
  if (path === undefined || !path.startsWith('/') || /^\/[/\\]/.test(path) || /\p{Cc}/u.test(path))
    return '/';
  const url = URL.parse(path, 'http://server.invalid');
  return url?.host === 'server.invalid' ? `${url.pathname}${url.search}${url.hash}` : '/';
}
