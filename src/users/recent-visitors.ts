/**
 * Remembers the recent visitors of each room, so that somebody who polls every few seconds is written down only once in a
 * while. People are spread over parts by their id, and a part is forgotten at a time: so they are not all written
 * down anew at once.
 */
export class RecentVisitors {
  /** By part, then by room: ids of users. */
  private readonly parts: Map<number, Set<number>>[];
  private nextPart = 0;

  /** @param parts how often {@link forgetPart} is called until everybody was forgotten once */
  constructor(parts: number) {
    this.parts = Array.from({ length: parts }, () => new Map<number, Set<number>>());
  }

  /** Notes a visitor; false when they had been noted before. */
  note(roomId: number, userId: number): boolean {
    const part = this.parts[userId % this.parts.length];
    const visitors = part?.get(roomId);
    if (visitors?.has(userId)) return false;
    if (visitors) visitors.add(userId);
    else part?.set(roomId, new Set([userId]));
    return true;
  }

  /** Forgets the part whose turn it is. */
  forgetPart(): void {
    this.parts[this.nextPart]?.clear();
    this.nextPart = (this.nextPart + 1) % this.parts.length;
  }

  forgetAll(): void {
    for (const part of this.parts) part.clear();
  }
}
