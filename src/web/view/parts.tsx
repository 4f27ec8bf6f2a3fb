import { type ComponentChild, type VNode } from 'preact';
import { machineTime } from '../contents/format.js';
import { type QrCode } from '../contents/qr-code.js';
import { roomPath, type RoomSummary } from '../contents/room-content.js';
import { filledIn, useSpeech } from '../language/speech.js';

export const SESSION = <a href="https://getsession.org/">Session</a>;
const SESSION_DOWNLOAD = <a href="https://getsession.org/download">Session</a>;

/** A text whose places hold elements. */
export function Sentence({ text, ...values }: { text: string } & Record<string, ComponentChild>): VNode {
  return (
    <>
      {text.split(/(\{\w+\})/).map((part) => {
        const place = /^\{(\w+)\}$/.exec(part)?.[1];
        return place === undefined ? part : values[place];
      })}
    </>
  );
}

/** How many people were around lately. */
export function Activity({ room: { activeUsers, activeDays, isArchived } }: { room: RoomSummary }): VNode {
  const speech = useSpeech();
  const { texts } = speech;
  return (
    <p class={activeUsers === 0 ? 'activity quiet' : 'activity'}>
      <span class="dot" aria-hidden="true" />
      <span>
        {isArchived && <b>{texts.archived} · </b>}
        {activeUsers === 0 ? texts.quiet : speech.count(texts.people, activeUsers)}{' '}
        {speech.count(texts.lastDays, activeDays)}
      </span>
    </p>
  );
}

/** A community URL, to be copied. */
export function CommunityUrl({ room }: { room: RoomSummary }): VNode {
  const { join } = useSpeech().texts;
  const id = `url-${room.token}`;
  return (
    <div class="url">
      <label for={id}>{join.communityUrl}</label>
      <div class="field">
        <input id={id} type="text" readonly value={room.communityUrl} dir="ltr" />
        <button type="button" class="copy" data-copy={id} data-copied={join.copied} hidden>
          {join.copy}
        </button>
      </div>
      <p class="whole-url" dir="ltr">
        {room.communityUrl}
      </p>
    </div>
  );
}

/** A community URL with its QR code as a picture, to be copied or scanned. */
export function JoinCode({ room }: { room: RoomSummary }): VNode {
  const { join } = useSpeech().texts;
  const code = `${roomPath(room.token)}/invite.svg`;
  return (
    <div class="invitation">
      <CommunityUrl room={room} />
      <div class="code">
        <img
          src={code}
          alt={filledIn(join.qrCodeOf, { room: room.name })}
          width="240"
          height="240"
          loading="lazy"
          decoding="async"
        />
        <CodeFiles room={room} />
      </div>
    </div>
  );
}

/** A QR code that is part of the page, so that it is there when the page is printed. */
export function InlineCode({ room, code }: { room: RoomSummary; code: QrCode }): VNode {
  const { join } = useSpeech().texts;
  return (
    <div class="code">
      <svg
        viewBox={`0 0 ${code.side} ${code.side}`}
        role="img"
        aria-label={filledIn(join.qrCodeOf, { room: room.name })}
        shape-rendering="crispEdges"
      >
        <rect class="paper" width={code.side} height={code.side} />
        <path class="ink" d={code.path} />
      </svg>
      <CodeFiles room={room} />
    </div>
  );
}

function CodeFiles({ room }: { room: RoomSummary }): VNode {
  const { join } = useSpeech().texts;
  const code = `${roomPath(room.token)}/invite`;
  return (
    <p class="files">
      <Sentence
        text={join.toPrint}
        png={<a href={`${code}.png`}>PNG</a>}
        svg={<a href={`${code}.svg`}>SVG</a>}
      />
    </p>
  );
}

/** How to join a room, step by step. */
export function JoinSteps(): VNode {
  const { join } = useSpeech().texts;
  return (
    <ol class="steps">
      {join.steps.map((step) => (
        <li key={step}>
          <Sentence text={step} session={SESSION_DOWNLOAD} />
        </li>
      ))}
    </ol>
  );
}

/** A sentence with a link to where Session is had. */
export function SessionSentence({ text }: { text: string }): VNode {
  return <Sentence text={text} session={SESSION_DOWNLOAD} />;
}

/** Searches a room. */
export function SearchForm({ room, query = '' }: { room: RoomSummary; query?: string }): VNode {
  const { search } = useSpeech().texts;
  return (
    <form class="search" role="search" action={`${roomPath(room.token)}/search`}>
      <label class="hidden" for="q">
        {search.label}
      </label>
      <input
        id="q"
        type="search"
        name="q"
        value={query}
        placeholder={search.label}
        maxLength={100}
        required
      />
      <button type="submit">{search.button}</button>
    </form>
  );
}

/** A moment; the script shows it in the reader's own time zone. */
export function Moment({ at, form }: { at: number; form: 'day' | 'time' | 'moment' }): VNode {
  const speech = useSpeech();
  const text = { day: () => speech.day(at), time: () => speech.time(at), moment: () => speech.moment(at) };
  return (
    <time dateTime={machineTime(at)} data-form={form} {...(form === 'time' && { title: speech.moment(at) })}>
      {text[form]()}
    </time>
  );
}
