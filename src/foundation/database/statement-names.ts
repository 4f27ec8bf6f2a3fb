/** More different texts than Plaza has; what comes beyond is built at run time and not worth remembering. */
const MOST_NAMES = 1_000;

/**
 * Gives every SQL text the name of its prepared statement, so that PostgreSQL parses and plans it once per connection
 * and not once per request.
 */
export class StatementNames {
  private readonly names = new Map<string, string>();

  /** @param most different texts that get a name; 0 where sessions do not keep what they have prepared */
  constructor(private readonly most = MOST_NAMES) {}

  /** The statement's name; undefined when there are too many already, and it runs unprepared. */
  of(sql: string): string | undefined {
    const known = this.names.get(sql);
    if (known !== undefined || this.names.size >= this.most) return known;
    const name = `s${this.names.size}`;
    this.names.set(sql, name);
    return name;
  }
}
