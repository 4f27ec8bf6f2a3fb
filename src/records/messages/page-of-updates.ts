/** A change of a message: of its text (post, edit, deletion) or of its reactions only. */
export interface UpdateEvent {
  /** Message id. */
  id: number;
  /** The room's counter at this change. */
  eventSeqno: number;
  kind: 'data' | 'reactions';
  /** The room's counter at the message's latest change of any kind. */
  seqno: number;
  /** About how many characters the message's row has in a page. */
  size: number;
}

/** A message's row in a page. */
export interface PageEntry<Event extends UpdateEvent> {
  /** The first of the message's changes in the page: whether its text is news, or its reactions alone. */
  event: Event;
  /** The seqno to tell: the latest of its changes, but never one beyond the page's end. */
  seqno: number;
}

/**
 * Cuts a page out of a room's changes (protocol 10, "Paging loses nothing").
 *
 * A message stands once in a page. When the page is cut, a message whose text falls in it is delivered there, at the
 * seqno of its text if its reactions changed beyond the cut; these follow in a later page. So a client that goes on
 * from the highest seqno it has seen gets every text.
 *
 * @param events of one moment, in order of `eventSeqno`; at least those of the first `limit + 1` messages, or the first two
 *   and all up to the one that reaches `maxSize`
 * @param limit   messages in a page
 * @param maxSize characters that a page may have, unless its first event alone has more
 * @returns in order of seqno
 */
export function pageOfUpdates<Event extends UpdateEvent>(
  events: readonly Event[],
  limit: number,
  maxSize = Infinity,
): PageEntry<Event>[] {
  const first = new Map<number, Event>();
  let end = Infinity;
  let reached = 0;
  let size = 0;
  for (const event of events) {
    size += event.size;
    const isNew = !first.has(event.id);
    if (first.size > 0 && (size >= maxSize || (isNew && first.size === limit))) {
      end = reached;
      break;
    }
    if (isNew) first.set(event.id, event);
    reached = event.eventSeqno;
  }
  return [...first.values()]
    .map((event) => ({ event, seqno: event.seqno <= end ? event.seqno : event.eventSeqno }))
    .sort((a, b) => a.seqno - b.seqno);
}
