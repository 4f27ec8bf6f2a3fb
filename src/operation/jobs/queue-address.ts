/** Where the queue of a community lies. */
export interface QueueAddress {
  /** `postgres://user:password@host:port/database`; behind a pooler it is the way past that, because a worker listens. */
  readonly databaseUrl: string;
}
