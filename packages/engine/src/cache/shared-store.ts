/** A store of records that several workers use. It only saves work: it may forget, fail or be away at any time. */
export interface SharedStore extends AsyncDisposable {
  /** The content that some worker wrote under the key; null when there is none, or the store cannot say so in time. Never rejects. */
  read(key: string): Promise<Buffer | null>;
  /** Keeps the content if that is possible. Never rejects. */
  write(key: string, content: readonly Uint8Array[]): Promise<void>;
}
