import { BYTES_TYPE, type Reply } from '../protocol/requests/reply.js';
import { attachment } from './file-name.js';
import { type Download } from './files.service.js';

/** A file as clients get it: never a type or a name that a browser would act on. */
export function downloadReply({ file, bytes }: Download): Reply {
  return {
    status: 200,
    headers: {
      'content-type': BYTES_TYPE,
      'content-disposition': attachment(file.filename),
      date: httpDate(file.uploadedAt),
      ...(file.expiresAt !== null && { expires: httpDate(file.expiresAt) }),
      'x-content-type-options': 'nosniff',
    },
    body: bytes,
  };
}

function httpDate(unixSeconds: number): string {
  return new Date(unixSeconds * 1000).toUTCString();
}
