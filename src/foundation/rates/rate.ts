/** A limit that each of many keys has for itself. All processes of a community have the same of each name. */
export interface Rate {
  readonly name: string;
  /** How much a key may do each second in the long run; 0: as much as it likes. */
  readonly perSecond: number;
  /** How many seconds' worth of it may come at once after a pause. */
  readonly burstSeconds: number;
}

/** A key's use, as a process tells it to the counter that all share. */
export interface RateUse {
  readonly rate: Rate;
  readonly key: string;
  /** How much has been done already, perhaps a part of one. It is charged, also beyond the burst. */
  told: number;
  /** How many are to be done now. As many are taken as there are. */
  wanted: number;
}

/** The counter's answer. */
export interface RateOutcome {
  /** How many of those that were wanted are taken. */
  readonly taken: number;
  /** Milliseconds until the key's burst is whole again. */
  readonly debt: number;
}

/** A counter that processes share. */
export interface SharedCounter {
  /** Whether it can be asked now. */
  readonly isReady: boolean;
  /** Milliseconds for which an answer is waited for. */
  readonly patience: number;
  /** Charges and takes; the outcomes are in the order of the uses. Rejects, or stays without an end, while it is away. */
  settle(uses: readonly RateUse[]): Promise<readonly RateOutcome[]>;
}
