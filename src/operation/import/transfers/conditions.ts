import { type Requirement } from './transfer.js';

/** pysogs does things in the name of a user whose ID is the server's public key after `ff`. */
export function isSystemUser(users: string): string {
  return `substr(${users}.session_id, 1, 2) = 'ff'`;
}

/** SQL: the column names a room that comes along. */
export function roomExists(column: string): string {
  return `EXISTS (SELECT 1 FROM rooms kept_room
    WHERE kept_room.id = ${column} AND length(kept_room.token) BETWEEN 1 AND 64)`;
}

/** SQL: the column names someone who is not the system user. */
export function personExists(column: string): string {
  return `EXISTS (SELECT 1 FROM users person WHERE person.id = ${column} AND NOT ${isSystemUser('person')})`;
}

/** SQL: the column names anyone, the system user included. */
export function userExists(column: string): string {
  return `EXISTS (SELECT 1 FROM users anyone WHERE anyone.id = ${column})`;
}

/** The condition for a message to come along; SQL over the alias of its table. */
export function messageRequirements(messages: string, whisper: string): Requirement[] {
  return [
    { condition: roomExists(`${messages}.room`), otherwise: 'their room does not exist' },
    { condition: userExists(`${messages}."user"`), otherwise: 'their author does not exist' },
    {
      condition: `${whisper} IS NULL OR ${userExists(whisper)}`,
      otherwise: 'they are whispers to someone who does not exist',
    },
  ];
}

/** SQL: the column names a message that comes along. */
export function messageExists(column: string, whisper: string): string {
  const requirements = messageRequirements('kept', whisper).map(({ condition }) => `(${condition})`);
  return `EXISTS (SELECT 1 FROM messages kept WHERE kept.id = ${column} AND ${requirements.join(' AND ')})`;
}
