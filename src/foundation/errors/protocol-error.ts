import { catalogue, type ErrorCode } from './catalogue.js';

/** Characters; what is wrong may quote the request, which can be megabytes long. */
const LONGEST_DETAIL = 200;

/** A refusal that the client is told about: a status and a line of plain text. */
export class ProtocolError extends Error {
  readonly status: number;
  private refusedTarget: string | undefined;

  /**
   * @param code   entry of the catalogue
   * @param detail what exactly is wrong, appended to the reason; never a secret and never somebody else's data
   * @param retryAfter seconds after which trying again makes sense
   */
  constructor(
    readonly code: ErrorCode,
    detail?: string,
    readonly retryAfter?: number,
  ) {
    const [status, reason] = catalogue[code];
    super(detail === undefined ? reason : `${reason}: ${detail.slice(0, LONGEST_DETAIL)}`);
    this.status = status;
  }

  /** The one of several people, as the request names them, because of whom all of it was refused. */
  get target(): string | undefined {
    return this.refusedTarget;
  }

  /** Says because of whom a request about several people was refused. */
  about(target: string | undefined): this {
    this.refusedTarget ??= target;
    return this;
  }
}
