/** The usage of quotas by a person's uploads, and by those to their room. Sizes in bytes. */
export interface UploadUsage {
  /** Whether the person was first seen less than a day ago. */
  isStranger: boolean;
  /** Uploads of the last ten minutes. */
  recent: number;
  /** Of the person, not claimed by a message or as a room's image. */
  unclaimedBytes: number;
  unclaimedFiles: number;
  /** Of the person within a day, claimed or not. */
  dayBytes: number;
  /** Of everybody to the room, not claimed. */
  roomUnclaimedBytes: number;
}

/** The usage of quotas by all uploads to the server, in bytes. */
export interface UploadTotals {
  /** Not claimed by a message or as a room's image. */
  unclaimed: number;
  /** Within a day, by people who were strangers then, claimed or not. */
  strangers: number;
}
