/** What happens while an image is made. */
export type ImageProgress =
  /** A step begins. */
  | {readonly kind: 'step'; readonly message: string}
  /** Bytes of the step so far; `total` is null when nobody knows. */
  | {readonly kind: 'bytes'; readonly done: number; readonly total: number | null};

export type OnProgress = (progress: ImageProgress) => void;
