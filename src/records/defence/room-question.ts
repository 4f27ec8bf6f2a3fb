import * as z from 'zod';

/** A question with a typed answer. Any of the answers is right; case, marks on letters and punctuation do not matter. */
export const questionSchema = z.strictObject({
  text: z.string().trim().min(1).max(300),
  answers: z
    .array(
      z
        .string()
        .trim()
        .regex(/[\p{Letter}\p{Number}]/u, 'an answer has a letter or a digit')
        .max(60),
    )
    .min(1)
    .max(10),
});

export type RoomQuestion = z.output<typeof questionSchema>;
