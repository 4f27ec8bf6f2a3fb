import { define } from './setting-definition.js';
import { boolean, line, oneOf, optional } from './setting-types.js';

/** Whether the defence against raids acts, decides without consequences, or rests. */
export const DEFENCE_MODES = ['on', 'watch', 'off'] as const;

export type DefenceMode = (typeof DEFENCE_MODES)[number];

/** Characters of the way to reach the operator. */
const LONGEST_CONTACT = 200;

/** The defence against raids, and what people are told of decisions. */
export const defenceSettings = {
  defence: define({
    name: 'DEFENCE',
    type: oneOf(DEFENCE_MODES),
    default: 'on',
    help: 'Whether strangers are held together to budgets and newcomers to limits; watch only records what would be done; bans, mutes and closed rooms hold with any value.',
  }),
  contact: define({
    name: 'CONTACT',
    type: optional(line(LONGEST_CONTACT)),
    default: '',
    help: 'How people reach the operator, such as an address of email; a banned person is told.',
  }),
  tellRefusedSenders: define({
    name: 'TELL_REFUSED_SENDERS',
    type: boolean(),
    default: 'true',
    help: 'Whether new people are told when a direct message of theirs is refused; false answers as if it were sent.',
  }),
};
