import { Injectable, type OnModuleInit } from '@nestjs/common';
import { type Transaction } from '../../foundation/database/database.js';
import { type CardAnswer, CardKinds, type FinishEffect } from '../../messages/cards/card-kinds.service.js';
import { INCIDENT_CARD, type IncidentArgument } from '../../messages/raids/digest.js';
import { IncidentsRepository } from '../../records/defence/incidents.repository.js';
import { type User } from '../../records/users/user.js';
import { RoomAccess } from '../access/room-access.service.js';
import { RaidService } from './raid.service.js';
import { RaidStates } from './raid-states.service.js';
import { counted } from '../../foundation/wording.js';

/** The effects of the buttons under the digests of a raid. */
@Injectable()
export class RaidCards implements OnModuleInit {
  constructor(
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
      act: (answer, finish) => this.act(answer, finish),
    });
  }

  private async act(answer: CardAnswer<IncidentArgument>, finish: FinishEffect): Promise<void> {
    const { room, argument, actor, button } = answer;
    const { id } = await this.access.look(room, actor, 'moderator');
    const latest = await this.incidents.latest(id);
    if (latest?.id !== argument.incident) {
      await finish(() => 'That raid is over, and another one came after it.');
    } else if (button.reaction === '❌') await finish((tx) => this.end(tx, actor, room));
    else {
      const result = await this.decide(answer);
      await finish(() => result);
    }
  }

  /** Bans all whom the raid is made of, or takes back what the defence did about it, in parts. */
  private async decide({ room, actor, button }: CardAnswer<IncidentArgument>): Promise<string> {
    if (button.reaction === '🔨') {
      const { people, messages } = await this.raids.ban(actor, room);
      return `Banned here for the raid: ${counted(people, 'person', 'people')}. Gone with them: ${counted(messages, 'post')}.`;
    }
    const { people, messages, tooLate } = await this.raids.undo(actor, room);
    const late = tooLate > 0 ? ` It was too late for ${tooLate}.` : '';
    const published = `${counted(messages, 'post')} published`;
    const unbanned = `${counted(people, 'person', 'people')} not banned any more`;
    return `The raid is taken back: ${published}, ${unbanned}.${late}`;
  }

  private async end(tx: Transaction, actor: User, room: string): Promise<string> {
    return (await this.states.end(tx, actor, room))
      ? 'The raid is ended. New people still answer a question for some hours.'
      : 'The raid had ended already.';
  }
}
