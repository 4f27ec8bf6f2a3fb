import { counted } from '../../foundation/wording.js';
import { durationText } from '../../foundation/duration.js';
import { type RuleText } from '../../records/rules/rule.js';

/** Says in a few words of English, for its staff, for what a rule looks. */
export function describeCondition({ if: condition }: Pick<RuleText, 'if'>): string {
  switch (condition.looksFor) {
    case 'words':
      return counted(condition.words.length, 'word');
    case 'patterns':
      return counted(condition.patterns.length, 'pattern');
    case 'scripts': {
      const { scripts, others, letters } = condition;
      return `${others ? 'scripts but ' : ''}${scripts.join(', ')} (${counted(letters, 'letter')})`;
    }
    case 'links': {
      const { denied, allowed, invites, most } = condition;
      return [
        ...(denied ? [`links to ${counted(denied.length, 'domain')}`] : []),
        ...(allowed ? [`links beyond ${counted(allowed.length, 'domain')}`] : []),
        ...(invites ? ['invitations to other messengers'] : []),
        ...(most === undefined ? [] : [`more than ${counted(most, 'link')}`]),
      ].join(', ');
    }
    case 'media':
      return condition.kinds.join(', ');
    case 'mentions':
      return `more than ${counted(condition.most, 'mention')}`;
    case 'length': {
      const { most, lines } = condition;
      return [
        ...(most === undefined ? [] : [`more than ${counted(most, 'character')}`]),
        ...(lines === undefined ? [] : [`more than ${counted(lines, 'line')}`]),
      ].join(', ');
    }
    case 'repetition':
      return `the same text ${counted(condition.times, 'time')} before in ${durationText(condition.seconds)}`;
  }
}
