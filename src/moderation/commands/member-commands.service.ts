import { Injectable } from '@nestjs/common';
import { momentText } from '../../foundation/wording.js';
import { Clock } from '../../foundation/clock.js';
import { Settings } from '../../foundation/config/settings.js';
import { HELD_MESSAGE_TEXTS } from '../../messages/challenges/texts/index.js';
import { type ExplainedReason } from '../../messages/challenges/texts/texts.js';
import { type EventChanges } from '../../records/events/event.js';
import { QueueRepository } from '../../records/messages/queue.repository.js';
import { settingsOf } from '../../records/rooms/room-settings.js';
import { muteIn, NO_END } from '../../records/users/user.js';
import { actorName, PLAZA } from '../access/actor.js';
import { AppealsService } from '../appeals/appeals.service.js';
import { Rulebook } from '../rulebook/rulebook.service.js';
import { RULE_TEXTS } from '../rules/texts.js';
import { ReportsService } from '../reports/reports.service.js';
import { InvitationsService } from '../invitations/invitations.service.js';
import { AuditLog } from '../audit-log.service.js';
import {
  type CommandDefinition,
  CommandMistake,
  type CommandEffect,
  type CommandOrder,
} from './command-definition.js';
import { NOTICES, type Notices } from './texts/index.js';
import { reasonOf } from './words.js';

/** Commands of everybody. */
@Injectable()
export class MemberCommands {
  readonly all: readonly CommandDefinition[] = [
    {
      name: 'report',
      about: 'message',
      usage: '[reason]',
      giver: 'member',
      help: 'Reports the message that you answer to the moderators; you are told when something comes of it.',
      undo: null,
      run: (order) => this.report(order),
    },
    {
      name: 'appeal',
      about: 'nothing',
      usage: '<why>',
      giver: 'member',
      help: 'Asks moderators to look again at what was decided about you: a mute, a warning, a ban, or a message that is held.',
      undo: null,
      run: (order) => this.appeal(order),
    },
    {
      name: 'rules',
      about: 'nothing',
      usage: '',
      giver: 'member',
      help: 'Tells the rules of the room.',
      undo: null,
      run: (order) => this.rules(order),
    },
    {
      name: 'why',
      about: 'nothing',
      usage: '',
      giver: 'member',
      help: 'Tells why your message is held or why you can’t write.',
      undo: null,
      run: (order) => this.why(order),
    },
    {
      name: 'invite',
      about: 'nothing',
      usage: '',
      giver: 'established',
      help: 'Makes a phrase for somebody new: with it their first message is published at once, also during a raid. Five a day; whose guests are removed can invite nobody.',
      undo: null,
      run: (order) => this.invite(order),
    },
  ];

  constructor(
    private readonly settings: Settings,
    private readonly clock: Clock,
    private readonly queue: QueueRepository,
    private readonly audit: AuditLog,
    private readonly invitations: InvitationsService,
    private readonly reports: ReportsService,
    private readonly appeals: AppealsService,
    private readonly rulebook: Rulebook,
  ) {}

  private async rules(order: CommandOrder): Promise<CommandEffect> {
    const armed = await this.rulebook.armedIn(order.room.token);
    const told = armed.filter(({ then }) => then !== 'unseen');
    const names = told.map(({ name, says }) => (says === undefined ? `“${name}”` : `“${name}”: ${says}`));
    const notices = this.notices(order);
    const machine = names.length === 0 ? '' : ` ${notices.machineRules(names.join(' · '))}`;
    return `${notices.rules(order.room.description)}${machine}`;
  }

  private report(order: CommandOrder): Promise<CommandEffect> {
    const { actor, room, message } = order;
    const notices = this.notices(order);
    if (actor === PLAZA || !message) throw new CommandMistake('Answer the message that you mean.');
    return order.finish(async (tx) => {
      const result = await this.reports.report(tx, room.token, actor, message.id, reasonOf(order));
      return result === 'repeated' ? notices.reportedBefore : notices.reported;
    });
  }

  private appeal(order: CommandOrder): Promise<CommandEffect> {
    const { actor, room, text } = order;
    const notices = this.notices(order);
    if (actor === PLAZA || text === '') throw new CommandMistake('Write why after /appeal.');
    return order.finish(async (tx) => {
      const result = await this.appeals.appeal(tx, room.token, actor, text);
      if (result === 'nothing') return notices.nothing;
      return result === 'repeated' ? notices.appealedBefore : notices.appealed;
    });
  }

  private invite(order: CommandOrder): Promise<CommandEffect> {
    const { actor, room } = order;
    const notices = this.notices(order);
    if (actor === PLAZA)
      throw new CommandMistake('Only a person can invite: plaza user trust lets somebody in.');
    return order.finish(async (tx) => {
      const invited = await this.invitations.invite(tx, room.token, actor);
      if ('phrase' in invited) return notices.invitation(invited.phrase);
      return invited.refusal === 'too many' ? notices.invitedEnough : notices.guestRemoved;
    });
  }

  private async why(order: CommandOrder): Promise<CommandEffect> {
    const { actor, room } = order;
    const notices = this.notices(order);
    if (actor === PLAZA || actor.id === null) return notices.nothing;
    const until = muteIn(room.id, actor, this.clock.seconds());
    if (until !== null) {
      const [mute, ban] = [await this.latest(order, 'mute'), await this.latest(order, 'ban')];
      // Before a ban by a command somebody is silent for a minute, and reads why.
      if (ban?.after?.readsUntil !== undefined && ban.id > (mute?.id ?? 0)) {
        const { until: end = null, reason } = ban.after;
        return notices.banned(end === null ? null : momentText(end), reason, this.settings.contact);
      }
      return notices.muted(until === NO_END ? null : momentText(until), mute?.after?.reason);
    }
    const held = await this.queue.latestReason(room.id, actor.id);
    if (held === undefined) return notices.nothing;
    const { language } = settingsOf(room, this.settings);
    const rule = held.ruleId === null ? undefined : await this.rulebook.find(held.ruleId);
    if (rule) return RULE_TEXTS[language].held(rule.name, rule.says);
    const { why } = HELD_MESSAGE_TEXTS[language];
    const { heldFor } = held;
    const reason = heldFor === 'told' ? 'rule' : heldFor;
    const known = reason !== null && reason in why ? why[reason as ExplainedReason] : notices.many;
    return `${notices.held(known)} ${notices.byMachine}`;
  }

  /** The latest event of a kind about the author of a command, in its room or on the whole server. */
  private async latest<Kind extends 'mute' | 'ban'>(
    { actor, room }: CommandOrder,
    kind: Kind,
  ): Promise<{ id: number; after: Partial<EventChanges[Kind]['after']> | null } | undefined> {
    const found = await this.audit.find({ kind, here: room.token, target: actorName(actor), limit: 1 });
    return found[0];
  }

  private notices({ room }: CommandOrder): Notices {
    return NOTICES[settingsOf(room, this.settings).language];
  }
}
