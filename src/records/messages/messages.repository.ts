import { Injectable } from '@nestjs/common';
import { Settings } from '../../foundation/config/settings.js';
import { column, type Columns } from '../../foundation/database/columns.js';
import { Database } from '../../foundation/database/database.js';
import { type Message, type MessageReader } from './message.js';
import { type UpdateEvent } from './page-of-updates.js';
import { FOR_AUTHOR_ALONE, visibleTo } from './visible-to.js';

/** A change together with the message as it is now. */
export type Update = Message & UpdateEvent;

/** Messages of a part of a room that not everyone sees. */
export interface NotForAll {
  /** How many of them are whispers; moderators see those. */
  whispers: number;
  /** Ids of the users that whispers are for, as often as there are any; those for moderators alone have none. */
  targets: number[];
  /** Ids of the authors of messages that nobody else sees, as often as they have any. */
  authors: number[];
}

/** `$2` is the reader's id. */
const MESSAGE_FIELDS = `
  m.id, author.session_id AS "sessionId", m.posted_at AS "postedAt", m.edited_at AS "editedAt",
    m.seqno, m.seqno_data AS "seqnoData", m.seqno_reactions AS "seqnoReactions", m.data,
    m.padded_size AS "paddedSize", m.signature, target.session_id AS "whisperTo",
    m.whisper_mods AS "whisperMods", m.state = 'held' AS "isHeld", m.whisper_to IS NOT NULL AND EXISTS (
      SELECT 1 FROM challenges c WHERE c.card_id = m.id AND c.user_id = $2 AND c.read_at IS NULL
    ) AS "isUnreadCard"`;
const MESSAGE_JOINS = `
  JOIN users author ON author.id = m.user_id
  LEFT JOIN users target ON target.id = m.whisper_to`;
const SELECT_MESSAGE = `SELECT ${MESSAGE_FIELDS} FROM messages m ${MESSAGE_JOINS}`;

/** Characters of a row in a page beside its data and its reactions; a signature and three IDs among them. */
const ROW_SIZE = 500;
/** Characters of a kind of reaction and of each person named for it; a code point may be written as 12 characters. */
const REACTION_SIZE = 60;
const REACTOR_SIZE = 69;

/**
 * In SQL: about how many characters the row of the message `m` has in a page.
 * @param place.data     of how many bytes of data are shown; null for none
 * @param place.reactors of how many people are named for each reaction
 * @param place.kinds    of how many kinds of reactions are shown
 */
function sizeOf(place: { data: string; reactors: string; kinds: string }): string {
  return `(
    ${ROW_SIZE} + coalesce(${place.data}, 0)::bigint * 4 / 3 + coalesce((
      SELECT sum(${REACTION_SIZE} + 12 * length(shown.reaction) + ${REACTOR_SIZE} * least(shown.reactors, ${place.reactors}))
      FROM (
        SELECT reaction, reactors FROM reactions WHERE message_id = m.id ORDER BY id LIMIT ${place.kinds}
      ) AS shown
    ), 0)
  )::bigint`;
}

/** The bounds of a page of messages. */
export interface PageBounds {
  /** Messages. */
  limit: number;
  /** People named for each reaction. */
  reactors: number;
  /** Characters of JSON, unless a single message has more. */
  maxSize: number;
}

const MESSAGE_COLUMNS: Columns<Message> = {
  id: column.number,
  sessionId: column.text,
  postedAt: column.number,
  editedAt: column.number.orNull,
  seqno: column.number,
  seqnoData: column.number,
  seqnoReactions: column.number,
  data: column.bytes.orNull,
  paddedSize: column.number.orNull,
  signature: column.bytes.orNull,
  whisperTo: column.text.orNull,
  whisperMods: column.boolean,
  isHeld: column.boolean,
  isUnreadCard: column.boolean,
};

const UPDATE_COLUMNS: Columns<Update> = {
  ...MESSAGE_COLUMNS,
  eventSeqno: column.number,
  kind: column.oneOf(['data', 'reactions']),
  size: column.number,
};

const NOT_FOR_ALL_COLUMNS: Columns<NotForAll> = {
  whispers: column.number,
  targets: column.list(column.number),
  authors: column.list(column.number),
};

