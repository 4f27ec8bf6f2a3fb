import * as z from 'zod';
import { base64Schema } from '../protocol/requests/base64.schema.js';
import { limitSchema } from '../protocol/requests/query.schemas.js';
import { counterSchema } from '../protocol/requests/path.schemas.js';
import { blindedIdSchema } from '../records/users/session-id.js';

export const boxQuery = z.object({ limit: limitSchema });

export const inboxSinceParams = z.object({ message: counterSchema });

export const recipientParams = z.object({ recipient: blindedIdSchema });

export const sendBody = z.object({ message: base64Schema });

export type BoxQuery = z.output<typeof boxQuery>;
export type InboxSinceParams = z.output<typeof inboxSinceParams>;
export type RecipientParams = z.output<typeof recipientParams>;
export type SendBody = z.output<typeof sendBody>;
