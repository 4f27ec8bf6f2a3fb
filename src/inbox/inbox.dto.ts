import * as z from 'zod';
import { base64Schema, limitSchema } from '../messages/message.dto.js';
import { counterSchema } from '../rooms/room.dto.js';
import { blindedIdSchema } from '../users/session-id.js';

export const boxQuery = z.object({ limit: limitSchema });

export const sinceParams = z.object({ message: counterSchema });

export const recipientParams = z.object({ recipient: blindedIdSchema });

export const sendBody = z.object({ message: base64Schema });

export type BoxQuery = z.output<typeof boxQuery>;
export type SinceParams = z.output<typeof sinceParams>;
export type RecipientParams = z.output<typeof recipientParams>;
export type SendBody = z.output<typeof sendBody>;
