/**
 * Calls `work` and gives every style element that it makes the nonce which the page's policy asks for. The terminal writes
 * its sizes and colours into such elements, all made while it opens, and has no setting for a nonce.
 */
export function withStyleNonce(nonce: string | null, work: () => void): void {
  if (nonce === null) {
    work();
    return;
  }
  const create = document.createElement;
  document.createElement = (tag: string, options?: ElementCreationOptions) => {
    const element = create.call(document, tag, options);
    if (element instanceof HTMLStyleElement) element.nonce = nonce;
    return element;
  };
  try {
    work();
  } finally {
    // The document's own function lies on its prototype and shows again.
    Reflect.deleteProperty(document, 'createElement');
  }
}
