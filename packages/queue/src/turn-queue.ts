/** The right to execute one run: whoever has it may take the run whose turn it is from the store. */
export interface Turn {
  /** The run has ended, or there was none to take. Idempotent; whatever the broker has against it shows at the next take. */
  done(): Promise<void>;
}

/**
 * Hands turns to workers, over whatever processes they are spread. A turn names no run: the store says whose it is at the moment it is
 * used, by priority and by what each owner had lately, so every broker gives the same fairness, cancelling takes nothing out of a broker,
 * and a turn too many is used for nothing and harms nobody. A turn too few is offered again by the process that keeps house.
 *
 * A worker gets at most as many turns as it has slots. Turns of a process that dies go to another one.
 * Disposing rejects every waiting `take` with `shutting-down` and gives back what was handed out and is not done.
 */
export interface TurnQueue extends AsyncDisposable {
  /** Resolves when the broker has confirmed that it keeps them. Throws `queue-failed`. */
  offer(count: number): Promise<void>;
  /** Waits for a turn, also while the broker is away. Rejects with the signal's reason. */
  take(options: {readonly signal: AbortSignal | undefined}): Promise<Turn>;
  /** Turns that nobody has yet. Throws `queue-failed`. */
  waiting(): Promise<number>;
}
