/**
 * Every way in which a request is refused: HTTP status and the reason its sender reads.
 * `docs/errors.md` is held equal to this table by a test.
 */
export const catalogue = {
  malformed_request: [400, 'The request is malformed'],
  malformed_authentication: [400, 'Invalid authentication'],
  blinding_required: [400, 'Invalid authentication: this server requires the use of blinded ids'],
  undecryptable_onion_request: [400, 'The onion request could not be decrypted'],
  malformed_onion_request: [400, 'Invalid onion request'],
  nested_onion_request: [400, 'An onion request cannot travel inside an onion request or a batch'],
  malformed_batch: [400, 'Invalid batch'],
  invalid_message_signature: [400, 'The signature does not verify for the data and its sender'],
  banned_cannot_be_appointed: [400, 'Someone who is banned cannot be appointed: lift the ban first'],
  authentication_required: [401, 'X-SOGS-* request authentication is required'],
  blinded_authentication_required: [401, 'This endpoint requires a blinded ID'],
  wrong_request_signature: [401, 'Invalid authentication: the X-SOGS-Signature does not verify'],
  banned: [403, 'Banned'],
  permission_denied: [403, 'Permission denied'],
  room_not_found: [404, 'No such room'],
  message_not_found: [404, 'No such message'],
  user_not_found: [404, 'No such user'],
  file_not_found: [404, 'No such file'],
  endpoint_not_found: [404, 'No such endpoint'],
  method_not_allowed: [405, 'This endpoint does not have this method'],
  unknown_image: [406, 'The image is not a file of this room'],
  request_timeout: [408, 'The request took too long to arrive'],
  too_many_pins: [409, 'The room has as many pinned messages as it may: unpin one first'],
  too_many_reactions: [409, 'The message has too many reactions'],
  room_exists: [409, 'A room with this token exists'],
  too_large: [413, 'Too large'],
  clock_skew: [425, 'Invalid authentication: the X-SOGS-Timestamp is more than 24 hours from now'],
  nonce_reused: [425, 'Invalid authentication: the X-SOGS-Nonce was used before'],
  too_many_requests: [429, 'Too many requests: wait some seconds'],
  posting_too_fast: [429, 'Too many posts: wait some seconds'],
  changing_too_fast: [429, 'Too many edits or reactions: wait some seconds'],
  too_many_direct_messages: [429, 'Too many direct messages: wait before you send more'],
  room_guarded: [429, 'A room is guarded against a raid: wait until it is calm'],
  muted: [429, 'A moderator has muted you: you can read, but not write'],
  headers_too_large: [431, 'The headers are too large'],
  internal: [500, 'Internal server error'],
  unavailable: [503, 'The server is not available right now: try again'],
  storage_full: [507, 'The server has no room for this file'],
  upload_quota_used: [507, 'Too much has been uploaded: post it, or wait'],
  disk_full: [507, 'The server has no room for more: its disk is nearly full'],
} as const satisfies Record<string, readonly [status: number, reason: string]>;

/** The name of a refusal. */
export type ErrorCode = keyof typeof catalogue;
