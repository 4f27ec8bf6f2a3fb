import { type Notices } from './notices.js';

export const COMMANDS_IN_SPANISH: Notices = {
  banned: (until, reason, contact) =>
    `La moderación te ha expulsado de esta sala${until === null ? '' : ` hasta ${until}`}.` +
    `${reason === undefined ? '' : ` Motivo: ${reason}.`} Puedes leer un minuto más.` +
    (contact === undefined ? '' : ` Si crees que es un error: ${contact}`),
  muted: (until, reason) =>
    `La moderación te ha silenciado en esta sala${until === null ? '' : ` hasta ${until}`}: puedes leer, pero no escribir.` +
    `${reason === undefined ? '' : ` Motivo: ${reason}.`} Si crees que es un error, escribe /appeal y por qué.`,
  warned: (reason) =>
    `La moderación te advierte: ${reason} Si crees que es un error, escribe /appeal y por qué.`,
  rules: (description) =>
    `${description ?? 'Nadie ha escrito reglas para esta sala.'} Una máquina retiene lo que parece spam; la moderación decide.`,
  machineRules: (names) => `Sus reglas: ${names}`,
  nothing: 'No hay ninguna decisión sobre ti aquí: tus mensajes se publican.',
  held: (why) => `Tu último mensaje está retenido. ${why}`,
  many: 'Ahora escribe mucha gente nueva, así que el servidor hace una pregunta a cada persona.',
  reported: 'Gracias. La moderación mirará el mensaje y te avisará si hay consecuencias.',
  reportedBefore: 'Ya habías denunciado este mensaje.',
  appealed: 'La moderación tiene tu apelación y te dirá qué decide.',
  appealedBefore: 'Ya has apelado contra eso.',
  invitation: (phrase) =>
    `Envía esto a una persona: con ${phrase} en su primer mensaje aquí, se publica enseguida. Sirve una vez, durante dos semanas.`,
  invitedEnough: 'Hoy has hecho cinco invitaciones. Mañana puedes hacer más.',
  guestRemoved: 'Se ha retirado a alguien a quien invitaste, así que aquí no puedes invitar a nadie.',
  byMachine: 'Lo ha decidido una máquina. Si crees que es un error, escribe /appeal y por qué.',
};
