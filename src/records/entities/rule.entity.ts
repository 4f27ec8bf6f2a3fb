import {
  Column,
  Entity,
  Index,
  JoinColumn,
  ManyToOne,
  PrimaryColumn,
  PrimaryGeneratedColumn,
  type Relation,
} from 'typeorm';
import { countedId, foreignKey, unixSeconds } from './columns.js';
import { RoomEntity } from './room.entity.js';

/** A rule for what people say in a room or on the whole server; `records/rules/rule.ts` has its parts. */
@Entity('rules')
@Index('rules_name_idx', { synchronize: false })
@Index('rules_room_idx', ['room', 'position'])
export class RuleEntity {
  @PrimaryGeneratedColumn('identity', countedId('rules'))
  id!: number;

  /** Null: the whole server. */
  @ManyToOne(() => RoomEntity, { onDelete: 'CASCADE', nullable: true })
  @JoinColumn(foreignKey('rules', 'room_id'))
  room!: Relation<RoomEntity> | null;

  /** Its place among those of the room. */
  @Column('integer')
  position!: number;

  @Column('text')
  name!: string;

  /** A `RuleText`, without its name. */
  @Column('jsonb')
  rule!: object;

  /** Null while it watches. */
  @Column(unixSeconds('armed_at', { nullable: true }))
  armedAt!: number | null;
}

/** How often a rule hit something on a day (UTC). Beside the rule, so that counting tells no cache of a change. */
@Entity('rule_hits')
export class RuleHitsEntity {
  @PrimaryColumn('bigint', { name: 'rule_id', primaryKeyConstraintName: 'rule_hits_pkey' })
  ruleId!: number;

  @ManyToOne(() => RuleEntity, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn(foreignKey('rule_hits', 'rule_id'))
  rule!: Relation<RuleEntity>;

  /** Days since 1970. */
  @PrimaryColumn('integer', { primaryKeyConstraintName: 'rule_hits_pkey' })
  day!: number;

  @Column('integer')
  hits!: number;
}