/** The table of messages as readers see it; {@link MessageChangesRepository} writes it. */
@Injectable()
export class MessagesRepository {
  constructor(
    private readonly settings: Settings,
    private readonly database: Database,
  ) {}

  /**
   * Changes that a reader has not seen, in order of seqno and as of one moment: as many as `pageOfUpdates` needs to make
   * a page within `bounds`, and no more, because each brings its data. A deletion is news to those who can have known the message, and to its author, whose client shows it
   * from the answer to the post on.
   * @param reactions whether changes of reactions alone are wanted
   */
  async updatesSince(
    roomId: number,
    reader: MessageReader,
    since: number,
    { limit, reactors, maxSize }: PageBounds,
    reactions: boolean,
  ): Promise<Update[]> {
    const visible = `${visibleTo(reader, '$2')} AND (m.data IS NOT NULL OR m.seqno_creation <= $3 OR m.user_id = $2)`;
    const texts = `
      (SELECT m.id, m.seqno_data AS event_seqno, 'data' AS kind FROM messages m
       WHERE m.room_id = $1 AND m.seqno_data > $3 AND ${visible} ORDER BY m.seqno_data LIMIT $4)`;
    const laterReactions = `
      (SELECT m.id, m.seqno_reactions AS event_seqno, 'reactions' AS kind FROM messages m
       WHERE m.room_id = $1 AND m.seqno_reactions > $3 AND m.seqno_reactions > m.seqno_data AND ${visible}
       ORDER BY m.seqno_reactions LIMIT $4)`;
    return this.database.rows(
      UPDATE_COLUMNS,
      `SELECT event.event_seqno AS "eventSeqno", event.kind, event.size, ${MESSAGE_FIELDS}
       FROM (
         SELECT *, sum(size) OVER by_seqno - size AS before, row_number() OVER by_seqno AS place
         FROM (
           SELECT change.*,
             ${sizeOf({ data: "CASE WHEN kind = 'data' THEN m.padded_size END", reactors: '$5', kinds: '$6' })} AS size
           FROM (${reactions ? `${texts} UNION ALL ${laterReactions}` : texts}) AS change
             JOIN messages m ON m.id = change.id
         ) AS sized
         WINDOW by_seqno AS (ORDER BY event_seqno ROWS UNBOUNDED PRECEDING)
       ) AS event
         JOIN messages m ON m.id = event.id ${MESSAGE_JOINS}
       WHERE event.before < $7 OR event.place <= 2
       ORDER BY event.event_seqno`,
      // A message has at most one change of each kind here, so limit + 1 of each reach past the end of a page.
      [roomId, reader.userId, since, limit + 1, reactors, this.settings.maxReactionKinds, maxSize],
    );
  }

  /** The room's counter before a message was created; 0 without a message. All changes of later ones lie above. */
  async counterBefore(id: number | undefined): Promise<number> {
    const row = await this.database.row(
      { counter: column.number },
      'SELECT seqno_creation - 1 AS counter FROM messages WHERE id = $1',
      [id],
    );
    return row?.counter ?? 0;
  }

  /** The readers of those messages with a seqno above `since` that are not for everyone. */
  async notForAllSince(roomId: number, since: number): Promise<NotForAll> {
    const row = await this.database.row(
      NOT_FOR_ALL_COLUMNS,
      `SELECT count(*) FILTER (WHERE m.whisper_to IS NOT NULL OR m.whisper_mods) AS whispers,
         coalesce(array_agg(m.whisper_to) FILTER (WHERE m.whisper_to IS NOT NULL), '{}') AS targets,
         coalesce(array_agg(m.user_id) FILTER (WHERE ${FOR_AUTHOR_ALONE}), '{}') AS authors
       FROM messages m
       WHERE m.room_id = $1 AND m.seqno > $2
         AND (m.whisper_to IS NOT NULL OR m.whisper_mods OR ${FOR_AUTHOR_ALONE})`,
      [roomId, since],
    );
    return row ?? { whispers: 0, targets: [], authors: [] };
  }

