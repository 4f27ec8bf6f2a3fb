/**
 * Something that is done again and again, by one process at a time. When that process is lost its successor may
 * start a run while the last one's is still under way, so a run must be safe beside another.
 */
export interface Job {
  /** For the log, such as `expired files`. */
  readonly name: string;
  /** Seconds from the start of a run to the start of the next; never before the run has ended. */
  readonly everySeconds: number;
  /** One run. A stop of the server waits for it, but not for long: it must be safe to end it anywhere. */
  run(): Promise<unknown>;
}
