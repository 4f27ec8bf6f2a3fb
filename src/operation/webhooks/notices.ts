import { counted } from '../../foundation/wording.js';
import { bytesText } from '../../foundation/bytes.js';
import { type Event, type EventKind, type RecordedEvent } from '../../records/events/event.js';
import { type HeldInRoom } from '../../records/webhooks/deliveries.repository.js';
import { type Notice } from '../../records/webhooks/notice.js';

/** Characters of a room's name in a notice. */
const NAME_SHOWN = 60;

/** A notice without its circumstances. */
type BareNotice = Omit<Notice, 'at' | 'room'>;

/** Tells of an event in a room, or says by undefined that nobody is told. */
type NoticeMaker<Kind extends EventKind> = (event: Event<Kind>, room: string) => BareNotice | undefined;

/** The ways of telling of events, by kind. Nobody is told of a kind that is missing. */
const NOTICE_MAKERS: { readonly [Kind in EventKind]?: NoticeMaker<Kind> } = {
  'raid.state': raidStarted,
  'raid.digest': digest,
  'report.created': reportCreated,
  'appeal.created': appealCreated,
  'storage.filling': storageFilling,
};

/** The notice that webhooks get of an event in a room; undefined when they get none. */
export function noticeOf(event: RecordedEvent): Notice | undefined {
  const { at, room } = event;
  if (room === null) return undefined;
  const tell = NOTICE_MAKERS[event.kind as EventKind] as NoticeMaker<EventKind> | undefined;
  const telling = tell?.(event as unknown as Event, room);
  return telling && { ...telling, facts: { event: event.id, ...telling.facts }, at, room };
}

/** The notice that messages wait for the moderators of a room. */
export function heldNotice({ token, name, waiting, at }: HeldInRoom): Notice {
  const wait = `${counted(waiting, 'message')} ${waiting === 1 ? 'waits' : 'wait'}`;
  return {
    kind: 'message.held',
    at,
    room: token,
    title: `${wait} in ${name.slice(0, NAME_SHOWN)}`,
    text: `${wait} for a moderator of ${token}: /queue there lists them`,
    facts: { waiting },
  };
}

/** A notice that shows that notices arrive. */
export function testNotice(at: number): Notice {
  const [title, text] = ['Plaza reaches you', 'This is a test. Nothing has happened.'];
  return { kind: 'test', at, room: null, title, text, facts: {} };
}

function raidStarted({ before, after }: Event<'raid.state'>, room: string): BareNotice | undefined {
  if (before.state === 'guarded' || after.state !== 'guarded') return undefined;
  const why =
    after.cause === 'staff' ? 'Staff guards it.' : 'Too many new people wrote at once, or the same.';
  return {
    kind: 'raid.started',
    title: `A raid may have begun in ${room}`,
    text: `${why} Posts of new people are held, and members notice nothing. Nothing has to be done at once. ${whatToDo(room)}`,
    facts: { incident: after.incident ?? null, cause: after.cause ?? null },
  };
}

function digest({ after }: Event<'raid.digest'>, room: string): BareNotice {
  const { people, held, withdrawn, published, reports, appeals } = after;
  const numbers = `${counted(people, 'person', 'people')}; posts: ${held} held, ${withdrawn} taken back, ${published} published after a challenge`;
  return {
    kind: 'digest',
    title: `The raid on ${room} goes on`,
    text: `So far: ${numbers}. Open: ${counted(reports, 'reported message')}, ${counted(appeals, 'appeal')}. ${whatToDo(room)}`,
    facts: { ...after },
  };
}

function reportCreated({ after }: Event<'report.created'>, room: string): BareNotice | undefined {
  const { report, message, reports, hidden } = after;
  // One notice for a message, and another when enough have reported it.
  if (reports > 1 && !hidden) return undefined;
  return {
    kind: 'report.created',
    title: `A message in ${room} was reported`,
    text: `${hidden ? 'It is hidden until a moderator decides. ' : ''}Moderators have a card about it in ${room}`,
    facts: { report, message, reports, hidden },
  };
}

function appealCreated({ after }: Event<'appeal.created'>, room: string): BareNotice {
  return {
    kind: 'appeal.created',
    title: `Somebody appeals in ${room}`,
    text: `Moderators have a card about it in ${room}: they read it and decide there`,
    facts: { ...after },
  };
}

function storageFilling({ after }: Event<'storage.filling'>, room: string): BareNotice {
  const { bytes, limit } = after;
  return {
    kind: 'storage.filling',
    title: `Files of ${room} are nearly at their limit`,
    text: `They take ${bytesText(bytes)} of ${bytesText(limit)}, beyond which uploads are refused. plaza room set ${room} --storage changes the limit`,
    facts: { ...after },
  };
}

function whatToDo(room: string): string {
  return `To ban all who take part, write /raid ban in ${room}. If it is no raid: /raid undo`;
}