  /**
   * The authors of messages that were posted and deleted above `since`, up to `end`: they alone are told of it.
   * @returns ids of users
   */
  async authorsOfDeletions(roomId: number, since: number, end: number): Promise<number[]> {
    const rows = await this.database.rows(
      { id: column.number },
      `SELECT DISTINCT user_id AS id FROM messages
       WHERE room_id = $1 AND seqno_data > $2 AND seqno_data <= $3 AND seqno_creation > $2 AND data IS NULL`,
      [roomId, since, end],
    );
    return rows.map(({ id }) => id);
  }

  /** The newest messages before an id, newest first: one at least, and no more than fit; deleted ones are left out. */
  before(roomId: number, reader: MessageReader, before: number, bounds: PageBounds): Promise<Message[]> {
    return this.beside(roomId, reader, { side: 'before', id: before }, bounds);
  }

  /** The oldest messages after an id, oldest first, within the same bounds as {@link before}. */
  after(roomId: number, reader: MessageReader, after: number, bounds: PageBounds): Promise<Message[]> {
    return this.beside(roomId, reader, { side: 'after', id: after }, bounds);
  }

  /**
   * Rows are compared with the room and an id at once, because that has one index only. By the index of ids PostgreSQL would read
   * all that was posted elsewhere since the latest message of a room that is large and quiet.
   */
  private async beside(
    roomId: number,
    reader: MessageReader,
    { side, id }: { side: 'before' | 'after'; id: number },
    { limit, reactors, maxSize }: PageBounds,
  ): Promise<Message[]> {
    const [beyond, within, direction] = side === 'before' ? ['<', '>=', 'DESC'] : ['>', '<=', 'ASC'];
    return this.database.rows(
      MESSAGE_COLUMNS,
      `SELECT ${MESSAGE_FIELDS}
       FROM (
         SELECT id, sum(size) OVER by_id AS total, row_number() OVER by_id AS place
         FROM (
           SELECT m.id, ${sizeOf({ data: 'm.padded_size', reactors: '$5', kinds: '$6' })} AS size FROM messages m
           WHERE (m.room_id, m.id) ${beyond} ($1, $3) AND m.room_id ${within} $1 AND m.data IS NOT NULL
             AND ${visibleTo(reader, '$2')}
           ORDER BY m.room_id ${direction}, m.id ${direction} LIMIT $4
         ) AS sized
         WINDOW by_id AS (ORDER BY id ${direction} ROWS UNBOUNDED PRECEDING)
       ) AS page
         JOIN messages m ON m.id = page.id ${MESSAGE_JOINS}
       WHERE page.total <= $7 OR page.place = 1
       ORDER BY page.id ${direction}`,
      [roomId, reader.userId, id, limit, reactors, this.settings.maxReactionKinds, maxSize],
    );
  }

  /** Some messages that are not deleted, newest first: one at least, and no more than fit. */
  async some(
    roomId: number,
    reader: MessageReader,
    ids: readonly number[],
    maxSize: number,
  ): Promise<Message[]> {
    return this.database.rows(
      MESSAGE_COLUMNS,
      `SELECT ${MESSAGE_FIELDS}
       FROM (
         SELECT id, sum(m.padded_size) OVER by_id AS total, row_number() OVER by_id AS place FROM messages m
         WHERE m.room_id = $1 AND m.id = ANY ($3) AND m.data IS NOT NULL AND ${visibleTo(reader, '$2')}
         WINDOW by_id AS (ORDER BY id DESC ROWS UNBOUNDED PRECEDING)
       ) AS page
         JOIN messages m ON m.id = page.id ${MESSAGE_JOINS}
       WHERE page.total <= $4 OR page.place = 1
       ORDER BY m.id DESC`,
      [roomId, reader.userId, ids, maxSize],
    );
  }

  /** One message that is not deleted. */
  async find(roomId: number, reader: MessageReader, id: number): Promise<Message | undefined> {
    return this.database.row(
      MESSAGE_COLUMNS,
      `${SELECT_MESSAGE}
       WHERE m.room_id = $1 AND m.id = $3 AND m.data IS NOT NULL AND ${visibleTo(reader, '$2')}`,
      [roomId, reader.userId, id],
    );
  }
}
