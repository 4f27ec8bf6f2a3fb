/** The usage of quotas by a person's uploads, and by those to their room. Sizes in bytes. */
export interface UploadUsage {
  /** Whether the person was first seen less than a day ago. */
  isStranger: boolean;
  /** Uploads of the last ten minutes. */
  recent: number;
  /** The person's files that neither a message nor a room has claimed, in bytes. */
  unclaimedBytes: number;
  unclaimedFiles: number;
  /** The bytes that the person has uploaded within a day, claimed or not. */
  dayBytes: number;
  /** The bytes that anybody has uploaded to the room and nothing has claimed. */
  roomUnclaimedBytes: number;
}

/** The usage of quotas by all uploads to the server, in bytes. */
export interface UploadTotals {
  /** Not claimed by a message or as a room's image. */
  unclaimed: number;
  /** Within a day, by people who were strangers then, claimed or not. */
  strangers: number;
}
