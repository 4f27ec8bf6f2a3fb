/**
 * The states of a room's defence, values of the column `room_defences.state`.
 *
 * - `calm`: strangers publish within the budgets.
 * - `guarded`: posts of strangers are held, and they get a challenge.
 * - `alert`: for six hours after `guarded`, strangers solve a challenge; moderators are not told.
 * - `closed`: staff has closed the room to strangers and newcomers.
 */
export const ROOM_STATES = ['calm', 'guarded', 'alert', 'closed'] as const;

export type RoomState = (typeof ROOM_STATES)[number];
