/** Where long work tells how far it is. One task at a time: `begin`, any number of `advance`, `end`. */
export interface Progress {
  /**
   * @param task what is being done: `messages`
   * @param total how much there is of it, in whatever `advance` counts; 0 when unknown
   */
  begin(task: string, total: number): void;
  /** So much more is done. */
  advance(amount: number): void;
  end(): void;
}
