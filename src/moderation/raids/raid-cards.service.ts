import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Database } from '../../foundation/database/database.js';
import { type CardAnswer, CardKinds } from '../../messages/cards/card-kinds.service.js';
import { INCIDENT_CARD, type IncidentArgument } from '../../messages/raids/digest.js';
import { IncidentsRepository } from '../../records/defence/incidents.repository.js';
import { RoomAccess } from '../access/room-access.service.js';
import { RaidService } from './raid.service.js';
import { RaidStates } from './raid-states.service.js';

/** The effects of the buttons under the digests of a raid. */
@Injectable()
export class RaidCards implements OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly kinds: CardKinds,
    private readonly access: RoomAccess,
    private readonly incidents: IncidentsRepository,
    private readonly states: RaidStates,
    private readonly raids: RaidService,
  ) {}

  onModuleInit(): void {
    this.kinds.register<IncidentArgument>(INCIDENT_CARD, {
      buttons: [
        { reaction: '🔨', words: ['ban all', 'ban'] },
        { reaction: '❌', words: ['end'] },
        { reaction: '✅', words: ['honest', 'undo'] },
      ],
      actInParts: (answer) => this.act(answer),
    });
  }

  private async act({ room, argument, actor, button }: CardAnswer<IncidentArgument>): Promise<string> {
    const { id } = await this.access.look(room, actor, 'moderator');
    const latest = await this.incidents.latest(id);
    if (latest?.id !== argument.incident) return 'That raid is over, and another one came after it.';
    if (button.reaction === '🔨') {
      const { people, messages } = await this.raids.ban(actor, room);
      return `${people} people of the raid are banned here, and ${messages} of their posts are gone.`;
    }
    if (button.reaction === '✅') {
      const { people, messages, tooLate } = await this.raids.undo(actor, room);
      const late = tooLate > 0 ? ` It was too late for ${tooLate}.` : '';
      return `The raid is taken back: ${messages} posts are published, ${people} people banned no longer.${late}`;
    }
    const isEnded = await this.database.transact((tx) => this.states.end(tx, actor, room));
    return isEnded
      ? 'The raid is ended. New people still answer a question for some hours.'
      : 'The raid had ended already.';
  }
}
