import { Injectable } from '@nestjs/common';
import { column, type Columns } from '../../foundation/database/columns.js';
import { Database, type DatabaseReader, type Transaction } from '../../foundation/database/database.js';
import { NOW } from '../../foundation/database/now.js';

/** A raid on a room, or what looked like one; see `IncidentEntity`. Times in unix seconds. */
export interface Incident {
  id: number;
  roomId: number;
  beganAt: number;
  startedAt: number;
  endedAt: number | null;
  cause: string;
  isBanned: boolean;
  isUndone: boolean;
  told: number;
}

/** Counts of the messages of an incident by what has become of them, and of those who wrote them. */
export interface IncidentNumbers {
  people: number;
  held: number;
  published: number;
  withdrawn: number;
}

const SELECT = `SELECT id, room_id AS "roomId", began_at AS "beganAt", started_at AS "startedAt", ended_at AS "endedAt",
  cause, is_banned AS "isBanned", is_undone AS "isUndone", told FROM incidents`;

const INCIDENT_COLUMNS: Columns<Incident> = {
  id: column.number,
  roomId: column.number,
  beganAt: column.number,
  startedAt: column.number,
  endedAt: column.number.orNull,
  cause: column.text,
  isBanned: column.boolean,
  isUndone: column.boolean,
  told: column.number,
};

const INCIDENT_NUMBERS_COLUMNS: Columns<IncidentNumbers> = {
  people: column.number,
  held: column.number,
  published: column.number,
  withdrawn: column.number,
};

/** The table of incidents. It is written under the room's lock. */
@Injectable()
export class IncidentsRepository {
  constructor(private readonly database: Database) {}

  /**
   * Opens an incident.
   * @param beganAt where the window began in which too much happened
   * @returns its id
   */
  async open(
    tx: Transaction,
    roomId: number,
    { beganAt, cause }: { beganAt: number; cause: string },
  ): Promise<number> {
    const row = await tx.row(
      { id: column.number },
      `INSERT INTO incidents (room_id, began_at, started_at, cause) VALUES ($1, $2, ${NOW}, $3) RETURNING id`,
      [roomId, beganAt, cause],
    );
    if (!row) throw new Error('An incident was not written');
    return row.id;
  }

  async get(id: number, reader: DatabaseReader = this.database): Promise<Incident | undefined> {
    return reader.row(INCIDENT_COLUMNS, `${SELECT} WHERE id = $1`, [id]);
  }

  /** The newest incident of a room, ended ones included. */
  async latest(roomId: number, reader: DatabaseReader = this.database): Promise<Incident | undefined> {
    return reader.row(INCIDENT_COLUMNS, `${SELECT} WHERE room_id = $1 ORDER BY id DESC LIMIT 1`, [roomId]);
  }

  async numbers(id: number, reader: DatabaseReader = this.database): Promise<IncidentNumbers> {
    const row = await reader.row(
      INCIDENT_NUMBERS_COLUMNS,
      `SELECT count(DISTINCT user_id) AS people, count(*) FILTER (WHERE state = 'held') AS held,
         count(*) FILTER (WHERE state = 'published' AND data IS NOT NULL) AS published,
         count(*) FILTER (WHERE state = 'withdrawn') AS withdrawn
       FROM messages WHERE incident_id = $1`,
      [id],
    );
    return row ?? { people: 0, held: 0, published: 0, withdrawn: 0 };
  }

  /** Changes what is remembered of an incident; what is left out stays. */
  async change(
    tx: Transaction,
    id: number,
    {
      ends,
      isBanned,
      isUndone,
      told,
    }: { ends?: boolean } & Partial<Pick<Incident, 'isBanned' | 'isUndone' | 'told'>>,
  ): Promise<void> {
    await tx.run(
      `UPDATE incidents SET ended_at = CASE WHEN $2 THEN coalesce(ended_at, ${NOW}) ELSE ended_at END,
         is_banned = coalesce($3, is_banned), is_undone = coalesce($4, is_undone), told = coalesce($5, told)
       WHERE id = $1`,
      [id, ends ?? false, isBanned, isUndone, told],
    );
  }
}
