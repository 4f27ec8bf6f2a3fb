import { type SessionClient } from '../../client/client.js';
import { differences } from './reads.js';

/** A row of `messages/since`: a message, or only `id`, `seqno` and `reactions`. */
export type Row = Record<string, unknown> & { id: number; seqno: number };

const DEFAULT_LIMIT = 100;

/** Whether a recorded page of `messages/since` is full, so that more may follow. */
export function isCut(path: string, recorded: unknown): recorded is Row[] {
  if (!path.includes('/messages/since/') || !Array.isArray(recorded)) return false;
  return recorded.length === Number(/[?&]limit=(\d+)/.exec(path)?.[1] ?? DEFAULT_LIMIT);
}

/** Every row from a page to the end, as a client collects them by asking again from the last seqno it has. */
export async function followPages(
  client: SessionClient,
  path: string,
  first: readonly Row[],
): Promise<Row[]> {
  const rows = [...first];
  for (let page = first; page.length > 0; rows.push(...page)) {
    const end = page.at(-1)?.seqno ?? 0;
    const next = path.replace(/since\/\d+/, `since/${end}`);
    page = (await client.get(next)).expect(200).json as Row[];
  }
  return rows;
}

/**
 * Holds the rows that a client collects to a page that the reference server cut: every message there comes as it was,
 * and none is left out before the page's end. How the pages divide is each server's own (protocol 10); where only
 * texts are asked for, the seqno of a row may be the earlier one of its text.
 */
export function cutPageDifferences(
  path: string,
  recorded: readonly Row[],
  collected: readonly Row[],
): string[] {
  const withReactions = path.includes('t=r');
  const known = new Map<number, Row>();
  for (const row of collected) known.set(row.id, { ...known.get(row.id), ...row });
  const end = recorded.at(-1)?.seqno ?? 0;
  // A deletion is news to who has been told of the message, which depends on where the pages before it ended.
  const due = [...known.values()]
    .filter(({ seqno, deleted }) => seqno <= end && deleted !== true)
    .map(({ id }) => id);
  const ids = new Set(recorded.map(({ id }) => id));
  const surplus = withReactions ? due.filter((id) => !ids.has(id)) : [];
  return [
    ...surplus.map((id) => `${path}: message ${id} was not expected`),
    ...recorded.flatMap((row) => rowDifferences(path, row, known.get(row.id), withReactions)),
    ...disorder(path, collected),
  ];
}

function rowDifferences(path: string, row: Row, ours: Row | undefined, withReactions: boolean): string[] {
  if (!ours) return [`${path}: message ${row.id} never came`];
  const isSeqnoRight = withReactions ? ours.seqno === row.seqno : ours.seqno <= row.seqno;
  // The reference leaves the text of some messages out for good; ours comes with it.
  const compared = 'posted' in row ? ours : { id: ours.id, seqno: ours.seqno, reactions: ours.reactions };
  return [
    ...(isSeqnoRight ? [] : [`${path}: message ${row.id} has seqno ${ours.seqno} instead of ${row.seqno}`]),
    ...differences({ ...row, seqno: ours.seqno }, compared, `${path} message ${row.id}`),
  ];
}

function disorder(path: string, collected: readonly Row[]): string[] {
  return collected.flatMap(({ id, seqno }, index) =>
    seqno <= (collected[index - 1]?.seqno ?? -1) ? [`${path}: message ${id} came out of order`] : [],
  );
}
