/** The nonce that lets this page's own code add style sheets, or null where no policy asks for one (the development server). */
export function pageNonce(): string | null {
  const meta = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]');
  return meta === null || meta.nonce === '' ? null : meta.nonce;
}
