/** A server's answer. `Body` is the JSON shape that the caller expects; nothing checks it. */
export class SessionResponse<Body = unknown> {
  constructor(
    /** For error texts, such as `GET /rooms`. */
    private readonly request: string,
    readonly status: number,
    /** Lower-case names. */
    readonly headers: Record<string, string>,
    readonly bytes: Buffer,
    /** Whether the answer came encrypted: false for plain HTTP, and when the server refused an onion request bare. */
    readonly sealed: boolean,
  ) {}

  /** The body as UTF-8. */
  get text(): string {
    return this.bytes.toString('utf8');
  }

  /** The body parsed. Throws, saying what came instead, when it is no JSON. */
  get json(): Body {
    try {
      return JSON.parse(this.text) as Body;
    } catch {
      throw new Error(`${this.request} answered ${this.status} without JSON: ${this.text.slice(0, 200)}`);
    }
  }

  /** This response, or an error that shows the reason when the status is another: for a test's preparations. */
  expect(status: number): this {
    if (this.status !== status) {
      throw new Error(
        `${this.request} answered ${this.status} instead of ${status}: ${this.text.slice(0, 200)}`,
      );
    }
    return this;
  }
}
