import { type VNode } from 'preact';
import { roomPath, type RoomSummary } from '../contents/room-content.js';

const HUES = 8;
/** Squares of a side of a pattern; the right half mirrors the left one. */
const SIDE = 5;

interface AvatarProps {
  /** Decides the colour, and the pattern of somebody without a name. */
  seed: string;
  name: string | undefined;
  picture?: string | undefined;
  large?: boolean;
}

/** A coloured letter, or a pattern for somebody without a name, with a picture over it where there is one. */
export function Avatar({ seed, name, picture, large = false }: AvatarProps): VNode {
  const initial = initialOf(name);
  return (
    <span class={`avatar hue-${hueOf(seed)}${large ? ' large' : ''}`} aria-hidden="true">
      {initial ?? <Pattern seed={seed} />}
      {picture !== undefined && <img src={picture} alt="" loading="lazy" decoding="async" />}
    </span>
  );
}

/** The picture or letter of a room. */
export function RoomAvatar({ room, large = false }: { room: RoomSummary; large?: boolean }): VNode {
  const picture = room.imageId === undefined ? undefined : `${roomPath(room.token)}/picture/${room.imageId}`;
  return <Avatar seed={room.token} name={room.name} picture={picture} large={large} />;
}

/** Squares that tell people without names apart; the same for an ID on every page. */
function Pattern({ seed }: { seed: string }): VNode {
  const bits = hashOf(seed, 0x811c9dc5);
  const half = Math.ceil(SIDE / 2);
  let path = '';
  for (let place = 0; place < half * SIDE; place++) {
    if (((bits >>> place) & 1) === 0) continue;
    const [column, row] = [place % half, Math.floor(place / half)];
    path += `M${column} ${row}h1v1h-1z`;
    if (column < half - 1) path += `M${SIDE - 1 - column} ${row}h1v1h-1z`;
  }
  return (
    <svg class="pattern" viewBox={`0 0 ${SIDE} ${SIDE}`}>
      <path d={path} />
    </svg>
  );
}

function hueOf(seed: string): number {
  return hashOf(seed, 0x9747b28c) % HUES;
}

/** FNV-1a, mixed once more so that every bit depends on every character. */
function hashOf(text: string, basis: number): number {
  let hash = basis;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x45d9f3b);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function initialOf(name: string | undefined): string | undefined {
  if (name === undefined) return undefined;
  const [first] = new Intl.Segmenter().segment(name.trim());
  // Marks that are stacked on a letter would leave the circle.
  return first?.segment.replace(/(\P{Mark})\p{Mark}{2,}/u, '$1').toLocaleUpperCase() ?? '#';
}
