function refusal(description: string): object {
  return { description, content: { 'text/plain': { schema: { type: 'string' } } } };
}

const REFUSALS = {
  400: refusal('It can’t be decrypted.'),
  413: refusal('It is too large.'),
  429: refusal('Too many that can’t be decrypted came from this address; Retry-After says how long to wait.'),
  503: refusal('Too many large ones are under way; Retry-After says how long to wait.'),
};

function onionPath(summary: string, replyType: string): object {
  const bytes = { schema: { type: 'string', contentMediaType: 'application/octet-stream' } };
  return {
    post: {
      summary,
      description:
        'Body: length of the ciphertext as 32-bit little-endian integer, the ciphertext, and JSON with ' +
        '`ephemeral_key` and `enc_type` (`xchacha20` or `aes-gcm`). Whatever the inner request comes to is told ' +
        'in the encrypted reply.',
      requestBody: { required: true, content: { 'application/octet-stream': bytes } },
      responses: {
        200: { description: 'The encrypted reply.', content: { [replyType]: bytes } },
        ...REFUSALS,
      },
    },
  };
}

/** The endpoints that the dispatcher does not know, because they bring requests to it. */
export const ONION_PATH_DOCUMENTS: Readonly<Record<string, Record<string, unknown>>> = {
  '/oxen/v4/lsrpc': { ...onionPath('An onion request', 'application/octet-stream') },
  '/oxen/v3/lsrpc': { ...onionPath('An onion request of the old version 3', 'text/plain') },
  '/loki/v3/lsrpc': { ...onionPath('An onion request of the old version 3', 'text/plain') },
};
