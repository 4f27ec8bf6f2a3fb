import { integer } from './setting-types.js';
import { define } from './setting-definition.js';

/** How much members may write, upload and react, and how long that is kept. */
export const memberSettings = {
  messageMaxBytes: define({
    name: 'MESSAGE_MAX_BYTES',
    type: integer(1024, 10_000_000),
    default: '65536',
    help: 'Largest content of one message, in bytes with its padding.',
  }),
  messageMaxPadding: define({
    name: 'MESSAGE_MAX_PADDING',
    type: integer(160, 10_000_000),
    default: '4096',
    help: 'Bytes of padding one message may have; clients fill up to a multiple of 160.',
  }),
  postRateLimit: define({
    name: 'POST_RATE_LIMIT',
    type: integer(1, 1_000_000),
    default: '5',
    help: 'Messages a user may post to one room within POST_RATE_INTERVAL; admins are exempt.',
  }),
  postRateInterval: define({
    name: 'POST_RATE_INTERVAL',
    type: integer(1, 86_400),
    default: '16',
    help: 'Seconds over which POST_RATE_LIMIT counts.',
  }),
  maxPins: define({
    name: 'MAX_PINS',
    type: integer(1, 10_000),
    default: '100',
    help: 'Messages that may be pinned in one room; everyone downloads the list with the room.',
  }),
  maxReactionKinds: define({
    name: 'MAX_REACTION_KINDS',
    type: integer(1, 1000),
    default: '100',
    help: 'Different reactions one message may have; of imported messages with more, the first ones are shown.',
  }),
  maxReactionsPerUser: define({
    name: 'MAX_REACTIONS_PER_USER',
    type: integer(1, 1000),
    default: '20',
    help: 'Different reactions one user may give one message.',
  }),
  reactionRateLimit: define({
    name: 'REACTION_RATE_LIMIT',
    type: integer(0, 1_000_000),
    default: '60',
    help: 'Reactions a user may add or remove in one room within a minute; admins are exempt; 0: no limit.',
  }),
  editRateLimit: define({
    name: 'EDIT_RATE_LIMIT',
    type: integer(0, 1_000_000),
    default: '30',
    help: 'Edits a user may make in one room within ten minutes; admins are exempt; 0: no limit.',
  }),
  maxEditsKept: define({
    name: 'MAX_EDITS_KEPT',
    type: integer(2, 10_000),
    default: '50',
    help: 'Former texts of one message that are kept: the first and the latest ones.',
  }),
  directMessagesPerHour: define({
    name: 'DIRECT_MESSAGES_PER_HOUR',
    type: integer(0, 1_000_000),
    default: '100',
    help: 'Direct messages one user may send in an hour; global moderators are exempt; 0: no limit.',
  }),
  directMessageRecipientsPerHour: define({
    name: 'DIRECT_MESSAGE_RECIPIENTS_PER_HOUR',
    type: integer(0, 1_000_000),
    default: '50',
    help: 'Different people one user may send direct messages to in an hour; global moderators are exempt; 0: no limit.',
  }),
  maxUnansweredDirectMessages: define({
    name: 'MAX_UNANSWERED_DIRECT_MESSAGES',
    type: integer(0, 1_000_000),
    default: '100',
    help: 'Direct messages from one user that wait in the inbox of another who has not written back since; 0: no limit.',
  }),
  uploadMaxBytes: define({
    name: 'UPLOAD_MAX_BYTES',
    type: integer(1024, 1_000_000_000),
    default: '10000000',
    help: 'Largest file that can be uploaded, in bytes.',
  }),
  uploadRateLimit: define({
    name: 'UPLOAD_RATE_LIMIT',
    type: integer(0, 1_000_000),
    default: '100',
    help: 'Files a user may upload within ten minutes; 0: no limit.',
  }),
  uploadBytesPerUser: define({
    name: 'UPLOAD_BYTES_PER_USER',
    type: integer(0, 1_000_000_000_000_000),
    default: '1000000000',
    help: 'Bytes of files a user may upload within a day; 0: no limit.',
  }),
  unclaimedFilesPerUser: define({
    name: 'UNCLAIMED_FILES_PER_USER',
    type: integer(0, 1_000_000),
    default: '100',
    help: 'Files a user may have uploaded that no message shows yet; 0: no limit.',
  }),
  unclaimedBytesPerUser: define({
    name: 'UNCLAIMED_BYTES_PER_USER',
    type: integer(0, 1_000_000_000_000_000),
    default: '200000000',
    help: 'Bytes of files a user may have uploaded that no message shows yet; 0: no limit.',
  }),
  unclaimedBytesPerRoom: define({
    name: 'UNCLAIMED_BYTES_PER_ROOM',
    type: integer(0, 1_000_000_000_000_000),
    default: '2000000000',
    help: 'Bytes of files uploaded to one room that no message shows yet; 0: no limit.',
  }),
  unclaimedBytes: define({
    name: 'UNCLAIMED_BYTES',
    type: integer(0, 1_000_000_000_000_000),
    default: '5000000000',
    help: 'Bytes of files uploaded to the whole server that no message shows yet; 0: no limit.',
  }),
  strangersUploadBytes: define({
    name: 'STRANGERS_UPLOAD_BYTES',
    type: integer(0, 1_000_000_000_000_000),
    default: '5000000000',
    help: 'Bytes of files that all users first seen less than a day ago may upload together within a day; 0: no limit.',
  }),
  uploadExpiryDays: define({
    name: 'UPLOAD_EXPIRY_DAYS',
    type: integer(1, 36_500),
    default: '15',
    help: 'Days after which a file in a message is deleted; those of pinned messages and room images stay.',
  }),
  historyDays: define({
    name: 'HISTORY_DAYS',
    type: integer(0, 36_500),
    default: '30',
    help: 'Days for which the former text of edited and deleted messages is kept.',
  }),
  batchMaxRequests: define({
    name: 'BATCH_MAX_REQUESTS',
    type: integer(1, 10_000),
    default: '1000',
    help: 'Requests one batch may hold, those in batches within it included.',
  }),
  batchMaxDepth: define({
    name: 'BATCH_MAX_DEPTH',
    type: integer(1, 10),
    default: '4',
    help: 'How deep batches may be nested; 1 allows no batch within a batch.',
  }),
  activeUsersDays: define({
    name: 'ACTIVE_USERS_DAYS',
    type: integer(1, 365),
    default: '7',
    help: 'Days after their last visit for which users count as active in a room.',
  }),
  inboxExpiryDays: define({
    name: 'INBOX_EXPIRY_DAYS',
    type: integer(1, 3650),
    default: '15',
    help: 'Days for which a direct message is kept.',
  }),
};
