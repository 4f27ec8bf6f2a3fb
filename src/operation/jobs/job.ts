/**
 * Something that is done again and again. When the process that runs it is lost, another one may start a run while the
 * last one's is still under way, so a run must be safe beside another.
 */
export interface Job {
  /** For the log and the operator, such as `expired files`. It names the job in the queue, so it must not change. */
  readonly name: string;
  /** Seconds from the start of a run to the start of the next, unless the run takes longer. */
  readonly everySeconds: number;
  /**
   * One run. A stop of the server waits for it, but not for long: it must be safe to end it anywhere.
   * @param stopping tells a run that waits for others that it is to end
   */
  run(stopping: AbortSignal): Promise<unknown>;
}
