import { type Language } from '../../records/rooms/room-language.js';

/** The server's words about rules to the people whom they hit, in one language. */
export interface RuleTexts {
  /** Names the rule that holds something, the words of its staff, the machine and the appeal. */
  held: (name: string, says: string | undefined) => string;
  /** The same of a rule that mutes. @param until in UTC, written out */
  muted: (name: string, until: string, says: string | undefined) => string;
}

/** By the language of the room. */
export const RULE_TEXTS: Readonly<Record<Language, RuleTexts>> = {
  en: {
    held: (name, says) =>
      `The rule “${name}” holds your message back until a moderator has looked at it.${after(says)} A machine has decided that; if you think that is wrong, write /appeal and why.`,
    muted: (name, until, says) =>
      `The rule “${name}” has removed your message and muted you until ${until}.${after(says)} A machine has decided that; if you think that is wrong, write /appeal and why.`,
  },
  de: {
    held: (name, says) =>
      `Die Regel „${name}“ hält deine Nachricht zurück, bis jemand aus der Moderation sie angesehen hat.${after(says)} Das hat eine Maschine entschieden; wenn du das für falsch hältst, schreibe /appeal und warum.`,
    muted: (name, until, says) =>
      `Die Regel „${name}“ hat deine Nachricht entfernt und dich bis ${until} stumm geschaltet.${after(says)} Das hat eine Maschine entschieden; wenn du das für falsch hältst, schreibe /appeal und warum.`,
  },
  es: {
    held: (name, says) =>
      `La regla «${name}» retiene tu mensaje hasta que la moderación lo mire.${after(says)} Lo ha decidido una máquina; si crees que es un error, escribe /appeal y por qué.`,
    muted: (name, until, says) =>
      `La regla «${name}» ha retirado tu mensaje y te ha silenciado hasta ${until}.${after(says)} Lo ha decidido una máquina; si crees que es un error, escribe /appeal y por qué.`,
  },
  fa: {
    held: (name, says) =>
      `قانون «${name}» پیام شما را تا دیدن یک ناظر نگه می‌دارد.${after(says)} این را یک ماشین تصمیم گرفته است؛ اگر فکر می‌کنید اشتباه است، /appeal و دلیل آن را بنویسید.`,
    muted: (name, until, says) =>
      `قانون «${name}» پیام شما را حذف و شما را تا ${until} بی‌صدا کرده است.${after(says)} این را یک ماشین تصمیم گرفته است؛ اگر فکر می‌کنید اشتباه است، /appeal و دلیل آن را بنویسید.`,
  },
  ru: {
    held: (name, says) =>
      `Правило «${name}» задерживает ваше сообщение, пока его не посмотрит модератор.${after(says)} Так решила машина; если это ошибка, напишите /appeal и почему.`,
    muted: (name, until, says) =>
      `Правило «${name}» удалило ваше сообщение и запретило вам писать до ${until}.${after(says)} Так решила машина; если это ошибка, напишите /appeal и почему.`,
  },
};

function after(says: string | undefined): string {
  return says === undefined ? '' : ` ${says}`;
}
