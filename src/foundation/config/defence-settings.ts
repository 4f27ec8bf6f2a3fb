import { define } from './setting-definition.js';
import { boolean, oneOf } from './setting-types.js';

/** Whether the defence against raids acts, decides without consequences, or rests. */
export const DEFENCE_MODES = ['on', 'watch', 'off'] as const;

export type DefenceMode = (typeof DEFENCE_MODES)[number];

/** The defence against raids. */
export const defenceSettings = {
  defence: define({
    name: 'DEFENCE',
    type: oneOf(DEFENCE_MODES),
    default: 'on',
    help: 'Whether strangers are held together to budgets and newcomers to limits; watch only records what would be done; bans, mutes and closed rooms hold with any value.',
  }),
  tellRefusedSenders: define({
    name: 'TELL_REFUSED_SENDERS',
    type: boolean(),
    default: 'true',
    help: 'Whether new people are told when a direct message of theirs is refused; false answers as if it were sent.',
  }),
};
