import { type VNode } from 'preact';
import { dateAndTime, days, machineTime, people } from '../contents/format.js';

const HUES = 8;

/** A room as pages show it; texts are what its admin wrote. */
export interface RoomSummary {
  /** As its admin wrote it. */
  token: string;
  name: string;
  description: string | undefined;
  /** File id of its picture, if anyone may see that. */
  imageId: number | undefined;
  activeUsers: number;
  /** Days for which someone counts as active. */
  activeDays: number;
  /** The community URL, by which clients join it. */
  communityUrl: string;
}

/** Where a browser finds a room. */
export function roomPath(token: string): string {
  return `/r/${token}`;
}

interface AvatarProps {
  /** Decides the colour. */
  seed: string;
  name: string;
  picture?: string | undefined;
  large?: boolean;
}

/** A coloured letter, with a picture over it where there is one. */
export function Avatar({ seed, name, picture, large = false }: AvatarProps): VNode {
  return (
    <span class={`avatar hue-${hueOf(seed)}${large ? ' large' : ''}`} aria-hidden="true">
      {initialOf(name)}
      {picture !== undefined && <img src={picture} alt="" loading="lazy" decoding="async" />}
    </span>
  );
}

/** The picture or letter of a room. */
export function RoomAvatar({ room, large = false }: { room: RoomSummary; large?: boolean }): VNode {
  const picture = room.imageId === undefined ? undefined : `${roomPath(room.token)}/picture/${room.imageId}`;
  return <Avatar seed={room.token} name={room.name} picture={picture} large={large} />;
}

/** How many people were around lately. */
export function Activity({ room: { activeUsers, activeDays } }: { room: RoomSummary }): VNode {
  return (
    <p class={activeUsers === 0 ? 'activity quiet' : 'activity'}>
      <span class="dot" aria-hidden="true" />
      {activeUsers === 0 ? 'Quiet' : people(activeUsers)} in the last {days(activeDays)}
    </p>
  );
}

/** A community URL with its QR code, to be copied or scanned. */
export function Invitation({ room, open = false }: { room: RoomSummary; open?: boolean }): VNode {
  const code = `${roomPath(room.token)}/invite`;
  const id = `url-${room.token}`;
  return (
    <div class="invitation">
      <div class="url">
        <label for={id}>Community URL</label>
        <div class="field">
          <input id={id} type="text" readonly value={room.communityUrl} />
          <button type="button" class="copy" data-copy={id} hidden>
            Copy
          </button>
        </div>
      </div>
      <details class="code" open={open}>
        <summary>QR code</summary>
        <img
          src={`${code}.svg`}
          alt={`QR code to join ${room.name}`}
          width="240"
          height="240"
          loading="lazy"
          decoding="async"
        />
        <p>
          To print or send it: <a href={`${code}.png`}>PNG</a> or <a href={`${code}.svg`}>SVG</a>
        </p>
      </details>
    </div>
  );
}

/** A moment; the script shows it in the reader's own time zone. */
export function Moment({ at }: { at: number }): VNode {
  return <time dateTime={machineTime(at)}>{dateAndTime(at)}</time>;
}

function hueOf(seed: string): number {
  let sum = 0;
  for (const character of seed) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) % 9973;
  return sum % HUES;
}

function initialOf(name: string): string {
  const [first] = new Intl.Segmenter().segment(name.trim());
  return first?.segment.toLocaleUpperCase() ?? '#';
}
