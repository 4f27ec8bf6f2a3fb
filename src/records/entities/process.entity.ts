import { Column, Entity, PrimaryColumn } from 'typeorm';
import { unixSeconds } from './columns.js';

/** A process that serves this community, on whichever machine. */
@Entity('processes')
export class ProcessEntity {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'processes_pkey' })
  id!: string;

  /** The machine's name and the port it listens on. */
  @Column('text')
  machine!: string;

  @Column('integer')
  pid!: number;

  /** Plaza's version. */
  @Column('text')
  version!: string;

  /** The server's, in hex. */
  @Column('text', { name: 'public_key' })
  publicKey!: string;

  /** Texts of the settings that must be the same everywhere, by name. */
  @Column('jsonb')
  settings!: Record<string, string>;

  /** The process's own word on how it fares. */
  @Column('jsonb')
  report!: object;

  /** Whether it takes no new clients any more. */
  @Column('boolean', { name: 'is_leaving' })
  isLeaving!: boolean;

  @Column(unixSeconds('started_at'))
  startedAt!: number;

  /** When it last wrote this row, by the database's clock. */
  @Column(unixSeconds('seen_at'))
  seenAt!: number;
}

/** The youngest migration that a version of Plaza must know to use this database. */
@Entity('schema_needs')
export class SchemaNeedsEntity {
  @PrimaryColumn('text', { primaryKeyConstraintName: 'schema_needs_pkey' })
  migration!: string;
}
