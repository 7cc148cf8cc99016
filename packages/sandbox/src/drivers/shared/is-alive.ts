/** Whether there is a process of this id, whoever's it is. For files whose name carries nothing but the id; see `WorkerIdentity` for certainty. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it is there, as another user's.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
