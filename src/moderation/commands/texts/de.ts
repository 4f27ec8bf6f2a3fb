import { type Notices } from './notices.js';

export const COMMANDS_IN_GERMAN: Notices = {
  banned: (until, reason, contact) =>
    `Jemand aus der Moderation hat dich aus diesem Raum ausgeschlossen${until === null ? '' : `, bis ${until}`}.` +
    `${reason === undefined ? '' : ` Grund: ${reason}.`} Du kannst noch eine Minute lesen.` +
    (contact === undefined ? '' : ` Wenn du das für falsch hältst: ${contact}`),
  muted: (until, reason) =>
    `Jemand aus der Moderation hat dich in diesem Raum stumm geschaltet${until === null ? '' : `, bis ${until}`}: du liest weiter mit und kannst nicht schreiben.` +
    `${reason === undefined ? '' : ` Grund: ${reason}.`} Wenn du das für falsch hältst, schreibe /appeal und warum.`,
  warned: (reason) =>
    `Jemand aus der Moderation verwarnt dich: ${reason} Wenn du das für falsch hältst, schreibe /appeal und warum.`,
  rules: (description) =>
    `${description ?? 'Für diesen Raum hat niemand Regeln geschrieben.'} Eine Maschine hält zurück, was nach Spam aussieht; die Moderation entscheidet.`,
  machineRules: (names) => `Ihre Regeln: ${names}`,
  nothing: 'Über dich ist hier nichts entschieden: deine Nachrichten werden veröffentlicht.',
  held: (why) => `Deine letzte Nachricht ist zurückgehalten. ${why}`,
  many: 'Gerade schreiben viele Neue, darum stellt der Server allen eine Frage.',
  reported: 'Danke. Die Moderation sieht sich die Nachricht an, und du erfährst, wenn daraus etwas folgt.',
  reportedBefore: 'Du hast diese Nachricht schon gemeldet.',
  appealed: 'Dein Einspruch liegt bei der Moderation. Du erfährst, was sie entscheidet.',
  appealedBefore: 'Dagegen hast du schon Einspruch erhoben.',
  invitation: (phrase) =>
    `Schicke das einer Person: mit ${phrase} in ihrer ersten Nachricht hier wird diese sofort veröffentlicht. Das gilt einmal, zwei Wochen lang.`,
  invitedEnough: 'Du hast heute fünf Einladungen gemacht. Morgen gehen wieder welche.',
  guestRemoved:
    'Jemand, den du eingeladen hast, wurde entfernt, darum kannst du hier niemanden mehr einladen.',
  byMachine: 'Das hat eine Maschine entschieden. Wenn du das für falsch hältst, schreibe /appeal und warum.',
};
