import { UsageError } from './usage-error.js';

const OPTION = '--room';

/**
 * Commands of `plaza room` take the room as their first argument. This lets them take `--room TOKEN`, too, as all other
 * commands do: `room set --room lobby …` becomes `room set lobby …`.
 * @param args what follows `plaza`
 * @throws UsageError when the token is missing
 */
export function withRoomFirst(args: readonly string[]): string[] {
  const end = args.indexOf('--');
  const readable = end === -1 ? args : args.slice(0, end);
  const at = readable.findIndex((arg) => arg === OPTION || arg.startsWith(`${OPTION}=`));
  if (args[0] !== 'room' || at < 0) return [...args];
  const [given = ''] = args.slice(at);
  const isApart = given === OPTION;
  const token = isApart ? args[at + 1] : given.slice(OPTION.length + 1);
  if (token === undefined) throw new UsageError('--room takes the token of a room');
  const others = [...args.slice(0, at), ...args.slice(at + (isApart ? 2 : 1))];
  const words = others[1] === 'question' ? 3 : 2;
  return [...others.slice(0, words), token, ...others.slice(words)];
}
