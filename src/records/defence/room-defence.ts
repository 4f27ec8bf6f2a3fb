import * as z from 'zod';
import { type RoomState } from './room-state.js';

/** Things that strangers and newcomers do together in a room, and whose number is bounded. */
export const COUNTED = [
  'firstPosts',
  'newcomerPosts',
  'youngPosts',
  'attempts',
  'strangerReactions',
] as const;

export type CountedKind = (typeof COUNTED)[number];

const windows = z.array(z.number()).readonly().exactOptional();

/** When something happened: whole unix seconds, rounded up, oldest first. */
export type Times = readonly number[];

/** The most that each window of a day has held, by what is counted; the order of windows is that of `WINDOWS`. */
export const busiestSchema = z.object({
  firstPosts: windows,
  newcomerPosts: windows,
  youngPosts: windows,
  attempts: windows,
  strangerReactions: windows,
  /** Whether the room was guarded that day: it says nothing of what is usual then. */
  isRaided: z.literal(true).exactOptional(),
});

export type BusiestWindows = Readonly<z.output<typeof busiestSchema>>;

/** The memory of a room's defence; see `RoomDefenceEntity`. Times in unix seconds. */
export interface RoomDefence extends Readonly<Record<CountedKind, Times>> {
  readonly state: RoomState;
  readonly since: number;
  readonly until: number | null;
  readonly isForced: boolean;
  readonly incidentId: number | null;
  readonly expected: number;
  readonly expectedUntil: number | null;
  /** When people were published for their answers to challenges. */
  readonly solved: Times;
  readonly rightAnswers: Times;
  readonly wrongAnswers: Times;
  readonly day: number;
  readonly busiest: BusiestWindows;
}

/** The defence of a room where no stranger has done anything yet. */
export const UNTOUCHED: RoomDefence = Object.freeze({
  state: 'calm',
  since: 0,
  until: null,
  isForced: false,
  incidentId: null,
  expected: 0,
  expectedUntil: null,
  firstPosts: [],
  newcomerPosts: [],
  youngPosts: [],
  attempts: [],
  strangerReactions: [],
  solved: [],
  rightAnswers: [],
  wrongAnswers: [],
  day: 0,
  busiest: {},
});

/** A room's defence with the windows of its days before today, as it was at a moment. */
export interface RoomDefenceNow {
  defence: RoomDefence;
  /** The busiest windows of each of the last days that ended a day ago. */
  busyDays: readonly BusiestWindows[];
  /** Unix seconds, by the database's clock. */
  now: number;
}

/** Times at which strangers and newcomers published something, in all rooms together. */
export type ServerDefence = Readonly<Record<'firstPosts' | 'newcomerPosts' | 'youngPosts', Times>>;
