import { z } from 'zod';
import { counterSchema, roomTokenSchema } from '../rooms/room.dto.js';

/** A file of a room; whatever name a client puts behind it is ignored. */
export const fileParams = z.object({ room: roomTokenSchema, file: counterSchema });

export type FileParams = z.output<typeof fileParams>;
