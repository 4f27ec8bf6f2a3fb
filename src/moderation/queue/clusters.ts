/** A message and the fingerprints by which it is like others. */
export interface LikenedMessage {
  id: number;
  likeness: readonly string[];
}

/**
 * Parts messages into clusters: two that share a fingerprint are in the same one, and so are two of which each shares one
 * with a third.
 * @param messages in order of id
 * @returns the smallest id of each message's cluster, by id; messages that are like no other are missing
 */
export function clustersOf(messages: readonly LikenedMessage[]): Map<number, number> {
  const parents = new Map<number, number>();
  const rootOf = (id: number): number => {
    let root = id;
    for (let parent = parents.get(root); parent !== undefined; parent = parents.get(root)) root = parent;
    // Each walk makes the next ones shorter.
    for (let next: number | undefined = id; next !== undefined && next !== root;) {
      const parent = parents.get(next);
      parents.set(next, root);
      next = parent;
    }
    return root;
  };
  const firstWith = new Map<string, number>();
  for (const { id, likeness } of messages) {
    for (const fingerprint of likeness) {
      const first = firstWith.get(fingerprint);
      if (first === undefined) firstWith.set(fingerprint, id);
      else join(parents, rootOf(first), rootOf(id));
    }
  }
  const clusters = new Map<number, number>();
  for (const { id } of messages) {
    const root = rootOf(id);
    if (root === id) continue;
    clusters.set(id, root);
    clusters.set(root, root);
  }
  return clusters;
}

function join(parents: Map<number, number>, one: number, other: number): void {
  if (one !== other) parents.set(Math.max(one, other), Math.min(one, other));
}
