import { type Language } from '../../records/rooms/room-language.js';

/** Sentences to the people whom reports and appeals concern, in one language. */
interface ReportTexts {
  /** To somebody who has reported a message that staff has removed. */
  thanks: string;
  /** How to appeal, behind why a message is hidden. */
  howToAppeal: string;
  accepted: string;
  declined: string;
}

/** The sentences by language. */
export const REPORT_TEXTS: Readonly<Record<Language, ReportTexts>> = {
  en: {
    thanks: 'A message that you reported has been removed. Thank you.',
    howToAppeal: 'If you think that is wrong, write /appeal and why.',
    accepted: 'Your appeal was accepted.',
    declined: 'Your appeal was declined.',
  },
  de: {
    thanks: 'Eine Nachricht, die du gemeldet hast, wurde entfernt. Danke.',
    howToAppeal: 'Wenn du das für falsch hältst, schreibe /appeal und warum.',
    accepted: 'Deinem Einspruch wurde stattgegeben.',
    declined: 'Dein Einspruch wurde abgelehnt.',
  },
  es: {
    thanks: 'Se ha eliminado un mensaje que denunciaste. Gracias.',
    howToAppeal: 'Si crees que es un error, escribe /appeal y por qué.',
    accepted: 'Se ha aceptado tu apelación.',
    declined: 'Se ha rechazado tu apelación.',
  },
  fa: {
    thanks: 'پیامی که گزارش کرده بودید حذف شد. متشکریم.',
    howToAppeal: 'اگر فکر می‌کنید اشتباه است، بنویسید ‎/appeal و دلیل آن را.',
    accepted: 'اعتراض شما پذیرفته شد.',
    declined: 'اعتراض شما رد شد.',
  },
  ru: {
    thanks: 'Сообщение, на которое вы пожаловались, удалено. Спасибо.',
    howToAppeal: 'Если вы считаете это ошибкой, напишите /appeal и почему.',
    accepted: 'Ваша апелляция принята.',
    declined: 'Ваша апелляция отклонена.',
  },
};
