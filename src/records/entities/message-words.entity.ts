import { Column, Entity, Index, JoinColumn, OneToOne, PrimaryColumn, type Relation } from 'typeorm';
import { foreignKey } from './columns.js';
import { MessageEntity } from './message.entity.js';
import { RoomEntity } from './room.entity.js';

/** The words of a message for everyone, in a room that everyone may read. */
@Entity('message_words')
@Index('message_words_room_idx', ['roomId', 'messageId'])
@Index('message_words_words_idx', { synchronize: false })
export class MessageWordsEntity {
  @PrimaryColumn('bigint', { name: 'message_id', primaryKeyConstraintName: 'message_words_pkey' })
  messageId!: number;

  @OneToOne(() => MessageEntity, { onDelete: 'CASCADE' })
  @JoinColumn(foreignKey('message_words', 'message_id'))
  message!: Relation<MessageEntity>;

  /** Its message's. They go with that one. */
  @Column('bigint', { name: 'room_id' })
  roomId!: number;

  /** The message's own when its words were read: words of a text that was edited since count no more. */
  @Column('bigint', { name: 'seqno_data' })
  seqnoData!: number;

  @Column('tsvector')
  words!: string;
}

/** A room whose words are kept. */
@Entity('searched_rooms')
export class SearchedRoomEntity {
  @PrimaryColumn('bigint', { name: 'room_id', primaryKeyConstraintName: 'searched_rooms_pkey' })
  roomId!: number;

  @OneToOne(() => RoomEntity, { onDelete: 'CASCADE' })
  @JoinColumn(foreignKey('searched_rooms', 'room_id'))
  room!: Relation<RoomEntity>;

  /** The room's counter up to which the words of its messages were read. */
  @Column('bigint')
  seqno!: number;
}
