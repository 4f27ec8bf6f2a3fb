import { Injectable } from '@nestjs/common';
import { ProtocolError } from '../../foundation/errors/protocol-error.js';
import { readContent } from '../../protocol/session-protobuf/read-content.js';
import { ReportsRepository } from '../../records/reports/reports.repository.js';
import { RoomsRepository } from '../../records/rooms/rooms.repository.js';

/** A message that was reported and that nobody has decided about, as moderators see it. */
export interface ReportEntry {
  room: string;
  /** The message's id. */
  id: number;
  /** Its author's Session ID. */
  session_id: string;
  reports: number;
  /** How many of the reporters were established members. */
  by_established: number;
  /** When it was reported first, unix seconds. */
  reported: number;
  /** Whether it is hidden until somebody decides. */
  hidden: boolean;
  reasons: readonly string[];
  /** Null when it can't be read, or is gone. */
  text: string | null;
}

/** Lists reports for the operator. */
@Injectable()
export class ReportList {
  constructor(
    private readonly rooms: RoomsRepository,
    private readonly reports: ReportsRepository,
  ) {}

  /**
   * The messages with open reports, the one that was reported first at the beginning.
   * @param token of a room; undefined for all rooms
   * @throws ProtocolError `room_not_found`
   */
  async open(token: string | undefined): Promise<ReportEntry[]> {
    const room = token === undefined ? null : await this.rooms.find(token);
    if (room === undefined) throw new ProtocolError('room_not_found');
    const reported = await this.reports.open(room?.id ?? null);
    return reported.map(({ room: where, id, author, data, ...of }) => ({
      room: where,
      id,
      session_id: author,
      reports: of.reports,
      by_established: of.counting,
      reported: of.reportedAt,
      hidden: of.isHidden,
      reasons: of.reasons,
      text: (data && readContent(data)?.body) ?? null,
    }));
  }
}
