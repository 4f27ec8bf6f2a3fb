import { type Notices } from './notices.js';

export const COMMANDS_IN_ENGLISH: Notices = {
  banned: (until, reason, contact) =>
    `A moderator has banned you from this room${until === null ? '' : ` until ${until}`}.` +
    `${reason === undefined ? '' : ` Reason: ${reason}.`} You can read for a minute more.` +
    (contact === undefined ? '' : ` If you think that is wrong: ${contact}`),
  muted: (until, reason) =>
    `A moderator has muted you in this room${until === null ? '' : ` until ${until}`}: you read on and can’t write.` +
    `${reason === undefined ? '' : ` Reason: ${reason}.`} If you think that is wrong, write /appeal and why.`,
  warned: (reason) =>
    `A moderator has warned you: ${reason} If you think that is wrong, write /appeal and why.`,
  rules: (description) =>
    `${description ?? 'Nobody has written rules for this room.'} A machine holds back what looks like spam; moderators decide.`,
  machineRules: (names) => `Its rules: ${names}`,
  nothing: 'Nothing is decided about you here: your messages are published.',
  held: (why) => `Your latest message is held back. ${why}`,
  many: 'Many newcomers write at this moment, so the server asks each of them a question.',
  reported: 'Thank you. The moderators look at the message, and you are told when something comes of it.',
  reportedBefore: 'You have reported this message before.',
  appealed: 'Your appeal is with the moderators. You are told what they decide.',
  appealedBefore: 'You have appealed against that before.',
  invitation: (phrase) =>
    `Send this to one person: with ${phrase} in their first message here, it is published at once. It works once, for two weeks.`,
  invitedEnough: 'You have made five invitations today. Tomorrow you can make more.',
  guestRemoved: 'Somebody whom you invited was removed, so you can invite nobody here.',
  byMachine: 'A machine has decided that. If you think that is wrong, write /appeal and why.',
};
