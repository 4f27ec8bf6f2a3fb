import { define } from './setting-definition.js';
import { boolean, line, wordOutOf, optional } from './setting-types.js';

/** Whether the defence against raids acts, decides without consequences, or rests. */
export const DEFENCE_MODES = ['on', 'watch', 'off'] as const;

/** Characters of the way to reach the operator. */
const LONGEST_CONTACT = 200;

/** The defence against raids, and what people are told of decisions. */
export const defenceSettings = {
  defence: define({
    name: 'DEFENCE',
    type: wordOutOf(DEFENCE_MODES),
    default: 'on',
    help: 'Whether strangers are held together to budgets and newcomers to limits; watch only records what would be done; bans, mutes and closed rooms hold with any value.',
  }),
  contact: define({
    name: 'CONTACT',
    type: optional(line(LONGEST_CONTACT)),
    default: '',
    help: 'How people reach the operator, such as an address of email; a banned person is told.',
  }),
  directMessages: define({
    name: 'DIRECT_MESSAGES',
    type: wordOutOf(['on', 'off']),
    default: 'on',
    help: 'Whether people may send direct messages; off refuses all of them, and what was sent before can still be read.',
  }),
  tellRefusedSenders: define({
    name: 'TELL_REFUSED_SENDERS',
    type: boolean(),
    default: 'true',
    help: 'Whether people are told when a direct message of theirs is refused because they are new or DIRECT_MESSAGES is off; false answers as if it were sent.',
  }),
};
