import { type LetterFacts, letterRefusal } from './newcomer-letters.rule.js';

const NEWCOMER: LetterFacts = {
  level: 'newcomer',
  isToStaff: false,
  isAnyRoomGuarded: false,
  isAnswer: false,
  isKnown: false,
  recipients: 0,
  senders: 0,
};
const STRANGER: LetterFacts = { ...NEWCOMER, level: 'stranger' };
const MEMBER: LetterFacts = { ...NEWCOMER, level: 'member' };

describe('the rule of direct messages of new people', () => {
  it.each<[string, LetterFacts, string | undefined]>([
    ['a stranger write', STRANGER, 'permission_denied'],
    ['a stranger answer', { ...STRANGER, isAnswer: true, isAnyRoomGuarded: true }, undefined],
    ['a stranger write to staff', { ...STRANGER, isToStaff: true }, undefined],
    [
      'a stranger write to staff during a raid',
      { ...STRANGER, isToStaff: true, isAnyRoomGuarded: true },
      'room_guarded',
    ],
    ['a newcomer write during a raid', { ...NEWCOMER, isAnyRoomGuarded: true }, undefined],
    ['a newcomer write to a fifth person', { ...NEWCOMER, recipients: 4 }, undefined],
    ['a newcomer write to a sixth person', { ...NEWCOMER, recipients: 5 }, 'too_many_direct_messages'],
    ['a newcomer go on writing', { ...NEWCOMER, recipients: 5, senders: 5, isKnown: true }, undefined],
    ['a newcomer answer', { ...NEWCOMER, recipients: 5, senders: 5, isAnswer: true }, undefined],
    ['a member write to a twentieth person', { ...MEMBER, recipients: 19, senders: 100 }, undefined],
    ['a member write to one more', { ...MEMBER, recipients: 20 }, 'too_many_direct_messages'],
    ['a fifth newcomer write to somebody', { ...NEWCOMER, senders: 4 }, undefined],
    ['a sixth newcomer write to somebody', { ...NEWCOMER, senders: 5 }, 'too_many_direct_messages'],
    ['a twentieth newcomer write to staff', { ...NEWCOMER, isToStaff: true, senders: 19 }, undefined],
    [
      'one more newcomer write to staff',
      { ...NEWCOMER, isToStaff: true, senders: 20 },
      'too_many_direct_messages',
    ],
  ])('decides whether to let %s', (_what, facts, code) => {
    expect(letterRefusal(facts)?.code).toBe(code);
  });
});
